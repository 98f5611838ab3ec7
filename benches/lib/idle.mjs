// Part d: memory of an idle gate, and the time from its start to the first 200 of /ready.
import http from 'node:http';
import { median, spread, table, target } from './figures.mjs';
import { residentMib, sleep, until } from './process.mjs';
import { launchGate } from './sides.mjs';

// fetch() costs several ms the first time; a plain request does not, and this poll is part of what is measured.
const isReady = (port) => new Promise((resolve) => {
  const request = http.get({ port, host: '127.0.0.1', path: '/ready', agent: false }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  request.on('error', () => resolve(false));
});

export async function idle(setting, { starts }) {
  const times = [];
  const memory = [];
  for (let turn = 0; turn < starts; turn += 1) {
    const gate = await launchGate(setting, 'gate-idle');
    await until(() => isReady(gate.management), { server: gate, every: 1 });
    times.push(performance.now() - gate.started);
    await sleep(1000);
    memory.push(residentMib(gate.pid));
    await gate.stop();
  }
  console.log(`\n## idle, ${starts} starts: median (min-max)\n`);
  table(['figure', 'value'], [['start to ready, ms', spread(times)], ['VmRSS one second after ready, MiB', spread(memory)]]);
  target('start to ready', median(times) / 1000, '<=', 0.5, ' s');
  target('idle memory', median(memory), '<=', 30, ' MiB');
}

