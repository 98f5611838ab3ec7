// docs/auth0.md keeps its word: every keyword is in its table, and every test it names is there.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { deployFolder, retiredFolder, root } from './support/files.mjs';

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
  const begins = ["'", '"'].flatMap((quote) => ['async (', '() =>'].map((body) => (title) => `(${quote}${title}${quote}, ${body}`));
  const missing = titles.filter((title) => !begins.some((begin) => tests.includes(begin(title))));
  assert.ok(titles.length > 20);
  assert.deepEqual(missing, []);
});
