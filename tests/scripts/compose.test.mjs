// deploy/compose.yaml: what it mounts into the database's image makes a database that the gate can ask, applied as the image applies it.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root, work } from './support/files.mjs';
import { leftOut, leftOutPrograms } from './support/packages.mjs';

const START = '/docker-entrypoint-initdb.d/';
const skip = leftOut('yaml') || leftOutPrograms('psql')
  || (!process.env.NARROWGATE_TEST_POSTGRESQL && 'NARROWGATE_TEST_POSTGRESQL is not set; ./scripts/test sets it');

describe('deploy/compose.yaml', { skip }, () => {
  const file = path.join(root, 'deploy/compose.yaml');
  const folder = path.join(work, 'servers');
  let services;
  let server;
  // Roles belong to a whole server, and the trial's password is its own: so a server that no other test has.
  before(async () => {
    const { parse } = await import('yaml');
    ({ services } = parse(readFileSync(file, 'utf8')));
    chmodSync(work, 0o711);
    mkdirSync(folder, { mode: 0o711 });
    const said = execFileSync(path.join(root, 'scripts/databases'), ['start', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    server = new URL(said.match(/NARROWGATE_TEST_POSTGRESQL=['"]?([^'"\s]+)/)[1]);
  });
  after(() => { if (existsSync(folder)) spawnSync(path.join(root, 'scripts/databases'), ['stop', folder]); });

  const mounts = (name) => services[name].volumes.map((one) => one.split(':'));
  const psql = (url, ...args) => spawnSync('psql', ['-v', 'ON_ERROR_STOP=1', '--no-psqlrc', '--no-password', '--dbname', url.href, ...args], { encoding: 'utf8' });
  const at = (database, user, password) => Object.assign(new URL(server), { pathname: `/${database}`, ...(user && { username: user, password }) });

  test('what it mounts is there', () => {
    for (const name of Object.keys(services)) {
      for (const [source] of mounts(name)) assert.ok(existsSync(path.resolve(path.dirname(file), source)), source);
    }
  });

  test('the database starts with it, and the gate of the trial gets an answer', () => {
    const { POSTGRES_DB: database } = services.database.environment;
    assert.equal(psql(server, '-c', `CREATE DATABASE ${database}`).status, 0);
    const scripts = mounts('database').filter(([, target]) => target.startsWith(START)).sort(([, one], [, other]) => (one < other ? -1 : 1));
    assert.ok(scripts.length >= 3);
    for (const [source, target] of scripts) {
      // Others the image would run or unpack.
      assert.match(target, /\.sql$/);
      const { status, stderr } = psql(at(database), '-f', path.resolve(path.dirname(file), source));
      assert.equal(status, 0, `${source}: ${stderr}`);
    }
    const [[trial]] = mounts('narrowgate').filter(([, target]) => target.endsWith('narrowgate.toml'));
    const url = new URL(readFileSync(path.resolve(path.dirname(file), trial), 'utf8').match(/^url = "(.*)"$/m)[1]);
    const { status, stdout, stderr } = psql(at(url.pathname.slice(1), url.username, url.password), '-Atc', "SELECT count(*) FROM narrowgate.get_user('ada') AS it WHERE it IS NOT NULL");
    assert.deepEqual([status, stdout], [0, '1\n'], stderr);
  });
});
