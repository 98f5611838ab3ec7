// A tenant for one run, over HTTPS on loopback: it takes import jobs two at a time, and exports whom it has. It keeps users as the
// lines that an export shows, packed, so that a few million fit; it holds nothing against the documentation (the tests do).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { work } from './process.mjs';

const CONNECTION = { id: 'con_0000000000000001', name: 'Legacy', strategy: 'auth0', options: { import_mode: true, enabledDatabaseCustomization: true, attributes: { username: { validation: { min_length: 1, max_length: 15 } }, phone_number: {} } } };
const AT_ONCE = 2;

function certificate() {
  const [key, cert] = ['tenant.key', 'tenant.pem'].map((name) => path.join(work, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}

/** The users part of the multipart body. */
function usersOf(body) {
  const at = body.indexOf('name="users"');
  const start = body.indexOf('\r\n\r\n', at) + 4;
  return JSON.parse(body.subarray(start, body.lastIndexOf(']') + 1));
}

/** A user's line of an export. */
function line(user) {
  const { email, user_id: id, password_hash: _, custom_password_hash: __, ...rest } = user;
  const identities = [{ connection: CONNECTION.name, provider: 'auth0', user_id: id, isSocial: false }];
  return `${JSON.stringify({ nickname: 'x', picture: 'https://s.gravatar.com/avatar/0', name: email, email, user_id: `auth0|${id}`, identities, ...rest })}\n`;
}

export async function startTenant(secondsPerUser) {
  const tls = certificate();
  const jobs = new Map();
  const tenant = { users: 0, calls: {}, jobs: 0, busy: 0, file: tls.file, packs: [] };
  let [active, since, first, last] = [0, 0, 0, 0];
  // Slot-seconds that were in use; the first and the last file frame them.
  const change = (by) => {
    const now = performance.now();
    tenant.busy += active * (now - since);
    [active, since] = [active + by, now];
    if (!first) first = now;
    last = now;
  };
  tenant.slots = () => tenant.busy / (AT_ONCE * (last - first));

  const routes = {
    'POST /oauth/token': () => [200, { access_token: 'bench', token_type: 'Bearer', expires_in: 86_400, scope: 'create:users read:users read:connections read:connections_options' }],
    'GET /api/v2/connections': () => [200, [CONNECTION]],
    [`GET /api/v2/connections/${CONNECTION.id}/clients`]: () => [200, { clients: [{ client_id: 'x' }] }],
    'POST /api/v2/jobs/users-imports': (body) => {
      if (active >= AT_ONCE) return [429, { statusCode: 429, error: 'Too Many Requests', message: `There are ${AT_ONCE} active import users jobs, please wait until some of them are finished and try again`, errorCode: 'too_many_requests' }];
      const users = usersOf(body);
      const job = { id: `job_${String(jobs.size).padStart(16, '0')}`, type: 'users_import', status: 'pending', connection_id: CONNECTION.id };
      jobs.set(job.id, job);
      tenant.jobs += 1;
      change(1);
      setTimeout(() => {
        change(-1);
        tenant.users += users.length;
        tenant.packs.push(gzipSync(users.map(line).join(''), { level: 1 }));
        Object.assign(job, { status: 'completed', percentage_done: 100, summary: { failed: 0, updated: 0, inserted: users.length, total: users.length } });
      }, users.length * secondsPerUser * 1000);
      return [202, job];
    },
    'POST /api/v2/jobs/users-exports': () => [200, { id: 'job_e000000000000001', type: 'users_export', status: 'pending' }],
    'GET /api/v2/jobs/job_e000000000000001': (_, host) => [200, { id: 'job_e000000000000001', type: 'users_export', status: 'completed', location: `https://${host}/export` }],
  };

  const server = https.createServer(tls, async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const where = request.url.split('?')[0];
    const name = `${request.method} ${where.replace(/job_[0-9]+/, '{id}')}`;
    tenant.calls[name] = (tenant.calls[name] ?? 0) + 1;
    // Gzip allows files one behind the other.
    if (where === '/export') return void response.writeHead(200, { 'Content-Type': 'application/gzip' }).end(Buffer.concat(tenant.packs));
    const job = request.method === 'GET' && jobs.get(where.split('/').pop());
    const route = routes[`${request.method} ${where}`];
    const [status, answer] = job ? [200, job] : route ? route(Buffer.concat(parts), request.headers.host) : [404, { statusCode: 404, error: 'Not Found', message: 'none', errorCode: 'not_found' }];
    response.writeHead(status, { 'Content-Type': 'application/json', 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000)) }).end(JSON.stringify(answer));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  server.unref();
  tenant.domain = `localhost:${server.address().port}`;
  tenant.connection = CONNECTION.name;
  return tenant;
}
