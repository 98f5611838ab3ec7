// A container of Auth0's: one process, one `global`, a time limit for each run, and nothing kept when it is recycled.
import { fork } from 'node:child_process';
import { certificates } from './certificates.mjs';

const CHILD = new URL('container_process.cjs', import.meta.url);
const TIMEOUT = { name: 'Error', message: 'Request to Webtask exceeded allowed execution time' };

export class Container {
  /** What was printed by scripts, and what Auth0 would call a fault of theirs. */
  lines = [];
  faults = [];
  #runs = new Map();
  #count = 0;
  #child;

  /** `configuration` is the connection's; `limit` is in milliseconds. */
  constructor({ configuration, limit = 20_000 } = {}) {
    this.configuration = configuration;
    this.limit = limit;
    this.recycle();
  }

  /** Starts anew, as Auth0 does at any time. */
  recycle() {
    this.stop();
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificates.authority };
    const child = fork(CHILD, { env, execArgv: ['--no-warnings'] });
    child.on('message', (message) => {
      if (message.line !== undefined) this.lines.push(message.line);
      else if (message.fault) this.faults.push(message.fault);
      else this.#end(message.id, message.outcome);
    });
    // A test that failed and left its container open must not keep the run from ending.
    child.unref();
    child.channel.unref();
    child.send({ kind: 'open', configuration: this.configuration });
    this.#child = child;
  }

  /** Runs a database script; gives `{ profile }` (null for nobody) or `{ error }`. */
  script(code, ...args) {
    return this.#run({ kind: 'script', code, args });
  }

  /** Runs a post-login Action; gives `{ effects, error? }`. */
  action(code, event) {
    return this.#run({ kind: 'action', code, event });
  }

  /** Lets time pass for the scripts' clock. */
  advance(milliseconds) {
    this.#child.send({ kind: 'advance', milliseconds });
  }

  stop() {
    this.#child?.kill('SIGKILL');
    for (const id of this.#runs.keys()) this.#end(id, { effects: [], error: TIMEOUT });
  }

  #run(message) {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.faults.push('time limit exceeded'); this.recycle(); }, this.limit);
      this.#runs.set(id, { resolve, timer });
      this.#child.send({ id, ...message });
    });
  }

  #end(id, outcome) {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#runs.delete(id);
    clearTimeout(run.timer);
    run.resolve(outcome);
  }
}
