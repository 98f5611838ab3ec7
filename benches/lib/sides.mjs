// The sides: the gate, the bare server, and the peers in Node and Go.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { freePort, root, run, start, until, work } from './process.mjs';

export const cores = availableParallelism();

/** Builds the gate and these bench programs; gives their paths by name. */
const BINARIES = ['narrowgate', 'narrowgate-migrate'];

export async function build(benches) {
  const args = ['build', '--release', '--locked', '--message-format=json', ...BINARIES.flatMap((name) => ['--bin', name])];
  const output = await run('cargo', [...args, ...benches.flatMap((name) => ['--bench', name])]);
  const programs = {};
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue;
    const message = JSON.parse(line);
    if (message.executable && [...benches, ...BINARIES].includes(message.target.name)) {
      programs[message.target.name] = message.executable;
    }
  }
  return programs;
}

const status = (url) => fetch(url).then((response) => response.status);
export const ready = (port) => async () => await status(`http://127.0.0.1:${port}/ready`) === 200;

/** The gate's configuration: defaults, but for the limits (all load comes from one client) and what `more` says. */
function configuration({ port, management, issuer, databaseUrl, more = {} }) {
  const sections = {
    server: { bind: `127.0.0.1:${port}` },
    management: { bind: `127.0.0.1:${management}` },
    auth: { issuer: issuer.issuer, audience: issuer.audience, jwks_uri: issuer.jwksUri },
    database: { url: databaseUrl },
    limits: { attempts_per_user: 0, requests_per_client: 0 },
  };
  for (const [section, keys] of Object.entries(more)) sections[section] = { ...sections[section], ...keys };
  return Object.entries(sections)
    .map(([name, keys]) => `[${name}]\n${Object.entries(keys).map(([k, v]) => `${k} = ${JSON.stringify(v)}\n`).join('')}`)
    .join('\n');
}

/** The file of such a configuration, under this name. */
export function configure(name, setting) {
  const file = path.join(work, `${name}.toml`);
  writeFileSync(file, configuration(setting), { mode: 0o600 });
  return file;
}

/** Starts the gate without waiting for it. */
export async function launchGate(setting, name = 'gate', more = {}) {
  const [port, management] = [await freePort(), await freePort()];
  const file = configure(name, { port, management, ...setting, more });
  const server = start(name, setting.programs.narrowgate, ['serve', '--config', file]);
  return { ...server, port, management };
}

export async function startGate(setting, name, more) {
  const gate = await launchGate(setting, name, more);
  await until(ready(gate.management), { server: gate });
  return gate;
}

export async function startBare(setting, connections, more = []) {
  const port = await freePort();
  const { issuer } = setting;
  const server = start(['bare', connections, ...more].join(''), setting.programs.bare, [
    '--port', port, '--jwks', issuer.keyFile, '--issuer', issuer.issuer, '--audience', issuer.audience,
    '--threads', cores, '--connections', connections, ...more,
  ], { DATABASE_URL: setting.databaseUrl });
  await until(async () => readFileSync(server.log, 'utf8').includes('listening'), { server });
  return { ...server, port };
}

/** What a peer is told by its environment. */
const environment = ({ issuer, databaseUrl }, port) => ({
  PORT: port, DATABASE_URL: databaseUrl, ISSUER: issuer.issuer, AUDIENCE: issuer.audience,
});

/** Starts `express` or `fastify`. */
export async function startNode(setting, name) {
  const folder = path.join(root, 'target/bench/node');
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(root, 'benches/node'), folder, { recursive: true });
  const wanted = readFileSync(path.join(folder, 'package-lock.json'), 'utf8');
  const mark = path.join(folder, 'node_modules/.installed');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    await run('npm', ['ci'], { cwd: folder });
    writeFileSync(mark, wanted);
  }
  const port = await freePort();
  const server = start(name, process.execPath, [path.join(folder, `${name}.mjs`)], {
    ...environment(setting, port), NODE_ENV: 'production', WORKERS: 2, POOL_SIZE: 5, JWKS_URI: setting.issuer.jwksUri,
  });
  await until(() => status(`http://127.0.0.1:${port}/`), { server });
  return { ...server, port };
}

/** Needs Debian's golang-go and the packages that main.go names; without them there is no such side. */
export async function startGo(setting) {
  const program = path.join(root, 'target/bench/go-peer');
  const env = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: path.join(root, 'target/bench/go-cache') };
  await run('go', ['build', '-o', program, path.join(root, 'benches/go/main.go')], { env });
  const port = await freePort();
  const server = start('go', program, [], { ...environment(setting, port), JWKS_FILE: setting.issuer.keyFile });
  await until(() => status(`http://127.0.0.1:${port}/`), { server });
  return { ...server, port };
}

/** Asks a side as wrk will, and holds every answer against what was asked. */
export async function proveAnswers(side, setting, count = 200) {
  const ask = (identifier, token) => fetch(`http://127.0.0.1:${side.port}/get_user`, {
    method: 'POST', body: JSON.stringify({ identifier }),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
  });
  for (let turn = 0; turn < count; turn += 1) {
    const identifier = setting.identifier(1 + Math.floor(Math.random() * setting.users));
    const answer = await ask(identifier, setting.token);
    const user = await answer.json();
    if (answer.status !== 200 || user.email !== identifier || typeof user.user_id !== 'string') {
      throw new Error(`${side.name} answers ${answer.status} ${JSON.stringify(user)} for ${identifier}`);
    }
  }
  const forged = `${setting.token.slice(0, -6)}AAAAAA`;
  const refusals = [
    [await ask(setting.identifier(1), forged), 401], [await ask('nobody@example.com', setting.token), 404],
    [await ask(setting.identifier(1), setting.issuer.token('login:users')), 403],
  ];
  for (const [answer, expected] of refusals) {
    if (answer.status !== expected) throw new Error(`${side.name} answers ${answer.status}, not ${expected}`);
  }
}
