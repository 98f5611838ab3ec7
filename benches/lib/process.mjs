// Programs that the benchmark starts: their output, their processor time, their end.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const work = mkdtempSync(path.join(tmpdir(), 'narrowgate-bench-'));

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const children = new Set();
const endings = [];

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `ending` when the benchmark ends, however it ends. */
export const atEnd = (ending) => endings.push(ending);

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  for (const ending of endings.reverse()) ending();
  if (!process.env.BENCH_KEEP) rmSync(work, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

/** Starts a server with its output in a file, as in production. */
export function start(name, command, args, env = {}) {
  const log = path.join(work, `${name}.log`);
  const file = openSync(log, 'w');
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', file, file], env: { ...process.env, ...env } });
  children.add(child);
  const gone = new Promise((resolve) => child.on('close', (code) => { children.delete(child); resolve(code); }));
  child.on('error', () => {});
  const stop = async () => { child.kill('SIGTERM'); await gone; };
  return { name, child, log, started, pid: child.pid, gone, stop };
}

/** Runs a program to its end and gives what it wrote to standard output. */
export function run(command, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    children.add(child);
    let output = '';
    let errors = '';
    child.stdout.on('data', (part) => { output += part; });
    child.stderr.on('data', (part) => { errors += part; });
    child.on('error', reject);
    child.on('close', (code) => {
      children.delete(child);
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${code}:\n${errors.slice(-2000)}`));
    });
  });
}

export function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function stat(pid) {
  // The name in brackets may hold blanks, so the fields are counted from the last bracket.
  // The four times are user and system, own and of children that have ended.
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) };
}

function family(pid) {
  const table = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try { table.set(Number(entry), stat(entry)); } catch { /* it ended meanwhile */ }
  }
  const within = (one) => one === pid || (table.has(one) && one > 1 && within(table.get(one).parent));
  return [...table].filter(([one]) => within(one)).map(([one, { ticks }]) => ({ pid: one, ticks }));
}

/** Processor seconds used so far by a process and all that descend from it, those that have ended included. */
export const cpuSeconds = (pid) => family(pid).reduce((sum, one) => sum + one.ticks, 0) / TICKS;

/** Processor seconds that the machine has spent so far, on anything; time stolen by its host included. */
export function machineSeconds() {
  const times = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/ +/).slice(1, 9).map(Number);
  const [, , , idle, waiting] = times;
  return (times.reduce((sum, time) => sum + time, 0) - idle - waiting) / TICKS;
}

/** Resident memory of a process and all that descend from it; pages that they share count for each. */
export function residentMib(pid) {
  const resident = (one) => Number(readFileSync(`/proc/${one}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB/m)?.[1] ?? 0);
  return family(pid).reduce((sum, one) => sum + resident(one.pid), 0) / 1024;
}

/** Polls until `probe` gives something true; a server that ended meanwhile is a fault, told with the end of its log. */
export async function until(probe, { server, every = 20, limit = 15_000, what = 'ready' } = {}) {
  const end = Date.now() + limit;
  while (Date.now() < end) {
    const found = await probe().catch(() => null);
    if (found) return found;
    if (server && server.child.exitCode !== null) break;
    await sleep(every);
  }
  const tail = server ? readFileSync(server.log, 'utf8').slice(-2000) : '';
  throw new Error(`${server?.name ?? 'something'} did not become ${what}\n${tail}`);
}
