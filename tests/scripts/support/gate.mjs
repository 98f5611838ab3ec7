// The program under test, over HTTPS.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { certificates } from './certificates.mjs';
import { program, work } from './files.mjs';

const toml = (sections) => Object.entries(sections).map(([name, keys]) => `[${name}]\n${
  Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('')}`).join('\n');

// Whatever becomes of the tests, no gate outlives them.
const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });
const ENDPOINTS = ['/login', '/get_user', '/mark_migrated'];

/** What every test wants. */
export function configuration({ issuer, audience, databaseUrl }) {
  return {
    server: { tls_certificate: certificates.certificate, tls_private_key: certificates.key, request_timeout: '30s' },
    auth: {
      issuer, audience, jwks_uri: `${issuer}.well-known/jwks.json`, jwks_ca_certificate: certificates.authority,
      jwks_cooldown: '1s', jwks_refresh: '1s', leeway: '0s',
    },
    database: { url: databaseUrl, connect_timeout: '10s', statement_timeout: '10s', acquire_timeout: '10s' },
    passwords: { min_response: '1ms', max_wait: '20s' },
    limits: { attempts_per_user: 5, attempts_window: '60s' },
  };
}

export class Gate {
  static toml = toml;

  lines = [];
  #child;
  #lines;

  /** `settings` are sections of the configuration, over those that every test wants; `launch` gives the command to run. */
  constructor({ issuer, audience, databaseUrl, settings = {}, launch = (file) => [program, ['serve', '--config', file]] }) {
    this.launch = launch;
    if (!existsSync(program)) throw new Error(`${program} is not there: run \`cargo build\` first`);
    this.sections = configuration({ issuer, audience, databaseUrl });
    for (const [name, keys] of Object.entries(settings)) this.sections[name] = { ...this.sections[name], ...keys };
  }

  /** Starts, again on the same port after `stop`. */
  async start() {
    this.port ??= await freePort();
    this.sections.server.bind = `127.0.0.1:${this.port}`;
    const file = path.join(work, `gate-${this.port}.toml`);
    writeFileSync(file, toml(this.sections), { mode: 0o600 });
    const [command, args] = this.launch(file);
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(this.#child);
    const lines = createInterface({ input: this.#child.stdout });
    this.#lines = lines;
    lines.on('line', (line) => this.lines.push(line));
    const listening = new Promise((resolve, reject) => {
      lines.on('line', (line) => { if (line.includes('"listening"')) resolve(); });
      this.#child.once('exit', (code) => reject(new Error(`the gate ended with ${code}:\n${this.lines.join('\n')}`)));
    });
    await listening;
    return this;
  }

  get url() {
    return `https://127.0.0.1:${this.port}`;
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Connections are still accepted by the system, but nothing answers until `resume`. */
  freeze() {
    this.#child.kill('SIGSTOP');
    const tasks = `/proc/${this.#child.pid}/task`;
    const stopped = (task) => readFileSync(`${tasks}/${task}/stat`, 'utf8').split(') ').at(-1).startsWith('T');
    while (!readdirSync(tasks).every(stopped)); // a moment: each thread by itself
  }

  resume() { this.#child.kill('SIGCONT'); }

  /** The decisions about users so far, as [endpoint, code]. Lines are gathered before they are written, so one more is caused. */
  async decisions() {
    const request = https.get(`${this.url}/`, { agent: false, ca: readFileSync(certificates.authority) });
    const [answer] = await once(request, 'response');
    answer.resume();
    const last = answer.headers['x-request-id'];
    while (!this.lines.some((line) => line.includes(last))) await once(this.#lines, 'line');
    return this.lines.map((line) => JSON.parse(line)).filter(({ endpoint }) => ENDPOINTS.includes(endpoint))
      .map(({ endpoint, code }) => [endpoint, code]);
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}
