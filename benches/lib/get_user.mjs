// Part a: processor time of one `/get_user`, the sides in turns.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { median, spread, table, target } from './figures.mjs';
import { cpuSeconds, machineSeconds, residentMib, root, run, work } from './process.mjs';
import { cores, proveAnswers, startBare, startGate, startGo, startNode } from './sides.mjs';

const CONNECTIONS = 32;
/** More than the gate's cache holds: going round, each is new whenever it comes. */
const TOKENS = 2_500;

async function wrk(side, setting, seconds, question) {
  const script = path.join(root, `benches/wrk/${question}.lua`);
  const connections = setting.connections ?? CONNECTIONS;
  const output = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${side.port}`], {
    env: { BENCH_USERS: setting.users, BENCH_TOKENS: setting.tokens ?? '', BENCH_TOKEN: setting.token, BENCH_FIRST: side.first ?? 1 },
  });
  const result = JSON.parse(output.match(/^RESULT (.*)$/m)[1]);
  if (result.bad > 0) throw new Error(`${side.name}: ${result.bad} of ${result.requests} requests went wrong`);
  return result;
}

async function round(side, setting, seconds, question) {
  const now = () => ({
    server: cpuSeconds(side.pid), database: cpuSeconds(setting.postmaster), ours: cpuSeconds(process.pid), machine: machineSeconds(),
  });
  const before = now();
  const result = await wrk(side, setting, seconds, question);
  // Nobody is marked twice.
  side.first = (side.first ?? 1) + result.requests + CONNECTIONS;
  const used = Object.fromEntries(Object.entries(now()).map(([name, value]) => [name, value - before[name]]));
  return {
    micros: used.server * 1e6 / result.requests, database: used.database * 1e6 / result.requests,
    rate: result.requests / result.seconds, p50: result.p50, p99: result.p99,
    strangers: 100 * (used.machine - used.ours - used.database) / (cores * result.seconds),
  };
}

export async function getUser(setting, { rounds, seconds, only }) {
  const starts = {
    gate: () => startGate(setting),
    // One shared connection pipelines; several show what a pool as large as the gate's default costs the bare server.
    bare: () => startBare(setting, 1),
    'bare, 10 connections': () => startBare(setting, 10),
    'bare, token cache': () => startBare(setting, 1, ['--cache', 1]),
    go: () => startGo(setting),
    fastify: () => startNode(setting, 'fastify'),
    express: () => startNode(setting, 'express'),
  };
  const wanted = Object.entries(starts).filter(([name]) => !only || only.some((one) => name.startsWith(one)));
  const sides = await inTurns(wanted, setting, { rounds, seconds, question: 'get_user' });
  show('get_user, one row by e-mail, 32 keep-alive connections', sides);
  judge(sides);
  if (!['gate', 'bare', 'bare, token cache'].every((name) => wanted.some(([one]) => one === name))) return;

  const tokens = path.join(work, 'tokens');
  writeFileSync(tokens, Array.from({ length: TOKENS }, () => setting.issuer.token('read:users')).join('\n'), { mode: 0o600 });
  const each = (names) => wanted.filter(([name]) => names.includes(name));
  const fresh = await inTurns(each(['gate', 'bare']), { ...setting, tokens }, { rounds, seconds, question: 'get_user' });
  show('get_user, every token new', fresh);
  target("get_user, every token new: gate's micros / bare's", times(fresh[0], fresh[1], 'micros'), '<=', 1.15);
  const alone = await inTurns(each(['gate', 'bare, token cache']), { ...setting, connections: 1 }, { rounds, seconds, question: 'get_user' });
  show('get_user, one connection', alone);
  target("get_user, one connection: gate's p50 / bare's with a token cache", times(alone[0], alone[1], 'p50'), '<=', 1.2);
}

/** Starts the sides, proves and warms each, and measures them in turns. */
export async function inTurns(starts, setting, { rounds, seconds, question }) {
  const sides = [];
  for (const [name, begin] of starts) {
    const side = { ...await begin(), name, rounds: [] };
    if (question === 'get_user') await proveAnswers(side, setting);
    await round(side, setting, 2, question);
    sides.push(side);
  }
  for (let turn = 0; turn < rounds; turn += 1) {
    // Every other time the other way round, so that no side always follows the same one.
    for (const side of turn % 2 ? [...sides].reverse() : sides) side.rounds.push(await round(side, setting, seconds, question));
  }
  for (const side of sides) {
    side.memory = residentMib(side.pid);
    await side.stop();
  }
  return sides;
}

export function show(title, sides) {
  console.log(`\n## ${title}: median (min-max)\n`);
  const of = (side, figure) => side.rounds.map((one) => one[figure]);
  table(
    ['side', 'CPU us a request', 'requests a CPU-second', 'requests/s', 'p50 ms', 'p99 ms', 'database CPU us', 'RSS MiB', 'others %'],
    sides.map((side) => [
      side.name, spread(of(side, 'micros')), Math.round(1e6 / median(of(side, 'micros'))), spread(of(side, 'rate'), 0),
      spread(of(side, 'p50'), 2), spread(of(side, 'p99'), 2), spread(of(side, 'database')), side.memory.toFixed(1),
      spread(of(side, 'strangers'), 0),
    ]),
  );
}

/** How many times the figure of another side the gate's is: round by round, so that what else ran on the machine falls on both. */
export const times = (gate, other, figure) => median(gate.rounds.map((one, turn) => one[figure] / other.rounds[turn][figure]));

function judge(sides) {
  const by = Object.fromEntries(sides.map((side) => [side.name, side]));
  const gate = by.gate;
  if (!gate) return;
  const bound = (name, figure, most) => by[name] && target(`get_user: gate's ${figure} / ${name}'s`, times(gate, by[name], figure), '<=', most);
  bound('bare', 'micros', 1);
  bound('bare, 10 connections', 'micros', 1);
  bound('bare, token cache', 'micros', 1.25);
  bound('go', 'micros', 1 / 5);
  bound('go', 'p99', 1);
  bound('express', 'micros', 1 / 15);
}
