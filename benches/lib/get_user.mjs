// Part a: processor time of one `/get_user`, the sides in turns.
import path from 'node:path';
import { median, spread, table, target } from './figures.mjs';
import { cpuSeconds, machineSeconds, residentMib, root, run } from './process.mjs';
import { cores, proveAnswers, startBare, startExpress, startGate } from './sides.mjs';

const CONNECTIONS = 32;

async function wrk(side, setting, seconds) {
  const script = path.join(root, 'benches/wrk/get_user.lua');
  const output = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${side.port}`], {
    env: { BENCH_USERS: setting.users, BENCH_TOKEN: setting.token },
  });
  const result = JSON.parse(output.match(/^RESULT (.*)$/m)[1]);
  if (result.bad > 0) throw new Error(`${side.name}: ${result.bad} of ${result.requests} requests went wrong`);
  return result;
}

async function round(side, setting, seconds) {
  const now = () => ({
    server: cpuSeconds(side.pid), database: cpuSeconds(setting.postmaster), ours: cpuSeconds(process.pid), machine: machineSeconds(),
  });
  const before = now();
  const result = await wrk(side, setting, seconds);
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
    express: () => startExpress(setting),
  };
  const wanted = Object.entries(starts).filter(([name]) => !only || only.some((one) => name.startsWith(one)));
  report(await inTurns(wanted, setting, rounds, seconds));
}

/** Starts the sides, proves and warms each, and measures them in turns. */
export async function inTurns(starts, setting, rounds, seconds) {
  const sides = [];
  for (const [name, begin] of starts) {
    const side = { ...await begin(), name, rounds: [] };
    await proveAnswers(side, setting);
    await wrk(side, setting, 2);
    sides.push(side);
  }
  for (let turn = 0; turn < rounds; turn += 1) {
    // Every other time the other way round, so that no side always follows the same one.
    for (const side of turn % 2 ? [...sides].reverse() : sides) side.rounds.push(await round(side, setting, seconds));
  }
  for (const side of sides) {
    side.memory = residentMib(side.pid);
    await side.stop();
  }
  return sides;
}

export function report(sides) {
  console.log('\n## get_user, one row by e-mail, 32 keep-alive connections: median (min-max)\n');
  const of = (side, figure) => side.rounds.map((one) => one[figure]);
  table(
    ['side', 'CPU us a request', 'requests a CPU-second', 'requests/s', 'p50 ms', 'p99 ms', 'database CPU us', 'RSS MiB', 'others %'],
    sides.map((side) => [
      side.name, spread(of(side, 'micros')), Math.round(1e6 / median(of(side, 'micros'))), spread(of(side, 'rate'), 0),
      spread(of(side, 'p50'), 2), spread(of(side, 'p99'), 2), spread(of(side, 'database')), side.memory.toFixed(1),
      spread(of(side, 'strangers'), 0),
    ]),
  );
  const by = Object.fromEntries(sides.map((side) => [side.name, side]));
  const gate = by.gate;
  if (!gate) return;
  // Ratios are taken round by round: what else ran on the machine at that time falls on both sides.
  const ratio = (other) => median(gate.rounds.map((one, turn) => by[other].rounds[turn].micros / one.micros));
  const bares = Object.keys(by).filter((name) => name.startsWith('bare'));
  for (const name of bares) target(`get_user: gate's CPU a request / ${name} server's`, 1 / ratio(name), '<=', 1);
  if (by.express) target("get_user: gate's requests a CPU-second / Express's", ratio('express'), '>=', 12);
}
