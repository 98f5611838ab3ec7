// The pages keep their word: links lead somewhere, and in docs/auth0.md every keyword is in its table and every test it names is there.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { deployFolder, retiredFolder, root, work } from './support/files.mjs';
import { leftOutPrograms } from './support/packages.mjs';

const guide = readFileSync(path.join(root, 'docs/auth0.md'), 'utf8');
const section = (title) => guide.split(new RegExp(`^##+ ${title}$`, 'm'))[1].split(/^##+ /m)[0];

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name !== 'node_modules').flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(file) : [readFileSync(file, 'utf8')];
  });
}

test('the table of keywords has those of the files, and no others', () => {
  const files = [deployFolder, retiredFolder].flatMap(filesUnder).join('\n');
  const used = [...files.matchAll(/@@(\w+)@@/g)].map(([, name]) => name);
  const rows = section('Keywords').split('\n').filter((line) => line.startsWith('| `'));
  const told = rows.flatMap((line) => line.split('|')[1].match(/\w+/g));
  assert.deepEqual([...new Set(used)].sort(), told.sort());
  assert.doesNotMatch(files, /##/);
});

test('the tests that are named are there', () => {
  const titles = section("Auth0's advice, and where it is kept").split('\n').filter((line) => line.startsWith('| '))
    .flatMap((line) => [...line.replaceAll('\\|', '').split('|')[3].matchAll(/`([^`]+)`/g)].map(([, title]) => title));
  const tests = filesUnder(path.join(root, 'tests/scripts')).join('\n');
  const begins = ["'", '"'].flatMap((quote) => ['async (', '() =>', '{ skip'].map((body) => (title) => `(${quote}${title}${quote}, ${body}`));
  const missing = titles.filter((title) => !begins.some((begin) => tests.includes(begin(title))));
  assert.ok(titles.length > 20);
  assert.deepEqual(missing, []);
});

// As GitHub makes them: lower case, punctuation away, blanks to dashes.
const anchor = (title) => title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replace(/ /g, '-');

test('every link between pages leads to a file, and to a heading in it', () => {
  const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'benches/README.md', ...readdirSync(path.join(root, 'docs')).map((page) => `docs/${page}`)];
  const broken = pages.flatMap((page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => !/^https?:/.test(link)).filter((link) => {
      const [file, heading] = link.split('#');
      const target = path.resolve(root, path.dirname(page), file || path.basename(page));
      if (!existsSync(target)) return true;
      return heading && ![...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].some(([, title]) => anchor(title) === heading);
    }).map((link) => `${page}: ${link}`);
  });
  assert.deepEqual(broken, []);
});

test('before the Action goes, whoever it alone keeps out is blocked in Auth0', { skip: leftOutPrograms('curl') }, async () => {
  const seen = [];
  const users = ['auth0|1', 'auth0|a b/c?#%', 'google-oauth2|3'];
  const server = createServer(async (request, response) => {
    seen.push([request.method, request.url, request.headers.authorization, await text(request)]);
    response.end(request.method === 'GET' ? JSON.stringify(users.map((user_id) => ({ user_id }))) : '{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const block = section('Retire').match(/^ *```sh\n([^]*?)^ *```$/m)[1];
  const command = block.replace('https://YOUR_TENANT.eu.auth0.com', `http://127.0.0.1:${server.address().port}`).replace('sleep 1', ':');
  const shell = spawn('bash', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] });
  shell.stdin.end('TOKEN\n');
  assert.equal((await text(shell.stdout)).match(/^200 /gm).length, users.length);
  server.close();
  const [[, asked], ...writes] = seen;
  const { pathname, searchParams } = new URL(asked, 'http://tenant');
  assert.deepEqual([pathname, searchParams.get('q')], ['/api/v2/users', 'app_metadata.legacy_blocked:true AND NOT blocked:true']);
  assert.deepEqual(writes, users.map((id) => ['PATCH', `/api/v2/users/${encodeURIComponent(id)}`, 'Bearer TOKEN', '{"blocked":true}']));
});

test("an application's migration on SQLite goes the two ways of docs/database.md, and marks stay", { skip: leftOutPrograms('sqlite3') }, () => {
  const page = readFileSync(path.join(root, 'docs/database.md'), 'utf8');
  const away = page.split("application's migrations on SQLite")[1].match(/^ *BEGIN;\n[^]*?COMMIT;$/m)[0];
  const [legacy, contract] = ['sample-sqlite-legacy.sql', 'sample-sqlite.sql'].map((name) => readFileSync(path.join(root, 'deploy/contract', name), 'utf8'));
  const rebuild = 'BEGIN; CREATE TABLE made_anew AS SELECT * FROM customer; DROP TABLE customer; ALTER TABLE made_anew RENAME TO customer; COMMIT;';
  const counts = 'SELECT (SELECT count(*) FROM migrated_user), (SELECT count(*) > 0 FROM get_user);';
  /** What the steps say, each on a connection of its own. */
  const migrate = (name, ...steps) => {
    const file = path.join(work, `${name}.db`);
    execFileSync('sqlite3', ['-bail', file], { input: `${legacy}${contract}INSERT INTO migrated_user (user_id) SELECT id FROM customer LIMIT 3;` });
    const said = steps.map((input) => spawnSync('sqlite3', ['-bail', file], { input, encoding: 'utf8' }));
    return said.map(({ stdout, stderr }) => (stdout + stderr).trim()).at(-1);
  };
  assert.match(migrate('plain', rebuild), /error in view legacy_user: no such table/);
  assert.match(migrate('alone', `DROP VIEW legacy_user; ${rebuild}`), /error in view get_user/);
  assert.equal(migrate('pragma', `PRAGMA legacy_alter_table = ON; ${rebuild}`, counts), '3|1');
  assert.equal(migrate('away', away, rebuild, contract, counts), '3|1');
});

test('the front page is short', () => {
  const lines = readFileSync(path.join(root, 'README.md'), 'utf8').split('\n').length;
  assert.ok(lines <= 180, `README.md has ${lines} lines: a detail belongs on a page of docs`);
});
