// Part routine: the contract's get_user against a direct, indexed SELECT, on a small and on the large table, by one kind of
// identifier and by two; and how long `narrowgate check` takes on the large one.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { printContract } from './database.mjs';
import { median, spread, table, target } from './figures.mjs';
import { startIssuer } from './issuer.mjs';
import { atEnd, root, run, start, work } from './process.mjs';
import { configure } from './sides.mjs';

const SMALL = 10_000;
const ROLE_PASSWORD = 'bench-only';
const contract = (name) => path.join(root, 'deploy/contract', name);

/** The sample contract for e-mail addresses alone. */
const oneKind = (programs, engine) => printContract(programs, engine, 'one-kind', (line) => (line.startsWith('username = {') ? '' : line));

/** One statement that adds the users of these numbers. */
const add = (digits, numbers) => `INSERT INTO sample_shop.customer (id, login, email, email_confirmed, full_name, first_name, status, preferences, plan)
  SELECT 1000 + n, ${digits('user')}, ${digits('user', '@example.com')}, 'Y', ${digits('Benchmark User ')}, 'Benchmark', 1, '{"theme": "dark"}', 'free' FROM ${numbers}`;

function postgresql(url) {
  const psql = (...args) => run('psql', [url, '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', ...args]);
  const digits = (before, after = '') => `'${before}' || lpad(n::text, 7, '0') || '${after}'`;
  return {
    name: 'PostgreSQL', engine: 'postgresql', url,
    fill: async () => psql('--single-transaction', '-f', contract('sample-postgresql-legacy.sql')),
    apply: async (script) => psql('-f', script),
    grow: async (from, to) => psql('-c', add(digits, `generate_series(${from}, ${to}) AS n`), '-c', 'VACUUM ANALYZE', '-c', 'CHECKPOINT'),
    open: async () => psql('-c', `ALTER ROLE narrowgate_api PASSWORD '${ROLE_PASSWORD}'`),
  };
}

function mariadb(url) {
  const { hostname, port, username, password } = new URL(url);
  const args = [`-h${hostname}`, `-P${port}`, `-u${username}`, '--skip-ssl'];
  const client = (...more) => run('mariadb', [...args, ...more], { env: { ...process.env, MYSQL_PWD: password } });
  const source = (file) => client('-e', `source ${file}`);
  const digits = (before, after = '') => `CONCAT('${before}', LPAD(n, 7, '0'), '${after}')`;
  return {
    name: 'MariaDB', engine: 'mariadb', url,
    fill: async () => source(contract('sample-mysql-legacy.sql')),
    apply: source,
    grow: async (from, to) => client('-e', `${add(digits, `(SELECT seq AS n FROM mysql.seq_${from}_to_${to}) AS numbers`)}; ANALYZE TABLE sample_shop.customer`),
    open: async () => client('-e', `ALTER USER 'narrowgate_api'@'%' IDENTIFIED BY '${ROLE_PASSWORD}' ACCOUNT UNLOCK`),
  };
}

/** Seconds that the proof takes, as the runtime role. What it finds here (no TLS, no syncing to disk) is not the question. */
async function check(programs, engine, issuer) {
  await engine.open();
  const url = new URL(engine.url);
  Object.assign(url, { username: 'narrowgate_api', password: ROLE_PASSWORD });
  if (engine.name === 'MariaDB') url.pathname = '/narrowgate';
  const file = configure(`check-${engine.name}`, { port: 0, management: 0, issuer, databaseUrl: url.href });
  const began = process.hrtime.bigint();
  const status = await start('check', programs.narrowgate, ['check', '--config', file]).gone;
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  if (![0, 10, 11].includes(status)) throw new Error(`check ended with ${status}`);
  return seconds;
}

export async function routine(programs, { users, rounds, questions }) {
  const folder = path.join(work, 'routine');
  const script = path.join(root, 'scripts/databases');
  chmodSync(work, 0o711);
  mkdirSync(folder);
  atEnd(() => spawnSync(script, ['stop', folder]));
  const output = await run(script, ['start', folder]);
  const url = (variable) => output.match(new RegExp(`^export ${variable}=(.*)$`, 'm'))[1];
  const issuer = await startIssuer();
  const [rows, marks] = [[], []];
  for (const engine of [postgresql(url('NARROWGATE_TEST_POSTGRESQL')), mariadb(url('NARROWGATE_TEST_MYSQL'))]) {
    await engine.fill();
    const sample = contract(engine.engine === 'postgresql' ? 'sample-postgresql.sql' : 'sample-mysql.sql');
    const cost = {};
    let filled = 0;
    for (const [size, kinds, script] of [[SMALL, 2, sample], [users, 1, await oneKind(programs, engine.engine)], [users, 2, sample]]) {
      await engine.apply(script);
      if (size > filled) await engine.grow(filled + 1, size);
      filled = size;
      const args = ['--url', engine.url, '--kinds', kinds, '--users', size, '--rounds', rounds, '--questions', questions];
      const figures = JSON.parse(await run(programs.routine, args.map(String)));
      const to = (way) => median(figures.routine.map((one, turn) => one / figures[way][turn]));
      rows.push([engine.name, size, kinds, ...['direct', 'same', 'routine'].map((way) => spread(figures[way])), to('direct').toFixed(2), to('same').toFixed(2)]);
      const asked = kinds === 1 ? 'by e-mail alone' : 'by two kinds';
      if (size === users) target(`routine: ${engine.name}, get_user ${asked} / SELECT of that at ${size} users`, to('same'), '<=', 1.5);
      if (kinds === 2) cost[size] = median(figures.routine);
      if (kinds === 2 && size === users) {
        const more = median(figures.mark.map((one, turn) => one / figures.insert[turn]));
        marks.push([engine.name, spread(figures.insert), spread(figures.mark), more.toFixed(2)]);
        target(`routine: ${engine.name}, mark_migrated / plain INSERT`, more, '<=', 1.6);
      }
    }
    target(`routine: ${engine.name}, get_user at ${users} users / at ${SMALL}`, cost[users] / cost[SMALL], '<=', 1.25);
    target(`check: ${engine.name}, seconds at ${users} users`, await check(programs, engine, issuer), '<=', 5);
  }
  console.log('\n## routine: one question after the other on one connection, microseconds, median (min-max)\n');
  console.log('direct: a SELECT by e-mail alone; the same: by each kind of identifier, without those who are marked\n');
  table(['engine', 'users', 'kinds', 'direct SELECT', 'SELECT of the same', 'get_user', 'to direct', 'to the same'], rows);
  table(['engine', 'plain INSERT', 'mark_migrated', 'to the INSERT'], marks);
}
