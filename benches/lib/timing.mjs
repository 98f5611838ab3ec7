// Part timing: whether the time of a refusal tells what kind of user was asked for.
import http from 'node:http';
import path from 'node:path';
import { printContract } from './database.mjs';
import { median, table, target } from './figures.mjs';
import { load } from './login.mjs';
import { root, run } from './process.mjs';
import { startGate } from './sides.mjs';

// Numbers of users in the table of timing.sql; beyond it there are none.
const CLASSES = { 'unknown user': 5_000_000, 'wrong password': 0, 'unverifiable hash': 200, 'blocked user': 400, migrated: 600, 'no password': 800 };
const REFERENCE = 'unknown user';
const FLOOR_MS = 15;

function client(setting, gate) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${setting.token}` };
  return (number) => new Promise((resolve, reject) => {
    const body = JSON.stringify({ identifier: setting.identifier(number), password: 'a wrong password' });
    const start = performance.now();
    const request = http.request({ port: gate.port, host: '127.0.0.1', path: '/login', method: 'POST', agent, headers }, (answer) => {
      const elapsed = performance.now() - start;
      let text = '';
      answer.on('data', (part) => { text += part; });
      answer.on('end', () => {
        if (JSON.parse(text).code === 'invalid_credentials') resolve(elapsed);
        else reject(new Error(`user ${number} gets ${text}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const shuffled = (list) => list.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b).map(([, item]) => item);

/** One login of each class a round, in random order; `lanes` rounds at once. */
async function sample(ask, pairs, lanes) {
  const times = Object.fromEntries(Object.keys(CLASSES).map((name) => [name, []]));
  let left = pairs;
  const lane = async () => {
    while (left > 0) {
      const turn = left;
      left -= 1;
      for (const [name, first] of shuffled(Object.entries(CLASSES))) times[name][turn - 1] = await ask(first + 1 + turn % 200);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return times;
}

/** Wilcoxon's signed-rank test, two-sided, by its normal approximation with ties corrected. */
export function signedRankP(differences) {
  const sorted = differences.filter((difference) => difference !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = sorted.length;
  if (n === 0) return 1;
  let positive = 0;
  let ties = 0;
  for (let from = 0; from < n;) {
    let to = from;
    while (to < n && Math.abs(sorted[to]) === Math.abs(sorted[from])) to += 1;
    const rank = (from + 1 + to) / 2;
    positive += rank * sorted.slice(from, to).filter((difference) => difference > 0).length;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  const deviation = Math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties / 48);
  return twoSided((positive - n * (n + 1) / 4) / deviation);
}

/** The two-sided tail of the normal distribution (Abramowitz and Stegun 7.1.26, error below 2e-7). */
function twoSided(z) {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  return t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x);
}

function compare(times) {
  const reference = times[REFERENCE];
  return Object.entries(times).filter(([name]) => name !== REFERENCE).map(([name, values]) => ({
    name,
    difference: median(values) - median(reference),
    p: signedRankP(values.map((value, turn) => value - reference[turn])),
    late: values.filter((value) => value > 1.5 * FLOOR_MS).length / values.length,
  }));
}

const within = ({ difference, p }) => Math.abs(difference) < Math.max(1, 0.02 * FLOOR_MS) && p > 0.01;

async function judge(label, measure) {
  // Twenty tests at a level of 0.01 fail by chance once in five runs: what fails is measured once more, and must fail again.
  let times = await measure();
  let results = compare(times);
  if (!results.every(within)) {
    times = await measure();
    results = results.map((one, index) => (within(one) ? one : compare(times)[index]));
  }
  const late = times[REFERENCE].filter((value) => value > 1.5 * FLOOR_MS).length / times[REFERENCE].length;
  console.log(`\n## timing, ${label}: ${REFERENCE} answered in ${median(times[REFERENCE]).toFixed(2)} ms (median), ${(100 * late).toFixed(1)}% later than one floor\n`);
  table(['class', 'difference of medians, ms', 'p (signed rank)', 'later than one floor'],
    results.map((one) => [one.name, one.difference.toFixed(3), one.p.toFixed(4), `${(100 * one.late).toFixed(1)}%`]));
  for (const one of results) {
    target(`timing, ${label}: ${one.name}, |difference of medians|`, Math.abs(one.difference), '<=', 1, ' ms');
    target(`timing, ${label}: ${one.name}, p`, one.p, '>=', 0.01);
  }
}

export async function timing(setting, { pairs }) {
  const psql = (...args) => run('psql', [setting.admin, '--no-psqlrc', '--quiet', '-v', 'ON_ERROR_STOP=1', ...args]);
  await psql('--single-transaction', '-f', path.join(root, 'benches/timing.sql'));
  await timeMode(setting, 'outside', pairs);
  const inside = (line) => line.replace('password_check = "outside"', 'password_check = "inside"');
  await psql('-f', await printContract(setting.programs, 'postgresql', 'inside', inside));
  await timeMode(setting, 'inside', pairs);
}

/** Measures with the password compared by the gate (outside) or in the database. */
async function timeMode(setting, mode, pairs) {
  const gate = await startGate(setting, `timing-${mode}`, { passwords: { min_response: `${FLOOR_MS}ms` }, database: { password_check: mode } });
  const ask = client(setting, gate);
  await sample(ask, 200, 4);
  await judge(`${mode}, no other load`, () => sample(ask, pairs, 2));
  const wrong = { ...setting, password: 'another wrong password', users: 200 };
  const capacity = (await load(wrong, gate, { closed: 64, seconds: 5 })).per_second;
  await judge(`${mode}, at 80% of ${capacity.toFixed(0)} logins a second`, () => underLoad(wrong, gate, 0.8 * capacity, () => sample(ask, pairs, 4)));
  await gate.stop();
}

/** Measures while other logins come at a rate, most of which the generator makes; the rest are the measured ones. */
async function underLoad(setting, gate, rate, measure) {
  let measuring = true;
  const background = (async () => {
    while (measuring) await load(setting, gate, { 'login-rate': Math.max(1, rate - 4_000 / FLOOR_MS), seconds: 5 });
  })();
  try {
    return await measure();
  } finally {
    measuring = false;
    await background;
  }
}
