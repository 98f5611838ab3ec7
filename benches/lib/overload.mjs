// Part c: ten times more logins than the gate can verify, `/get_user` beside them; and logins whose client has gone.
import net from 'node:net';
import { table, target } from './figures.mjs';
import { load } from './login.mjs';
import { cpuSeconds, machineSeconds, sleep } from './process.mjs';
import { startGate } from './sides.mjs';

const LOOKUPS = 200;
const TIMES = 10;

const shown = (value) => (value === null || value === undefined ? '-' : value.toFixed(1));
const row = (name, one) => [name, one.count, shown(one.p50), shown(one.p99), shown(one.max)];

export async function overload(setting, { seconds }) {
  const gate = await startGate(setting);
  // What it can do in company.
  const { per_second: capacity } = await load(setting, gate, { closed: 64, seconds });
  const alone = await load(setting, gate, { 'get-user-rate': LOOKUPS, seconds });
  const used = () => ({ gate: cpuSeconds(gate.pid), all: cpuSeconds(process.pid), machine: machineSeconds() });
  const before = used();
  const both = await load(setting, gate, { 'get-user-rate': LOOKUPS, 'login-rate': TIMES * capacity, seconds });
  const after = used();
  const [cpu, all, machine] = ['gate', 'all', 'machine'].map((who) => after[who] - before[who]);
  await gate.stop();
  const { login, get_user: lookups } = both;
  console.log(`\n## overload: ${(TIMES * capacity).toFixed(0)} logins/s offered, capacity ${capacity.toFixed(1)}/s, ${seconds} s`);
  console.log('latency from the scheduled instant, ms\n');
  table(['requests', 'count', 'p50', 'p99', 'max'], [
    row('get_user alone', alone.get_user.all),
    ...Object.entries(lookups.results).map(([name, one]) => row(`get_user under overload: ${name}`, one)),
    ...Object.entries(login.results).map(([name, one]) => row(`login: ${name}`, one)),
    row('lateness of the generator itself', login.late),
  ]);
  const good = login.results['200'] ?? { count: 0 };
  // Those who were let in last are answered after the last was sent.
  const goodput = good.count / (seconds + (good.max ?? 0) / 1000);
  console.log(`\ngoodput ${goodput.toFixed(1)} logins/s, ${(goodput / capacity).toFixed(2)} of capacity; the gate used ${cpu.toFixed(1)} CPU-s`);
  // In production the callers are elsewhere.
  const callers = (all - cpu) / machine;
  console.log(`the generator used ${(100 * callers).toFixed(1)}% of the processors; of what it left the goodput is ${(goodput / capacity / (1 - callers)).toFixed(2)}`);
  const missed = lookups.all.count - (lookups.results['200']?.count ?? 0);
  target('overload: get_user p99', lookups.all.p99, '<=', 50, ' ms');
  target('overload: get_user not answered 200', missed, '<=', 0);
  target('overload: refused logins (503) p99', login.results['503']?.p99 ?? NaN, '<=', 10, ' ms');
  target('overload: accepted logins p99', good.p99 ?? NaN, '<=', 4500, ' ms');
  // Lookups, refusals and the generator take their part of the same cores, so goodput is less than capacity.
  target('overload: goodput / capacity', goodput / capacity, '>=', 0.95);
  await retries(setting, capacity, seconds);
}

/** More clients than may wait, who come again as soon as they are refused. */
async function retries(setting, capacity, seconds) {
  const gate = await startGate(setting, 'gate-retries', { passwords: { max_wait: '300ms' } });
  const { login, total, per_second: rate } = await load(setting, gate, { closed: 64, seconds });
  await gate.stop();
  const good = rate * (login.results['200']?.count ?? 0) / total;
  console.log(`
64 clients that come again at once, max_wait 300 ms: ${good.toFixed(1)} logins/s, ${login.results['503']?.count ?? 0} refused of ${total}`);
  target('overload: goodput / capacity, 64 clients that come again at once', good / capacity, '>=', 0.8);
}

const metrics = (gate) => fetch(`http://127.0.0.1:${gate.management}/metrics`).then((answer) => answer.text()).catch(() => '');

function counters(text) {
  const lines = text.split('\n').filter((line) => /^narrowgate\w*(hash|verif|password|login)\w*(_total|_count)/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

/** Opens logins, lets them queue, closes their sockets, and sees what the gate still computes. */
export async function gone(setting, capacity, { count = 400 } = {}) {
  const patience = { max_wait: '30s' };
  const gate = await startGate(setting, 'gate-gone', { passwords: patience, server: { request_timeout: '60s' } });
  await load(setting, gate, { closed: 2, seconds: 1 });
  const [metricsBefore, idle] = [counters(await metrics(gate)), cpuSeconds(gate.pid)];
  const sockets = await Promise.all(Array.from({ length: count }, (_, turn) => ask(gate, setting, turn + 1)));
  await sleep(1000);
  const answered = sockets.filter((socket) => socket.answered).length;
  const held = cpuSeconds(gate.pid) - idle;
  for (const socket of sockets) socket.destroy();
  // What runs when the clients go may finish; it is not charged.
  await sleep(500);
  const from = cpuSeconds(gate.pid);
  await sleep(5000);
  const burnt = cpuSeconds(gate.pid) - from;
  const metricsAfter = counters(await metrics(gate));
  await gate.stop();
  const waiting = count - answered;
  console.log(`\n## clients that go: ${count} logins opened, ${answered} answered within 1 s, the other sockets closed\n`);
  console.log(`CPU while they waited ${held.toFixed(2)} s; in the 5 s after they had gone ${burnt.toFixed(2)} s`);
  console.log(`(to verify the ${waiting} would have taken all cores for ${(waiting / capacity).toFixed(1)} s)`);
  for (const [name, value] of metricsAfter) {
    const more = value - (metricsBefore.get(name) ?? 0);
    if (more) console.log(`${name} +${more}`);
  }
  if (waiting < count / 2) console.log('too few were waiting: this part shows nothing');
  target('clients gone: CPU afterwards', waiting < count / 2 ? NaN : burnt, '<=', 0.1, ' s');
}

function ask(gate, setting, user) {
  const body = JSON.stringify({ identifier: setting.identifier(user), password: setting.password });
  const head = `POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${setting.token}\r\n`
    + `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = net.connect(gate.port, '127.0.0.1', () => socket.write(head + body, () => resolve(socket)));
    socket.on('data', () => { socket.answered = true; });
    socket.on('error', reject);
  });
}
