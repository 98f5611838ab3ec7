// Part: clients that log in again and again, more of them than cores, beside peers and the bare hash function.
import { median, spread, table, target } from './figures.mjs';
import { bareHash, load } from './login.mjs';
import { cpuSeconds } from './process.mjs';
import { startGate, startGo, startNode } from './sides.mjs';

async function round(setting, side, closed, seconds) {
  const before = cpuSeconds(side.pid);
  const { login, per_second: rate, total } = await load(setting, side, { closed, seconds });
  const good = login.results['200'] ?? { count: 0, p99: NaN };
  return { rate: rate * good.count / total, refused: total - good.count, p99: good.p99, millis: (cpuSeconds(side.pid) - before) * 1e3 / total };
}

export async function company(setting, { rounds, seconds }) {
  const starts = {
    gate: () => startGate(setting), go: () => startGo(setting),
    fastify: () => startNode(setting, 'fastify'), express: () => startNode(setting, 'express'),
  };
  const sides = [];
  for (const [name, begin] of Object.entries(starts)) sides.push({ ...await begin(), name });
  for (const clients of [1, 32, 64]) {
    const bare = [];
    for (const side of sides) side.rounds = [];
    for (let turn = 0; turn < rounds; turn += 1) {
      bare.push((await bareHash(setting, seconds)).per_second);
      for (const side of sides) side.rounds.push(await round(setting, side, clients, seconds));
    }
    console.log(`\n## login, bcrypt cost 10, ${clients} clients that log in again at once: median (min-max)\n`);
    table(['side', 'a second', 'refused', 'p99 ms', 'CPU ms a login'], [
      ['bare hash function, one thread a core', spread(bare, 1), '', '', ''],
      ...sides.map(({ name, rounds: all }) => [name, spread(all.map((one) => one.rate), 1), spread(all.map((one) => one.refused), 0),
        spread(all.map((one) => one.p99), 0), spread(all.map((one) => one.millis), 1)]),
    ]);
    judge(clients, sides, bare);
  }
  for (const side of sides) await side.stop();
}

function judge(clients, sides, bare) {
  const [gate, , , express] = sides.map((side) => side.rounds);
  const times = (other) => median(gate.map((one, turn) => one.rate / other[turn]));
  const [toExpress, toBare] = [times(express.map((one) => one.rate)), times(bare)];
  if (clients === 1) return;
  target(`login: gate's a second / Express's, ${clients} clients`, toExpress, '>=', clients === 32 ? 3 : 4);
  target(`login: gate's a second / the bare hash function's, ${clients} clients`, toBare, '>=', 3);
  target(`login: gate's p99 / Express's, ${clients} clients`, median(gate.map((one, turn) => one.p99 / express[turn].p99)), '<=', 0.5);
}
