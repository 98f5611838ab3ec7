// Part b: logins a second against what the bare hash function makes on the same cores, in turns.
import { median, spread, table, target } from './figures.mjs';
import { cpuSeconds, run } from './process.mjs';
import { cores, startGate } from './sides.mjs';

export async function load(setting, gate, options) {
  const args = ['--target', `127.0.0.1:${gate.port}`, '--users', setting.users];
  for (const [name, value] of Object.entries(options)) args.push(`--${name}`, value);
  const env = { BENCH_TOKEN: setting.token, BENCH_PASSWORD: setting.password };
  return JSON.parse(await run(setting.programs.load, args, { env }));
}

export async function bareHash(setting, seconds) {
  const env = { BENCH_HASH: setting.hash, BENCH_PASSWORD: setting.password };
  return JSON.parse(await run(setting.programs.hash, ['--seconds', seconds], { env }));
}

async function gateLogins(setting, gate, seconds) {
  const before = cpuSeconds(gate.pid);
  // Twice as many clients as cores: a core never waits for the next login, and no login waits long enough to be refused.
  const result = await load(setting, gate, { closed: 2 * cores, seconds });
  const good = result.login.results['200']?.count ?? 0;
  if (good !== result.total) throw new Error(`logins went wrong: ${JSON.stringify(result.login.results)}`);
  return { rate: result.per_second, millis: (cpuSeconds(gate.pid) - before) * 1e3 / result.total, p99: result.login.all.p99 };
}

/** Gives the gate's capacity in logins a second. */
export async function login(setting, { rounds, seconds }) {
  const gate = await startGate(setting);
  const bare = [];
  const logins = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    bare.push((await bareHash(setting, seconds)).per_second);
    logins.push(await gateLogins(setting, gate, seconds));
  }
  await gate.stop();
  const rates = logins.map((one) => one.rate);
  console.log(`\n## login, bcrypt cost 10, on ${cores} cores: median (min-max)\n`);
  table(['side', 'a second', "gate's CPU ms a login", 'p99 ms'], [
    ['bare hash function, one thread a core', spread(bare, 2), '', ''],
    ['gate', spread(rates, 2), spread(logins.map((one) => one.millis)), spread(logins.map((one) => one.p99), 0)],
  ]);
  const ratio = median(rates.map((rate, turn) => rate / bare[turn]));
  target("login: gate's logins a second / the bare hash function's", ratio, '>=', 0.97);
  return median(rates);
}
