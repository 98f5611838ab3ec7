#!/usr/bin/env node
// Builds, starts and measures everything; see README.md. All traffic stays on loopback, and every part ends by itself.
import { parseArgs } from 'node:util';
import { startDatabase } from './lib/database.mjs';
import { verdict } from './lib/figures.mjs';
import { getUser } from './lib/get_user.mjs';
import { idle } from './lib/idle.mjs';
import { startIssuer } from './lib/issuer.mjs';
import { login } from './lib/login.mjs';
import { gone, overload } from './lib/overload.mjs';
import { run } from './lib/process.mjs';
import { routine } from './lib/routine.mjs';
import { schemes } from './lib/schemes.mjs';
import { build, cores } from './lib/sides.mjs';
import { company } from './lib/company.mjs';
import { mark } from './lib/mark.mjs';
import { timing } from './lib/timing.mjs';

// Each part with the programs that it needs.
const PROGRAMS = {
  schemes: ['schemes'], routine: ['routine'], get_user: ['bare', 'hash'], login: ['hash', 'load'], overload: ['hash', 'load'], gone: ['hash', 'load'],
  idle: ['hash'], company: ['hash', 'load'], mark: ['hash'], timing: ['hash', 'load'],
};
const PARTS = Object.keys(PROGRAMS);
const PASSWORD = 'correct horse battery staple';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    part: { type: 'string', multiple: true, default: PARTS },
    side: { type: 'string', multiple: true },
    capacity: { type: 'string' },
  },
});
const unknown = values.part.filter((part) => !PARTS.includes(part));
if (unknown.length) throw new Error(`no such part: ${unknown}; there are ${PARTS}`);

const plan = values.quick
  ? { users: 200_000, routine: { rounds: 5, questions: 1_000 }, schemes: { rounds: 5, seconds: 0.3 }, getUser: { rounds: 3, seconds: 3 }, login: { rounds: 3, seconds: 5 }, overload: { seconds: 8 }, idle: { starts: 3 }, timing: { pairs: 500 }, company: { rounds: 2, seconds: 4 }, mark: { rounds: 3, seconds: 1 } }
  : { users: 1_000_000, routine: { rounds: 11, questions: 5_000 }, schemes: { rounds: 9, seconds: 0.8 }, getUser: { rounds: 15, seconds: 4 }, login: { rounds: 5, seconds: 15 }, overload: { seconds: 20 }, idle: { starts: 9 }, timing: { pairs: 2_000 }, company: { rounds: 5, seconds: 8 }, mark: { rounds: 9, seconds: 2 } };

const say = (text) => console.error(`bench: ${text}`);

async function main() {
  say('building');
  const programs = await build([...new Set(values.part.flatMap((part) => PROGRAMS[part]))]);
  const wanted = (part) => values.part.includes(part);
  console.log(`# Narrowgate benchmark: ${plan.users} users, ${cores} cores${values.quick ? ', quick mode' : ''}`);
  if (wanted('schemes')) await schemes(programs, plan.schemes);
  if (wanted('routine')) await routine(programs, { users: plan.users, ...plan.routine });
  if (values.part.some((part) => part !== 'schemes' && part !== 'routine')) await measureGate(programs, wanted);
  return verdict();
}

async function measureGate(programs, wanted) {
  const hash = (await run(programs.hash, ['--make', PASSWORD])).trim();
  say(`loading ${plan.users} users`);
  const database = await startDatabase(plan.users, hash);
  const issuer = await startIssuer();
  const setting = {
    ...database, programs, issuer, hash, users: plan.users, password: PASSWORD,
    token: issuer.token('read:users login:users mark:users'),
    identifier: (number) => `user${String(number).padStart(7, '0')}@example.com`,
  };
  if (wanted('get_user')) await getUser(setting, { ...plan.getUser, only: values.side });
  let capacity = Number(values.capacity);
  if (wanted('login')) capacity = await login(setting, plan.login);
  if (!capacity && wanted('gone')) throw new Error('gone needs the part login, or --capacity');
  if (wanted('overload')) await overload(setting, plan.overload);
  if (wanted('gone')) await gone(setting, capacity);
  if (wanted('idle')) await idle(setting, plan.idle);
  if (wanted('company')) await company(setting, plan.company);
  // Last: these change the table.
  if (wanted('mark')) await mark(setting, plan.mark);
  if (wanted('timing')) await timing(setting, plan.timing);
}

main().then(
  (good) => process.exit(good ? 0 : 1),
  (error) => { console.error(error.stack, error.cause ?? ''); process.exit(2); },
);
