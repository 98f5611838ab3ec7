// The units: hardened as promised, and socket and readiness as systemd hands them over and wants to hear of them.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { certificates } from './support/certificates.mjs';
import { program, root, work } from './support/files.mjs';
import { Gate, configuration } from './support/gate.mjs';
import { sqlite } from './support/legacy.mjs';
import { leftOutPrograms } from './support/packages.mjs';

const units = path.join(root, 'deploy/systemd');
const services = readdirSync(units).filter((name) => name.endsWith('.service'));

const bulk = ['narrowgate-import.service', 'narrowgate-verify.service'];

describe('the units', { skip: leftOutPrograms('systemd-analyze') }, () => {
  test('score 1.2 or better', () => {
    assert.deepEqual(services, ['narrowgate-import.service', 'narrowgate-verify.service', 'narrowgate.service']);
    for (const name of services) {
      execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=12', '--no-pager', path.join(units, name)]);
      const bare = path.join(work, name);
      writeFileSync(bare, '[Service]\nExecStart=/bin/true\n');
      const { status } = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=12', bare]);
      assert.equal(status, 1, 'a bare unit does not');
    }
  });

  test('are well formed', () => {
    const copy = path.join(work, 'units');
    mkdirSync(copy);
    for (const name of readdirSync(units)) {
      writeFileSync(path.join(copy, name), readFileSync(path.join(units, name), 'utf8').replaceAll(/\/usr\/bin\/narrowgate[a-z-]*/g, '/bin/true'));
    }
    for (const name of services) {
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', path.join(copy, name)], { encoding: 'utf8' });
      const own = stderr.split('\n').filter((line) => line.includes('narrowgate'));
      assert.deepEqual([status, own], [0, []], stderr);
    }
  });

  test('the threads that hash may lower their priority, and of the calls that alter resources there is no other', () => {
    const resources = systemCalls('@resources');
    assert.ok(resources.includes('setpriority') && resources.includes('sched_setscheduler'), resources.join(' '));
    const left = (name) => { const allowed = filter(name); return resources.filter((call) => allowed.has(call)); };
    assert.deepEqual(left('narrowgate.service'), ['setpriority']);
    // The import and its verification compute no hash.
    for (const name of bulk) assert.deepEqual(left(name), [], name);
    for (const name of services) assert.ok(filter(name).has('futex'), name);
  });

  test('import and verification are of one user, with one run and the same fences, and findings and a stop are no failure', () => {
    const lines = (name) => readFileSync(path.join(units, name), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
    const [imports, verifies] = bulk.map(lines);
    // They differ in what they run, and in nothing that a run is guarded by.
    const own = (line) => /^(Description|After|ExecStart)=/.test(line);
    assert.deepEqual(verifies.filter((line) => !own(line)), imports.filter((line) => !own(line)));
    for (const line of ['DynamicUser=yes', 'User=narrowgate-import', 'StateDirectory=narrowgate-import', 'SuccessExitStatus=10 11 130']) {
      assert.ok(imports.includes(line), line);
    }
    const runs = [imports, verifies].map((unit) => unit.find((line) => line.startsWith('ExecStart=')).match(/ --run (\S+)/)[1]);
    assert.deepEqual(runs, ['%S/narrowgate-import/run', '%S/narrowgate-import/run']);
    assert.ok(verifies.find((line) => line.startsWith('After=')).includes(bulk[0]), 'it waits for an import that is under way');
  });

  test('what they name exists: keys of the configuration, and of the programs', () => {
    const example = readFileSync(path.join(root, 'deploy/narrowgate.example.toml'), 'utf8');
    const text = readFileSync(path.join(units, 'narrowgate.service'), 'utf8');
    const keys = [...text.matchAll(/NARROWGATE__(\w+?)__(\w+)=/g)].map(([, section, key]) => [section.toLowerCase(), key.toLowerCase()]);
    assert.ok(keys.length >= 3);
    for (const [section, key] of keys) {
      const own = example.split(`[${section}]`)[1].split(/^\[/m)[0];
      assert.match(own, new RegExp(`^(# )?${key.replace(/_file$/, '')} = `, 'm'), key);
    }
    assert.equal(spawnSync(program, ['serve', '--help']).status, 0);
  });
});

/** The calls of a set, as this machine's systemd has them. */
function systemCalls(set) {
  const lines = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager', set], { encoding: 'utf8' }).split('\n').slice(1);
  return lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#'))
    .flatMap((name) => (name.startsWith('@') ? systemCalls(name) : [name]));
}

/** The calls that a unit's lines leave, each adding to what is above it, or with ~ taking away. */
function filter(name) {
  const allowed = new Set();
  for (const [, value] of readFileSync(path.join(units, name), 'utf8').matchAll(/^SystemCallFilter=(.*)$/gm)) {
    for (const item of value.replace(/^~/, '').split(' ')) {
      for (const call of item.startsWith('@') ? systemCalls(item) : [item]) allowed[value.startsWith('~') ? 'delete' : 'add'](call);
    }
  }
  return allowed;
}

const guide = readFileSync(path.join(root, 'docs/operations.md'), 'utf8');

test('what docs/operations.md installs is what the units name, and a configuration that each program takes', () => {
  const folder = path.join(work, 'pasted');
  const installed = path.join(folder, 'root');
  for (const name of ['target', 'root/etc/systemd/system', 'root/usr/bin']) mkdirSync(path.join(folder, name), { recursive: true });
  symlinkSync(path.join(root, 'deploy'), path.join(folder, 'deploy'));
  symlinkSync(path.dirname(program), path.join(folder, 'target/release'));
  const url = 'postgres://narrowgate_bulk:PASSWORD@127.0.0.1:1/app\n';
  for (const name of ['database-url', 'bulk-database-url', 'client-secret', 'tls.crt', 'tls.key']) writeFileSync(path.join(folder, name), url, { mode: 0o600 });
  const blocks = [...guide.split('\n## systemd\n')[1].split('\n## ')[0].matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block);
  assert.equal(blocks.length, 3);
  const own = blocks.slice(0, 2).join('').split('\n').filter((line) => !/systemctl|narrowgate check/.test(line)).join('\n');
  execFileSync('sh', ['-ec', own.replaceAll(/ \/(usr|etc)\//g, ` '${installed}'/$1/`)], { cwd: folder });
  const mode = (name) => (statSync(path.join(installed, name)).mode & 0o777).toString(8);
  for (const name of services) {
    const unit = readFileSync(path.join(installed, 'etc/systemd/system', name), 'utf8');
    const [, binary, config] = unit.match(/^ExecStart=(\S+) .*--config (\S+)/m);
    assert.deepEqual([mode(binary), mode(config)], ['755', '644'], name);
    for (const [, credential] of unit.matchAll(/^LoadCredential=\S+:(\S+)$/gm)) assert.equal(mode(credential), '600', credential);
  }
  const gate = path.join(installed, 'etc/narrowgate/narrowgate.toml');
  assert.match(readFileSync(gate, 'utf8'), /^\[management\]\n(# .*\n)*bind = "127\.0\.0\.1:9090"$/m);
  const config = path.join(installed, 'etc/narrowgate-migrate/narrowgate-migrate.toml');
  const [named] = readFileSync(config, 'utf8').match(/^gate = ".*"$/m);
  assert.equal(named, 'gate = "/etc/narrowgate/narrowgate.toml"');
  writeFileSync(config, readFileSync(config, 'utf8').replace(named, `gate = "${gate}"`));
  // As the unit calls it, and with the lines that stand there as a comment.
  const unit = bulk.map((name) => readFileSync(path.join(units, name), 'utf8')).join('');
  const names = [...unit.matchAll(/^#?Environment=(\w+)=%d\/([\w-]+)$/gm)];
  assert.deepEqual(names.filter(([line]) => line.startsWith('#')).map(([, , file]) => file), ['pepper', 'marker-url']);
  writeFileSync(path.join(folder, 'marker-url'), url.replace('narrowgate_bulk', 'narrowgate_marker'), { mode: 0o600 });
  const env = Object.fromEntries(names.map(([, name, file]) => [name, path.join(folder, file)]));
  const migrate = () => spawnSync(path.join(path.dirname(program), 'narrowgate-migrate'), ['preflight', '--config', config], { env, encoding: 'utf8', timeout: 60_000 });
  const without = migrate();
  assert.equal(without.status, 2, 'there is no pepper');
  assert.match(without.stderr, /passwords\.pepper/);
  writeFileSync(path.join(folder, 'pepper'), 'PEPPER\n', { mode: 0o600 });
  const { status, stderr } = migrate();
  assert.equal(status, 1, stderr);
  assert.match(stderr, /cannot reach the database/);
});

test('root reads a run that is another user\'s, as docs/operations.md has it', { skip: process.getuid() !== 0 && 'only root may give a folder away' }, () => {
  const legacy = sqlite();
  const at = (name) => path.join(work, `other-${name}`);
  const migrate = path.join(path.dirname(program), 'narrowgate-migrate');
  writeFileSync(at('url'), `${legacy.url}\n`, { mode: 0o600 });
  writeFileSync(at('gate.toml'), '[passwords]\n');
  writeFileSync(at('migrate.toml'), `gate = "${at('gate.toml')}"\n[tenant]\ndomain = "t.example"\nclient_id = "c"\nconnection = "c"\n`);
  writeFileSync(at('secret'), 'SECRET\n', { mode: 0o600 });
  const env = { ...process.env, NARROWGATE_MIGRATE__DATABASE__URL_FILE: at('url'), NARROWGATE_MIGRATE__TENANT__CLIENT_SECRET_FILE: at('secret') };
  const rehearsal = spawnSync(migrate, ['rehearse', '--config', at('migrate.toml'), '--run', at('run'), '--out', at('before.html')], { encoding: 'utf8', env });
  assert.ok([0, 10, 11].includes(rehearsal.status), rehearsal.stderr);
  const files = execFileSync('find', [at('run')], { encoding: 'utf8' }).trim().split('\n');
  for (const file of files) chownSync(file, 65_534, 65_534);
  const block = guide.match(/^```sh\n(narrowgate-migrate status [^]*?)^```$/m)[1].replace(/^systemctl .*$/m, '');
  const places = {
    '/etc/narrowgate-migrate/narrowgate-migrate.toml': 'migrate.toml', '/etc/narrowgate-migrate/database-url': 'url',
    '/etc/narrowgate-migrate/client-secret': 'secret', '/var/lib/narrowgate-import/run': 'run', 'migration.html': 'after.html',
  };
  const commands = Object.entries(places).reduce((text, [from, name]) => text.replaceAll(from, `'${at(name)}'`), block);
  const { stdout, stderr, status } = spawnSync('sh', ['-c', commands.replaceAll(/^ *narrowgate-migrate/gm, `'${migrate}'`)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /the run is done/);
  assert.match(readFileSync(at('after.html'), 'utf8'), /<html/);
  legacy.drop();
});

test("the configuration that docs/operations.md makes is one under the unit's environment", () => {
  const [command, file] = guide.match(/^sed '.*' deploy\/narrowgate\.example\.toml >(\S+)/m);
  execFileSync('sh', ['-c', command.replace(`>${file}`, `>'${path.join(work, 'made.toml')}'`)], { cwd: root });
  const url = path.join(work, 'database-url');
  writeFileSync(url, 'postgres://narrowgate_api:PASSWORD@127.0.0.1:1/app\n', { mode: 0o600 });
  const env = { ...process.env, NARROWGATE__DATABASE__URL_FILE: url, NARROWGATE__AUTH__ISSUER: 'https://127.0.0.1:1/' };
  const check = (config) => spawnSync(program, ['check', '--config', config], { env, encoding: 'utf8', timeout: 20_000 });
  const made = check(path.join(work, 'made.toml'));
  // 2 is the configuration; that nobody answers is another status.
  assert.ok([1, 10].includes(made.status), `${made.status}: ${made.stdout}${made.stderr}`);
  const asItIs = check(path.join(root, 'deploy/narrowgate.example.toml'));
  assert.equal(asItIs.status, 2);
  assert.match(asItIs.stderr, /database\.url: is given twice/);
});

describe('socket activation', { skip: leftOutPrograms('python3') }, () => {
  const legacy = sqlite();
  const file = path.join(work, 'activated.toml');
  const settings = { issuer: 'https://127.0.0.1:1/', audience: 'https://narrowgate.example.com/', databaseUrl: legacy.url };
  let supervisor;
  let port;
  const lines = [];
  let more = () => {};
  before(async () => {
    const sections = configuration(settings);
    writeFileSync(file, Gate.toml(sections), { mode: 0o600 });
    supervisor = spawn('python3', [path.join(root, 'tests/scripts/support/supervisor.py'), program, 'serve', '--config', file], { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface({ input: supervisor.stdout }).on('line', (line) => { lines.push(line); more(); });
    await until(() => lines.includes('notify READY=1'));
    port = Number(lines[0].split(' ')[1]);
  });
  after(() => { supervisor?.stdin.end(); legacy.drop(); });

  async function until(condition) {
    while (!condition()) await new Promise((resolve) => { more = resolve; });
  }
  /** A request on a connection of its own; gives its status. */
  function ask() {
    return new Promise((resolve) => {
      const request = https.request({ port, host: '127.0.0.1', path: '/get_user', method: 'POST', agent: false, ca: readFileSync(certificates.authority) });
      request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)));
      request.on('error', (error) => resolve(error.code));
      request.end();
    });
  }

  test('nobody is refused while the service restarts, and the supervisor hears when it is ready and when it stops', async () => {
    const answers = [];
    let restarting = true;
    const callers = Array.from({ length: 4 }, async () => { while (restarting) answers.push(await ask()); });
    for (let round = 1; round <= 3; round += 1) {
      for (const before_ = answers.length; answers.length < before_ + 10;) await new Promise((resolve) => { setTimeout(resolve, 20); });
      supervisor.stdin.write('restart\n');
      await until(() => lines.filter((line) => line === 'notify READY=1').length === round + 1);
    }
    restarting = false;
    await Promise.all(callers);
    assert.ok(answers.length >= 30, `${answers.length} answers`);
    assert.deepEqual([...new Set(answers)], [401]);
    assert.equal(lines.filter((line) => line === 'notify STOPPING=1').length, 3);
    assert.equal(lines.filter((line) => line === 'ended 0').length, 3);
  });

  test('a start that fails leaves those who wait to the next', () => {
    const sections = configuration(settings);
    const script = [
      'import os, socket, subprocess, sys',
      'waited, taken, caller = socket.socket(), socket.socket(), socket.socket()',
      'for each in (waited, taken):',
      '    each.bind(("127.0.0.1", 0)); each.listen()',
      'caller.connect(waited.getsockname())',
      'text = open(sys.argv[1]).read().replace("127.0.0.1:9", "127.0.0.1:%d" % taken.getsockname()[1])',
      'open(sys.argv[1], "w").write(text)',
      'os.dup2(waited.fileno(), 3); os.set_inheritable(3, True)',
      'run = ["/bin/sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \\"$@\\"", "sh", sys.argv[2], "serve", "--config", sys.argv[1]]',
      'ended = subprocess.run(run, pass_fds=[3], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)',
      'waited.settimeout(1)',
      'print(ended.returncode, waited.accept()[1] == caller.getsockname(), ended.stdout.decode())',
    ].join('\n');
    const config = path.join(work, 'taken.toml');
    writeFileSync(config, Gate.toml({ ...sections, management: { bind: '127.0.0.1:9' } }), { mode: 0o600 });
    const { stdout, stderr } = spawnSync('python3', ['-c', script, config, program], { encoding: 'utf8', timeout: 20_000 });
    assert.match(stdout, /^3 True /, stderr + stdout);
    assert.match(stdout, /management\.bind/);
  });

  test('a socket off loopback needs TLS like an address of its own', () => {
    const sections = configuration(settings);
    for (const key of ['tls_certificate', 'tls_private_key']) delete sections.server[key];
    const plain = path.join(work, 'plain.toml');
    writeFileSync(plain, Gate.toml(sections), { mode: 0o600 });
    const script = 'import os,socket,sys\ns=socket.socket()\ns.bind((sys.argv[1],0))\ns.listen()\nos.dup2(s.fileno(),3)\nos.set_inheritable(3,True)\n'
      + 'os.environ.update(LISTEN_FDS="1",LISTEN_PID=str(os.getpid()))\nos.execv(sys.argv[2],sys.argv[2:])';
    const { status, stderr } = spawnSync('python3', ['-c', script, '0.0.0.0', program, 'serve', '--config', plain], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /the socket that was handed over, 0\.0\.0\.0:\d+, is not a loopback address and there is no TLS/);
  });
});

