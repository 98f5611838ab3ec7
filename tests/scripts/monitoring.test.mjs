// Rules and dashboard: promtool reads them, and every metric they name is on the page that the running service serves.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { root, work } from './support/files.mjs';
import { leftOutPrograms } from './support/packages.mjs';
import { World } from './support/world.mjs';
import { sqlite, PASSWORD } from './support/legacy.mjs';

const folder = path.join(root, 'deploy/monitoring');
const read = (name) => readFileSync(path.join(folder, name), 'utf8');
const dashboard = JSON.parse(read('dashboard.json'));
const expressions = dashboard.panels.flatMap((panel) => panel.targets.map((target) => target.expr));
const promtool = (...args) => spawnSync('promtool', args, { encoding: 'utf8', cwd: folder });

describe('deploy/monitoring', { timeout: 300_000, skip: leftOutPrograms('promtool') }, () => {
  let world;
  let page;
  before(async () => {
    const management = await freePort();
    world = await World.start({ legacy: sqlite, settings: { management: { bind: `127.0.0.1:${management}` } } });
    const user = world.legacy.addUser();
    await world.tenant.signIn(user.email, 'a guess');
    await world.tenant.signIn(user.email, user.password);
    await world.tenant.signIn('linus@example.com', PASSWORD);
    // The gauges come with the first look at the database, two seconds after the start.
    do page = await get(`http://127.0.0.1:${management}/metrics`); while (!page.includes('narrowgate_database_probe_seconds'));
  });
  after(() => world?.stop());

  /** Names without the endings that a histogram's series have. */
  const named = (text) => [...new Set([...text.matchAll(/\bnarrowgate_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')))];

  test('the page passes promtool', () => {
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
    assert.deepEqual([status, stdout + stderr], [0, '']);
    assert.ok(named(page).length >= 7, page);
    assert.doesNotMatch(page, /@example|user\d/);
  });

  test('the rules are well formed, fire on what they are for, and are silent on an ordinary day', () => {
    for (const args of [['check', 'rules', 'rules.yaml'], ['test', 'rules', 'rules_test.yaml', 'rules_week_test.yaml']]) {
      const { status, stdout, stderr } = promtool(...args);
      assert.equal(status, 0, stdout + stderr);
    }
    for (const name of alerts()) assert.ok(read('rules_test.yaml').split(`alertname: ${name}`).length >= 3 || name === 'NarrowgateGone', `${name} is tried both ways`);
  });

  test('every expression of the dashboard is one', () => {
    assert.ok(dashboard.panels.length <= 12);
    const file = path.join(work, 'dashboard-rules.yaml');
    const rules = expressions.map((expr, number) => ({ record: `panel:${number}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, stdout, stderr } = promtool('check', 'rules', file);
    assert.equal(status, 0, stdout + stderr);
  });

  test('every metric that rules and dashboard name exists', () => {
    // These appear with their first event, which no test brings about: the source has them.
    const source = execFileSync('grep', ['-rhoE', 'narrowgate_[a-z_]+', path.join(root, 'src')], { encoding: 'utf8' }).split('\n');
    const rare = ['narrowgate_connections_refused_total', 'narrowgate_shadow_logins_total', 'narrowgate_unverifiable_hashes_total', 'narrowgate_panics_total', 'narrowgate_log_lines_lost_total'];
    const wanted = named(read('rules.yaml') + expressions.join('\n'));
    const missing = wanted.filter((name) => !named(page).includes(name) && !(rare.includes(name) && source.includes(name)));
    assert.deepEqual(missing, []);
    const codes = [...(read('rules.yaml') + expressions.join('\n')).matchAll(/code=~?"([a-z_|]+)"/g)].flatMap(([, names]) => names.split('|'));
    const wire = readFileSync(path.join(root, 'openapi.yaml'), 'utf8');
    assert.deepEqual([...new Set(codes)].filter((code) => code !== 'ok' && !wire.includes(code)), []);
  });

  test('docs/operations.md has each alert, each metric of the page, and each field of the log', () => {
    const guide = readFileSync(path.join(root, 'docs/operations.md'), 'utf8');
    const has = (name) => guide.includes(`\`${name}\``);
    const source = execFileSync('find', [path.join(root, 'src'), '-name', '*.rs', '-exec', 'cat', '{}', '+'], { encoding: 'utf8', maxBuffer: 1e8 });
    // Those of lines that this world does not see stand in the source alone.
    const fields = new Set([...world.gate.lines.flatMap((line) => Object.keys(JSON.parse(line))), ...fieldsOf(source)]);
    assert.ok(fields.size > 25);
    for (const [, name, rest] of source.matchAll(/(?:counter|gauge|histogram)!\(\s*"(narrowgate_\w+)"((?:, "\w+" => [^,;]+)*)/g)) {
      const [, cell] = guide.match(new RegExp(`^\\| [^|]*\`${name}\`[^|]* \\|([^|]*)\\|`, 'm')) ?? [];
      const labels = [...rest.matchAll(/"(\w+)" =>/g)].map(([, label]) => label);
      assert.deepEqual([...(cell ?? 'none').matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(), labels.sort(), name);
    }
    assert.deepEqual([...alerts(), ...named(page), ...fields].filter((name) => !has(name)), []);
    const told = [...guide.matchAll(/^\| `(Narrowgate\w+)`/gm)].map(([, name]) => name);
    assert.deepEqual(told.filter((name) => !alerts().includes(name)), []);
  });
});

/** The fields of the lines that the source writes. */
function fieldsOf(source) {
  const calls = source.split(/tracing::(?:error|warn|info|debug|trace)!\(/).slice(1).map((rest) => {
    let [text, depth, end] = [rest.replace(/"(?:[^"\\]|\\.)*"/g, ''), 1, 0];
    for (; depth > 0; end += 1) depth += { '(': 1, ')': -1 }[text[end]] ?? 0;
    for (text = text.slice(0, end - 1); /\([^()]*\)/.test(text);) text = text.replace(/\([^()]*\)/g, '');
    return text.replace(/target: \w+,/, '');
  });
  return calls.flatMap((text) => text.split(',').map((one) => one.match(/^\s*[%?]?(\w+)\s*(=|$)/)?.[1]).filter(Boolean));
}

const alerts = () => [...read('rules.yaml').matchAll(/alert: (\w+)/g)].map(([, name]) => name);

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, (response) => {
      let body = '';
      response.on('data', (part) => { body += part; }).on('end', () => resolve(body));
    }).on('error', reject);
  });
}

async function freePort() {
  const server = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => { server.on('listening', resolve); });
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}
