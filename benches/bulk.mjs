#!/usr/bin/env node
// The bulk half against a tenant on loopback: memory by the number of users, how busy the tenant is kept, how many calls it takes,
// and the report on a million marks. See README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { printContract, startDatabase } from './lib/database.mjs';
import { table, target, verdict } from './lib/figures.mjs';
import { cpuSeconds, root, sleep, start, work } from './lib/process.mjs';
import { build } from './lib/sides.mjs';
import { startTenant } from './lib/tenant.mjs';

const { values } = parseArgs({
  options: { users: { type: 'string', multiple: true, default: ['10000', '100000', '1000000'] }, program: { type: 'string' },
    slow: { type: 'string', multiple: true, default: ['0.0015:110000', '0.015:110000'] },
  },
});
const HASH = '$2b$10$XJ0.fOgda7DEdq55EOpDdO6MP9At1vsASFJUBPhs9jdBqz2UBe/L6';
const PASSWORD = 'bench-only';

/** Runs a command to its end; gives its peak of memory, its processor time and how long it took. */
async function measure(program, args) {
  const begun = performance.now();
  const child = start(args[0], program, args);
  const figures = { peak: 0, cpu: 0 };
  let code = null;
  child.gone.then((ended) => { code = ended; });
  while (code === null) {
    try {
      figures.peak = Math.max(figures.peak, Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB/m)?.[1] ?? 0) / 1024);
      figures.cpu = Math.max(figures.cpu, cpuSeconds(child.pid));
    } catch { /* it ended meanwhile */ }
    await sleep(20);
  }
  figures.seconds = (performance.now() - begun) / 1000;
  figures.said = readFileSync(child.log, 'utf8').trim();
  figures.code = code;
  return figures;
}

async function prepare(migrate) {
  const database = await startDatabase(1, HASH);
  await database.psql('-f', await printContract({ 'narrowgate-migrate': migrate }, 'postgresql', 'bulk', (line) => line, ['--bulk']));
  await database.psql('-c', `ALTER ROLE narrowgate_bulk PASSWORD '${PASSWORD}'`, '-c', 'VACUUM ANALYZE');
  const url = new URL(database.databaseUrl);
  [url.username, url.password] = ['narrowgate_bulk', PASSWORD];
  return { ...database, url: url.href };
}

/** So many users, and nobody else. */
async function refill({ psql }, users) {
  await psql('-c', 'TRUNCATE sample_shop.customer, sample_shop.credential CASCADE');
  await psql('-v', `users=${users}`, '-v', `hash=${HASH}`, '-f', path.join(root, 'benches/legacy.sql'));
  await psql('-c', 'VACUUM ANALYZE', '-c', 'CHECKPOINT');
}

function configure(name, database, tenant) {
  const file = path.join(work, `${name}.toml`);
  writeFileSync(path.join(work, 'narrowgate.toml'), '', { mode: 0o600 });
  writeFileSync(file, `[database]\nurl = "${database.url}"\n[tenant]\ndomain = "${tenant.domain}"\nclient_id = "bench"\nclient_secret = "bench"\n`
    + `connection = "${tenant.connection}"\nca_certificate = "${tenant.file}"\n[bulk]\nrequests_per_second = 100\n`, { mode: 0o600 });
  return file;
}

const rows = [];
const need = (command, figures, codes = [0]) => {
  if (!codes.includes(figures.code)) throw new Error(`${command} ended with ${figures.code}:\n${figures.said.slice(-2000)}`);
};

async function bySize(migrate, database, users) {
  const tenant = await startTenant(0.00001);
  const config = configure(`bulk-${users}`, database, tenant);
  const directory = path.join(work, `run-${users}`);
  const commands = {
    plan: ['import', '--config', config, '--run', directory, '--progress', 'none'],
    import: ['import', '--config', config, '--run', directory, '--progress', 'none', '--execute'],
    verify: ['verify', '--config', config, '--run', directory, '--progress', 'none'],
    preflight: ['preflight', '--config', config],
  };
  const peaks = {};
  for (const [name, args] of Object.entries(commands)) {
    const figures = await measure(migrate, args);
    need(name, figures, name === 'preflight' ? [0, 10] : [0]);
    rows.push([users, name, figures.peak.toFixed(1), figures.cpu.toFixed(1), figures.seconds.toFixed(1), Math.round(users / figures.cpu)]);
    peaks[name] = figures.peak;
    console.error(`bench: ${users} ${name} ${figures.peak.toFixed(1)} MiB ${figures.seconds.toFixed(1)} s`);
  }
  if (tenant.users !== users) throw new Error(`the tenant has ${tenant.users} of ${users}`);
  for (const [name, peak] of Object.entries(peaks)) target(`${name}, ${users} users: peak of memory`, peak, '<=', 40, ' MiB');
}

/** A tenant that takes so many seconds for each user; Auth0's production tenants take about 0.06, and a minute and a half for a file. */
async function slowTenant(migrate, database, seconds, users) {
  await refill(database, users);
  const tenant = await startTenant(seconds);
  const config = configure('bulk-slow', database, tenant);
  const figures = await measure(migrate, ['import', '--config', config, '--run', path.join(work, `run-slow-${seconds}`), '--progress', 'none', '--execute']);
  need('import', figures);
  const calls = Object.values(tenant.calls).reduce((sum, one) => sum + one, 0);
  // A token, the connection, its clients; for each job the delivery and one look.
  const least = 3 + 2 * tenant.jobs;
  console.log(`\n${users} users, ${seconds * 1000} ms each: ${tenant.jobs} jobs, ${calls} calls, ${figures.seconds.toFixed(1)} s, ${figures.cpu.toFixed(2)} s of CPU\n`);
  const at = `, jobs of ${(seconds * users / tenant.jobs).toFixed(1)} s`;
  target(`slots in use${at}`, tenant.slots(), '>=', 0.95);
  target(`calls / least${at}`, calls / least, '<=', 1.1);
  target(`CPU while the tenant works${at}`, figures.cpu / figures.seconds, '<=', 0.05);
}

async function report(migrate, database, marks) {
  await database.psql('-c', `INSERT INTO narrowgate.migrated_user (user_id, migrated_at) SELECT user_id, now() - random() ^ 3 * interval '300 days' FROM narrowgate.legacy_user LIMIT ${marks}`, '-c', 'VACUUM ANALYZE');
  const config = path.join(work, `bulk-${marks}.toml`);
  const figures = await measure(migrate, ['report', '--config', config, '--out', path.join(work, 'report')]);
  need('report', figures);
  rows.push([marks, 'report', figures.peak.toFixed(1), figures.cpu.toFixed(1), figures.seconds.toFixed(1), '']);
  target(`report on ${marks} marks`, figures.seconds, '<=', 2, ' s');
}

const programs = values.program ? { 'narrowgate-migrate': values.program } : await build([]);
const migrate = programs['narrowgate-migrate'];
const sizes = values.users.map(Number).filter((users) => users > 0);
const database = await prepare(migrate);
for (const users of sizes) {
  console.error(`bench: ${users} users`);
  await refill(database, users);
  await bySize(migrate, database, users);
}
if (sizes.length > 0) await report(migrate, database, sizes.at(-1));
for (const pair of values.slow) await slowTenant(migrate, database, ...pair.split(':').map(Number));
console.log('');
table(['users', 'command', 'peak MiB', 'CPU s', 'seconds', 'users a CPU-second'], rows);
process.exit(verdict() ? 0 : 1);
