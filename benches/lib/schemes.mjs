// Part schemes: derivations against the C implementations that the original software used, in turns.
import path from 'node:path';
import { median, spread, table, target } from './figures.mjs';
import { root, run, work } from './process.mjs';

// The most that a derivation may cost, as a multiple of C's.
const BOUNDS = {
  bcrypt: 1.05,
  sha512_crypt: 1,
  sha256_crypt: 1,
  argon2id_19m_t2_p1: 1,
  argon2id_64m_t4_p1: 1,
  argon2id_64m_t3_p4: 1,
  pbkdf2_sha1: 1,
  pbkdf2_sha256: 1,
  pbkdf2_sha512: 1,
};
const env = { BENCH_PASSWORD: 'correct horse', BENCH_SALT: 'saltsaltsaltsalt' };

async function buildPeers() {
  const program = path.join(work, 'peers');
  const source = path.join(root, 'benches/peers/peers.c');
  await run('cc', ['-O2', '-o', program, source, '-lcrypt', '-largon2', '-lcrypto']);
  return program;
}

export async function schemes(programs, { rounds, seconds }) {
  const peers = await buildPeers();
  const rows = [];
  for (const [scheme, bound] of Object.entries(BOUNDS)) {
    const [c, ours] = [[], []];
    for (let turn = 0; turn < rounds; turn += 1) {
      c.push(JSON.parse(await run(peers, [scheme, seconds], { env })));
      ours.push(JSON.parse(await run(programs.schemes, ['--scheme', scheme, '--seconds', seconds], { env })));
    }
    if (c[0].digest !== ours[0].digest) throw new Error(`${scheme}: C derives ${c[0].digest}, the library ${ours[0].digest}`);
    const of = (side, figure) => spread(side.map((one) => one[figure]), 2);
    rows.push([scheme, of(c, 'cpu'), of(ours, 'cpu'), of(c, 'wall'), of(ours, 'wall')]);
    target(`schemes: ${scheme}, CPU a derivation / C's`, median(ours.map((one, turn) => one.cpu / c[turn].cpu)), '<=', bound);
  }
  console.log('\n## schemes, one thread (C starts a thread a lane for p4): milliseconds a derivation, median (min-max)\n');
  table(['scheme', 'C, CPU', 'library, CPU', 'C, wall', 'library, wall'], rows);
}
