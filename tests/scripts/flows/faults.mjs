// The gate is down, slow, overloaded or replaced by something else: never "wrong password", never "nobody".
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { serve } from '../support/world.mjs';
import { Container } from '../support/container.mjs';

export function faultFlows(flow) {
  flow('the gate is down', async ({ tenant, legacy, gate }) => {
    const [user, migrated] = legacy.addUsers(2);
    assert.ok((await tenant.signIn(migrated.email, migrated.password)).ok);
    await gate.stop();
    try {
      const failed = (type) => ({ ok: false, type, description: 'Narrowgate cannot be reached' });
      assert.deepEqual(await tenant.signIn(user.email, user.password), failed('f'));
      assert.deepEqual(await tenant.signUp(user.email, 'chosen by a stranger'), failed('fs'));
      assert.deepEqual(await tenant.forgotPassword(user.email), failed('fcpr'));
      assert.ok((await tenant.signIn(migrated.email, migrated.password)).ok, 'who has migrated does not need it');
    } finally {
      await gate.start();
    }
    assert.ok((await tenant.signIn(user.email, user.password)).ok, 'and all is well again');
  });

  flow('a broken connection is tried once more', async ({ tenant, legacy, gate }) => {
    const user = legacy.addUser();
    let [broken, connections] = [1, 0];
    const way = net.createServer((socket) => {
      connections += 1;
      if (connections <= broken) return socket.resetAndDestroy();
      const onward = net.connect(gate.port, '127.0.0.1');
      for (const end of [socket, onward]) end.on('error', () => {});
      return socket.pipe(onward).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(way, 'listening');
    const configuration = { ...tenant.scripts.configuration, API_URL: `https://127.0.0.1:${way.address().port}` };
    const { login, get_user: getUser } = tenant.connection.options.customScripts;
    const container = new Container({ configuration });
    try {
      assert.equal((await container.script(login, user.email, user.password)).profile?.user_id, user.id);
      assert.equal(connections, 2);
      container.recycle();
      [broken, connections] = [Infinity, 0];
      assert.equal((await container.script(getUser, user.email)).error.message, 'Narrowgate cannot be reached');
      assert.equal(connections, 2);
    } finally {
      container.stop();
      way.close();
    }
  });

  flow('the Action cannot reach the gate: the login goes through, the next one marks', async ({ tenant, legacy, gate, marks }) => {
    const user = legacy.addUser();
    const { ticket } = await tenant.forgotPassword(user.email);
    tenant.choosePassword(ticket, 'a new one');
    await gate.stop();
    try {
      assert.ok((await tenant.signIn(user.email, 'a new one')).ok);
    } finally {
      await gate.start();
    }
    assert.ok(!marks().includes(user.id));
    assert.match(tenant.actions.lines.at(-1), /^Narrowgate: not marked, next login tries again \(ECONN\w+|UND_ERR_SOCKET\)$/);
    assert.equal((await tenant.signIn(user.email, 'a new one')).user.app_metadata.legacy_migration.status, 'migrated');
    assert.ok(marks().includes(user.id));
  });

  flow('the gate is slow', async ({ tenant, legacy, gate }) => {
    const [user, waiting] = legacy.addUsers(2);
    const { ticket } = await tenant.forgotPassword(waiting.email);
    tenant.choosePassword(ticket, 'a new one');
    gate.freeze();
    try {
      const [login, signUp, marked] = await Promise.all([
        tenant.signIn(user.email, user.password),
        tenant.signUp('slow@example.com', 'their own'),
        tenant.signIn(waiting.email, 'a new one'),
      ]);
      assert.deepEqual(login, { ok: false, type: 'f', description: 'Narrowgate did not answer in time' });
      assert.deepEqual(signUp, { ok: false, type: 'fs', description: 'Narrowgate did not answer in time' });
      assert.ok(marked.ok, 'the Action gives up early enough');
    } finally {
      gate.resume();
    }
    assert.ok((await tenant.signIn(user.email, user.password)).ok);
  });

  flow('the gate is overloaded', async ({ tenant, legacy, gate }) => {
    const waited = gate.sections.passwords;
    await gate.stop();
    gate.sections.passwords = { ...waited, max_concurrent: 1, max_wait: '1ms' };
    await gate.start();
    try {
      const users = legacy.addUsers(10);
      const asked = (await gate.decisions()).length;
      const logins = await Promise.all(users.map((user) => tenant.signIn(user.email, user.password)));
      const codes = (await gate.decisions()).slice(asked).map(([, code]) => code);
      const [refused, inside] = [codes.filter((code) => code === 'overloaded').length, logins.filter(({ ok }) => ok).length];
      assert.ok(refused > 10 - inside, `${refused} answers were "overloaded", and ${inside} of 10 logins got in: none was tried again`);
      assert.deepEqual([...new Set(logins.map(({ ok, description }) => ok || description))].filter((one) => one !== true && one !== 'Narrowgate: overloaded'), []);
    } finally {
      await gate.stop();
      gate.sections.passwords = waited;
      await gate.start();
    }
  });

  flow('something else answers', async ({ tenant, legacy }) => {
    const user = legacy.addUser();
    const html = '<html>correct horse battery staple user1@example.com</html>';
    const type = { 'content-type': 'application/json' };
    const json = (status, body) => (response) => response.writeHead(status, type).end(JSON.stringify(body));
    const answers = {
      'an error page of a proxy': (response) => response.writeHead(502, { 'content-type': 'text/html' }).end(html),
      'a page with 200': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html),
      'a 404 that is not ours': json(404, { message: 'not found' }),
      'a 404 with another code': json(404, { code: 'not_found' }),
      'a 404 without a body': (response) => response.writeHead(404).end(),
      'a 403 that is not ours': json(403, { error: 'forbidden' }),
      'half of an answer': (response) => response.writeHead(200).end('{"user_id":"1","ema'),
      'nothing in JSON': json(200, null),
      'a profile without an id': json(200, { email: user.email }),
      'an id that is no text': json(200, { user_id: 1, email: user.email }),
      'a list': json(200, [{ user_id: '1' }]),
      'a redirect': (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      'an answer cut off': (response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{');
        response.destroy();
      },
    };
    let answer;
    const asked = new Set();
    const stub = await serve((request, response) => {
      asked.add(request.url);
      request.resume().on('end', () => answer(response));
    });
    const container = new Container({ configuration: { ...tenant.scripts.configuration, API_URL: stub.url } });
    const { login, get_user: getUser } = tenant.connection.options.customScripts;
    try {
      for (const [name, give] of Object.entries(answers)) {
        answer = give;
        for (const parts of [[login, user.email, user.password], [getUser, user.email]]) {
          const outcome = await container.script(...parts);
          assert.equal(outcome.error?.name, 'Error', name);
          assert.match(outcome.error.message, /^Narrowgate (gave an unexpected answer|cannot be reached)$/, name);
        }
      }
      assert.deepEqual([...asked], ['/login', '/get_user'], 'no redirect was followed');
      assert.deepEqual([container.lines, container.faults], [[], []]);
    } finally {
      container.stop();
      stub.stop();
    }
  });

  flow('no token is to be had', async ({ tenant, legacy }) => {
    const user = legacy.addUser();
    const { login } = tenant.connection.options.customScripts;
    const stub = await serve((_request, response) => response.writeHead(429).end('{"error":"too_many_requests"}'));
    for (const [change, text] of [
      [{ CLIENT_SECRET: 'not the secret' }, 'The token endpoint gave an unexpected answer'],
      [{ AUTH0_DOMAIN: stub.domain }, 'The token endpoint gave an unexpected answer'],
      [{ AUTH0_DOMAIN: '127.0.0.1:1' }, 'The token endpoint cannot be reached'],
      [{ API_URL: 'http://127.0.0.1:1' }, 'Narrowgate: API_URL is not an https address'],
    ]) {
      const container = new Container({ configuration: { ...tenant.scripts.configuration, ...change } });
      assert.deepEqual((await container.script(login, user.email, user.password)).error, { name: 'Error', message: text });
      container.stop();
    }
    stub.stop();
  });
}
