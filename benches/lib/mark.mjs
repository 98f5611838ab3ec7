// Part: marks a second, beside peers that insert a row into a table of their own.
import { inTurns, show, times } from './get_user.mjs';
import { median, target } from './figures.mjs';
import { startGate, startGo, startNode } from './sides.mjs';

export async function mark(setting, { rounds, seconds }) {
  await setting.psql('-c', `CREATE TABLE public.bench_mark (user_id text PRIMARY KEY, migrated_at timestamptz NOT NULL);
    GRANT INSERT, SELECT ON public.bench_mark TO narrowgate_api`);
  // Nobody is marked twice: the gate begins with the first of the users, and each peer with numbers of its own.
  const starts = [
    ['gate', () => startGate(setting), 1001], ['go', () => startGo(setting), 1e9],
    ['fastify', () => startNode(setting, 'fastify'), 2e9], ['express', () => startNode(setting, 'express'), 3e9],
  ].map(([name, begin, first]) => [name, async () => ({ ...await begin(), first })]);
  const sides = await inTurns(starts, setting, { rounds, seconds, question: 'mark_migrated' });
  show('mark_migrated, 32 keep-alive connections', sides);
  const [gate, ...peers] = sides;
  const best = peers.reduce((one, other) => (times(one, other, 'rate') > 1 ? one : other));
  target(`mark_migrated: gate's marks a second / ${best.name}'s, the best peer's`, times(gate, best, 'rate'), '>=', 1.2);
  target("mark_migrated: database CPU of gate's / of Go's plain INSERT", times(gate, peers[0], 'database'), '<=', 1.4);
  target("mark_migrated: gate's CPU", median(gate.rounds.map((one) => one.micros)), '<=', 40, ' us');
}
