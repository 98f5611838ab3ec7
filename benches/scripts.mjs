#!/usr/bin/env node
// What Auth0's scripts add to the gate's answer: each script against a bare `fetch` of the same question, in turns, in one
// container, over HTTPS, with a warm token. See README.md.
import path from 'node:path';
import { spread, table, target, verdict, median } from './lib/figures.mjs';
import { root, run } from './lib/process.mjs';

const CALLS = 500;

async function main() {
  if (!process.env.NARROWGATE_TEST_PROGRAM) {
    await run('cargo', ['build', '--release', '--locked', '--bin', 'narrowgate']);
    process.env.NARROWGATE_TEST_PROGRAM = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'release/narrowgate');
  }
  const { World } = await import('../tests/scripts/support/world.mjs');
  const { sqlite } = await import('../tests/scripts/support/legacy.mjs');
  const world = await World.start({ legacy: sqlite });
  try {
    await measure(world);
  } finally {
    await world.stop();
  }
  return verdict();
}

/** The same request by hand, its token at hand. */
const bare = (url, token) => `async function bare(question, callback) {
  const response = await fetch('${url}', {
    method: 'POST', body: JSON.stringify(question), headers: { 'content-type': 'application/json', authorization: 'Bearer ${token}' },
  });
  callback(null, await response.json());
}`;

async function measure({ tenant, legacy, gate, issuer, server }) {
  const user = legacy.addUser();
  const { scripts, connection: { options: { customScripts, configuration } } } = tenant;
  const { CLIENT_ID: client, AUDIENCE: audience } = configuration;
  const now = Math.floor(Date.now() / 1000);
  const token = issuer.key.token({
    iss: `${server.url}/`, sub: `${client}@clients`, aud: audience, iat: now, exp: now + 3600, azp: client, gty: 'client-credentials',
    scope: 'login:users read:users',
  });
  const timed = async (...parts) => {
    const start = performance.now();
    const { profile } = await scripts.script(...parts);
    if (profile?.user_id !== user.id) throw new Error('not the answer to this question');
    return performance.now() - start;
  };
  const rows = [];
  for (const [name, args, question] of [
    ['login', [user.email, user.password], { identifier: user.email, password: user.password }], ['get_user', [user.email], { identifier: user.email }],
  ]) {
    const sides = { bare: [], script: [] };
    for (let call = -50; call < CALLS; call += 1) {
      const times = { bare: await timed(bare(`${gate.url}/${name}`, token), question), script: await timed(customScripts[name], ...args) };
      if (call >= 0) for (const side of ['bare', 'script']) sides[side].push(times[side]);
    }
    const added = median(sides.script) - median(sides.bare);
    rows.push([name, spread(sides.bare, 2), spread(sides.script, 2), added.toFixed(2)]);
    target(`${name}: what the script adds to the gate's answer, median`, added, '<=', 5, ' ms');
  }
  console.log(`## Scripts: milliseconds a call, median (min-max) of ${CALLS}\n`);
  table(['script', 'bare fetch', 'script', 'added'], rows);
}

main().then(
  (good) => process.exit(good ? 0 : 1),
  (error) => { console.error(error.stack, error.cause ?? ''); process.exit(2); },
);
