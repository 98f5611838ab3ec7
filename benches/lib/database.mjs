// A throw-away PostgreSQL with a legacy table of the wanted size, and the contract applied to it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { atEnd, root, run, work } from './process.mjs';

const ROLE_PASSWORD = 'bench-only';

export async function startDatabase(users, hash) {
  const folder = path.join(work, 'databases');
  const script = path.join(root, 'scripts/databases');
  // The servers run as users of their own and must be able to pass through.
  chmodSync(work, 0o711);
  mkdirSync(folder);
  atEnd(() => spawnSync(script, ['stop', folder]));
  const output = await run(script, ['start', folder]);
  const admin = output.match(/^export NARROWGATE_TEST_POSTGRESQL=(.*)$/m)[1];
  const psql = (...args) => run('psql', [admin, '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', ...args]);
  await fill(psql, users, hash);
  const url = new URL(admin);
  url.username = 'narrowgate_api';
  url.password = ROLE_PASSWORD;
  const postmaster = Number(readFileSync(path.join(folder, 'postgresql/postmaster.pid'), 'utf8').split('\n')[0]);
  return { admin, psql, databaseUrl: url.href, postmaster };
}

/** The sample contract, printed with options for a mapping that differs from the sample in some lines; gives the script's path. */
export async function printContract(programs, engine, name, change, options = []) {
  const [mapping, script] = ['toml', 'sql'].map((kind) => path.join(work, `${name}-${engine}.${kind}`));
  const sample = readFileSync(path.join(root, 'deploy/contract/mapping.example.toml'), 'utf8').split('\n');
  writeFileSync(mapping, sample.map(change).join('\n'));
  writeFileSync(script, await run(programs['narrowgate-migrate'], ['contract', '--mapping', mapping, '--engine', engine, ...options]), { mode: 0o644 });
  return script;
}

async function fill(psql, users, hash) {
  const apply = (file, ...variables) => psql('--single-transaction', ...variables, '-f', path.join(root, file));
  await apply('deploy/contract/sample-postgresql-legacy.sql');
  await apply('benches/legacy.sql', '-v', `users=${users}`, '-v', `hash=${hash}`);
  // This one brings its own transaction.
  await psql('-f', path.join(root, 'deploy/contract/sample-postgresql.sql'));
  await psql('-c', `ALTER ROLE narrowgate_api PASSWORD '${ROLE_PASSWORD}'`);
  // Done now, it does not run in the middle of a round.
  await psql('-c', 'VACUUM ANALYZE', '-c', 'CHECKPOINT');
}
