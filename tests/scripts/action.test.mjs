// The Action by itself: whom it asks about, what it writes, and that a login never fails because of it.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { Container } from './support/container.mjs';
import { deployFolder } from './support/files.mjs';
import { serve } from './support/world.mjs';

const code = readFileSync(path.join(deployFolder, 'actions/legacy-user-migrated/code.js'), 'utf8');
const profile = { user_id: '42', user_metadata: { theme: 'dark', lang: 'en' }, app_metadata: { plan: 'pro', since: 2019 } };

describe('the Action', () => {
  let stub;
  let asked = [];
  let mark;
  let secrets;
  const container = new Container();
  before(async () => {
    stub = await serve(async (request, response) => {
      const body = request.url === '/mark_migrated' ? await json(request) : await request.resume().toArray();
      asked.push([request.url, body]);
      if (request.url === '/oauth/token') response.end(JSON.stringify({ access_token: 'a.b.c', expires_in: 3600 }));
      else mark(response);
    });
    secrets = {
      AUTH0_DOMAIN: stub.domain, API_URL: stub.url, AUDIENCE: 'https://narrowgate.example.com/', CONNECTION: 'legacy-users',
      CLIENT_ID: 'id', CLIENT_SECRET: 'secret',
    };
  });
  after(() => { stub.stop(); container.stop(); });

  const page = (status, text) => (response) => response.writeHead(status).end(text);
  const answer = (status, body) => page(status, JSON.stringify(body));
  const identity = { connection: 'legacy-users', provider: 'auth0', user_id: '42', isSocial: false };
  const run = async ({ user, ...event } = {}, answering = answer(200, profile)) => {
    mark = answering;
    asked = [];
    container.lines.length = 0;
    return container.action(code, {
      user: { user_id: 'auth0|42', email: 'ada@example.com', username: 'ada', app_metadata: {}, user_metadata: {}, identities: [identity], ...user },
      connection: { name: 'legacy-users', strategy: 'auth0' }, secrets, ...event,
    });
  };
  const marks = () => asked.filter(([url]) => url === '/mark_migrated').map(([, body]) => body);

  test('marks by the legacy id, fills in what is missing, and sets the marker last', async () => {
    const { effects, error } = await run({ user: { app_metadata: { plan: 'kept' }, user_metadata: { theme: null } } });
    assert.equal(error, undefined);
    assert.deepEqual(marks(), [{ user_id: '42', identifier: 'ada@example.com' }]);
    const [since, lang, marker] = effects;
    assert.deepEqual(since, { kind: 'app_metadata', args: ['since', 2019] });
    assert.deepEqual(lang, { kind: 'user_metadata', args: ['lang', 'en'] });
    assert.equal(marker.args[0], 'legacy_migration');
    assert.equal(marker.args[1].status, 'migrated');
    assert.ok(Math.abs(Date.parse(marker.args[1].at) - Date.now()) < 60_000);
    assert.equal(effects.length, 3);
  });

  test('takes the id of the identity in the connection, whichever account is the first', async () => {
    const names = { email: 'ada@work.example.com' };
    const google = { connection: 'google-oauth2', provider: 'google-oauth2', user_id: '1', isSocial: true };
    const user = { user_id: 'google-oauth2|1', identities: [google, { ...identity, user_id: 'a b', profileData: names }] };
    await run({ user }, answer(200, { ...profile, user_id: 'a b' }));
    assert.deepEqual(marks(), [{ user_id: 'a b', identifier: 'ada@work.example.com' }]);
  });

  test('names the user by what there is, and marks one who has no name, too', async () => {
    for (const [user, identifier] of [
      [{ email: undefined }, { identifier: 'ada' }],
      [{ email: undefined, username: undefined, phone_number: '+441234567890' }, { identifier: '+441234567890' }],
      [{ email: undefined, username: undefined }, {}],
    ]) {
      await run({ user });
      assert.deepEqual(marks(), [{ user_id: '42', ...identifier }]);
    }
  });

  test('fills in nothing where the answer is only the id', async () => {
    const { effects } = await run({}, answer(200, { user_id: '42', user_metadata: {}, app_metadata: {} }));
    assert.deepEqual(effects.map(({ args: [key] }) => key), ['legacy_migration']);
  });

  test('leaves everybody else alone', async () => {
    for (const event of [
      { user: { app_metadata: { legacy_migration: { status: 'migrated' } } } },
      { user: { app_metadata: { legacy_migration: { status: 'not_legacy' } } } },
      { user: { identities: [{ ...identity, connection: 'other' }] } },
      { connection: { name: 'other', strategy: 'auth0' } },
      { connection: { name: 'legacy-users', strategy: 'samlp' } },
      { connection: undefined },
    ]) {
      assert.deepEqual(await run(event), { effects: [] });
      assert.deepEqual(asked, []);
    }
  });

  test("denies a user's token for the gate's audience, on every connection and before anything else", async () => {
    for (const connection of [{ name: 'legacy-users', strategy: 'auth0' }, { name: 'google-oauth2', strategy: 'google-oauth2' }]) {
      const event = { connection, resource_server: { identifier: secrets.AUDIENCE } };
      assert.deepEqual(await run(event), { effects: [{ kind: 'deny', args: ['end_users_not_allowed'] }] });
      assert.deepEqual(asked, []);
    }
    const { effects } = await run({ resource_server: { identifier: 'https://api.example.com/' } });
    assert.ok(effects.every(({ kind }) => kind !== 'deny'));
  });

  test('denies a user whom the legacy store has blocked, whatever password Auth0 has by now', async () => {
    const denied = { kind: 'deny', args: ['user_blocked'] };
    for (const more of [{}, { legacy_blocked: 1 }, { legacy_migration: { status: 'migrated' } }]) {
      assert.deepEqual(await run({ user: { app_metadata: { legacy_blocked: true, ...more } } }), { effects: [denied] });
    }
    const { effects } = await run({}, answer(200, { ...profile, app_metadata: { legacy_blocked: true } }));
    assert.deepEqual(effects.at(-1), denied);
    assert.deepEqual(effects[0], { kind: 'app_metadata', args: ['legacy_blocked', true] }, 'and at every login to come');
    const free = await run({ user: { app_metadata: { legacy_blocked: false } } });
    assert.ok(free.effects.every(({ kind }) => kind !== 'deny'));
  });

  test('marks who signed up in Auth0 as nobody of the legacy store', async () => {
    const { effects } = await run({}, answer(404, { code: 'user_not_found' }));
    assert.deepEqual(effects.map(({ args: [key, { status }] }) => [key, status]), [['legacy_migration', 'not_legacy']]);
  });

  test('lets the login go on whatever happens, writes nothing, and says what without saying who', async () => {
    for (const [name, answering] of Object.entries({
      unavailable: answer(503, { code: 'unavailable' }), 'no scope': answer(403, { code: 'insufficient_scope' }), nothing: answer(200, null),
      'a page': page(502, '<html>42 secret</html>'), 'a page with 200': page(200, '<html>42 secret</html>'),
      'a 404 of a proxy': answer(404, { message: 'not found' }), 'another user': answer(200, { ...profile, user_id: '43' }),
      'a closed connection': (response) => response.destroy(),
    })) {
      assert.deepEqual(await run({}, answering), { effects: [] }, name);
      assert.equal(container.lines.length, 1, name);
      assert.match(container.lines[0], /^Narrowgate: not marked, next login tries again \([\w ]+\)$/);
      assert.doesNotMatch(container.lines[0], /42|secret/);
    }
  });

  test('keeps its token between logins until a minute before its end', async () => {
    container.recycle();
    const requests = [];
    for (const minutes of [0, 58, 2]) {
      container.advance(minutes * 60_000);
      await run();
      requests.push(asked.some(([url]) => url === '/oauth/token'));
    }
    assert.deepEqual(requests, [true, false, true]);
  });
});
