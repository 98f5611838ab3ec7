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
  let tokens = 0;
  let secrets;
  const container = new Container();
  before(async () => {
    stub = await serve(async (request, response) => {
      const body = request.url === '/mark_migrated' ? await json(request) : await request.resume().toArray();
      asked.push([request.url, body, request.headers]);
      if (request.url === '/oauth/token') response.end(JSON.stringify({ access_token: `token.${tokens += 1}`, expires_in: 3600 }));
      else mark(response, request.headers.authorization);
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
  const tokenRequests = () => asked.filter(([url]) => url === '/oauth/token').length;
  const denial = (sentence) => ({ kind: 'deny', args: [sentence] });
  const blockedSentence = 'Your account is blocked. Please contact support.';
  const marks = () => asked.filter(([url]) => url === '/mark_migrated').map(([, body]) => body);

  test('sends a trace of its own with each mark, and the id that the application gave this login', async () => {
    const sent = async (transaction) => {
      await run({ transaction });
      return asked.find(([url]) => url === '/mark_migrated')[2];
    };
    const [first, second] = [await sent({ correlation_id: 'txn:7' }), await sent(undefined)];
    for (const { traceparent } of [first, second]) assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.notEqual(first.traceparent, second.traceparent);
    assert.equal(first['x-correlation-id'], 'txn:7');
    assert.equal('x-correlation-id' in second, false);
    for (const odd of ['ada@example.com', 'a\r\nb', '€', '']) assert.equal('x-correlation-id' in await sent({ correlation_id: odd }), false);
  });

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
      const sentence = 'This service is not open to users. Please contact support.';
      assert.deepEqual(await run(event), { effects: [denial(sentence)] });
      assert.deepEqual(asked, []);
    }
    const { effects } = await run({ resource_server: { identifier: 'https://api.example.com/' } });
    assert.ok(effects.every(({ kind }) => kind !== 'deny'));
  });

  test('a missing secret denies nobody, and is told', async () => {
    const audience = { resource_server: { identifier: 'https://api.example.com/' } };
    for (const name of Object.keys(secrets)) {
      for (const value of [undefined, '', `@@NARROWGATE_${name}@@`]) {
        for (const event of [{}, audience, { resource_server: {} }]) {
          assert.deepEqual(await run({ ...event, secrets: { ...secrets, [name]: value } }), { effects: [] }, name);
          assert.deepEqual([asked, container.lines],
            [[], [`Narrowgate: not marked, next login tries again (the Action lacks ${name})`]]);
        }
      }
    }
    assert.deepEqual(await run({ secrets: undefined }), { effects: [] });
    assert.ok(container.lines[0].length <= 256);
  });

  test('denies a user whom the legacy store has blocked, whatever password Auth0 has by now', async () => {
    const denied = denial(blockedSentence);
    const known = { user: { app_metadata: { legacy_blocked: true, legacy_migration: { status: 'migrated' } } } };
    assert.deepEqual(await run(known), { effects: [denied] });
    for (const value of [true, 1]) {
      const { effects } = await run({ user: { app_metadata: { legacy_blocked: value } } });
      assert.deepEqual(effects.at(-1), denied);
      assert.equal(effects.at(-2).args[1].status, 'migrated', 'marked all the same');
    }
    const { effects } = await run({}, answer(200, { ...profile, app_metadata: { legacy_blocked: true } }));
    assert.deepEqual(effects.at(-1), denied);
    assert.deepEqual(effects[0], { kind: 'app_metadata', args: ['legacy_blocked', true] }, 'and at every login to come');
    const down = await run({ user: { app_metadata: { legacy_blocked: true } } }, answer(503, { code: 'unavailable' }));
    assert.deepEqual(down.effects.at(-1), denied, 'also while the gate is away');
    const free = await run({ user: { app_metadata: { legacy_blocked: false } } });
    assert.ok(free.effects.every(({ kind }) => kind !== 'deny'));
  });

  // Whoever has proved to be the user at another provider, or has no connection in the event: a refresh token, for one.
  const elsewhere = [
    { connection: { name: 'google-oauth2', strategy: 'google-oauth2' } }, { connection: { name: 'email', strategy: 'email' } },
    { connection: { name: 'other', strategy: 'auth0' } }, { connection: { name: 'legacy-users', strategy: 'samlp' } },
    { connection: undefined, transaction: { protocol: 'oauth2-refresh-token' } },
  ];

  test('denies a blocked user whichever linked identity logs in, and marks nobody there', async () => {
    const google = { connection: 'google-oauth2', provider: 'google-oauth2', user_id: '1', isSocial: true };
    for (const event of [...elsewhere, { user: { identities: [google] } }, { user: { identities: undefined } }]) {
      for (const status of [undefined, 'blocked', 'migrated', 'not_legacy']) {
        const metadata = { legacy_blocked: true, ...(status && { legacy_migration: { status } }) };
        const user = { identities: [google, identity], ...event.user, app_metadata: metadata };
        const { effects, error } = await run({ ...event, user });
        assert.equal(error, undefined);
        assert.deepEqual(effects.at(-1), denial(blockedSentence), JSON.stringify([event, status]));
        const written = effects.slice(0, -1).map(({ kind, args: [key, value] }) => [kind, key, value.status]);
        assert.deepEqual(written, status ? [] : [['app_metadata', 'legacy_migration', 'blocked']]);
        assert.deepEqual([asked, container.lines], [[], []]);
      }
    }
    const { effects } = await run({ ...elsewhere[0], user: { app_metadata: { legacy_blocked: false } } });
    assert.deepEqual(effects, []);
  });

  test('who is unblocked in Auth0 gets in at once, and stays so', async () => {
    const legacy = answer(200, { ...profile, app_metadata: { plan: 'pro', legacy_blocked: true } });
    const apply = (metadata, effects) => {
      for (const { args: [key, value] } of effects.filter(({ kind }) => kind === 'app_metadata')) metadata[key] = value;
    };
    const firsts = [[legacy], [answer(503, { code: 'unavailable' })], ...elsewhere.map((event) => [legacy, event])];
    for (const [first, event] of firsts) {
      for (const unblock of [(metadata) => { delete metadata.legacy_blocked; }, (metadata) => { metadata.legacy_blocked = false; }]) {
        const metadata = { legacy_blocked: true };
        apply(metadata, (await run({ ...event, user: { app_metadata: metadata } }, first)).effects);
        unblock(metadata);
        for (let login = 0; login < 2; login += 1) {
          const { effects } = await run({ user: { app_metadata: metadata } }, legacy);
          assert.ok(effects.every(({ kind, args: [key] }) => kind !== 'deny' && key !== 'legacy_blocked'), JSON.stringify(effects));
          apply(metadata, effects);
        }
        assert.deepEqual([metadata.plan, metadata.legacy_migration.status], ['pro', 'migrated']);
      }
    }
  });

  test('whoever was imported in bulk is unblocked by false, and not by taking the member away', async () => {
    const legacy = answer(200, { ...profile, app_metadata: { plan: 'pro', legacy_blocked: true } });
    const firstLogin = async (metadata) => {
      const { effects } = await run({ user: { app_metadata: metadata } }, legacy);
      const written = effects.filter(({ kind, args: [key] }) => kind === 'app_metadata' && key !== 'legacy_migration').map(({ args }) => args);
      return [Object.fromEntries(written), effects.at(-1).kind === 'deny' ? 'denied' : 'let in'];
    };
    assert.deepEqual(await firstLogin({ plan: 'pro', legacy_blocked: false }), [{}, 'let in']);
    assert.deepEqual(await firstLogin({ plan: 'pro' }), [{ legacy_blocked: true }, 'denied']);
    assert.deepEqual(await firstLogin({ legacy_blocked: false }), [{ plan: 'pro' }, 'let in'], 'other keys come back, too');
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
      requests.push(tokenRequests());
    }
    assert.deepEqual(requests, [1, 0, 1]);
  });

  test('fifty first logins at once ask for one token', async () => {
    container.recycle();
    asked = [];
    const event = {
      user: { user_id: 'auth0|42', app_metadata: {}, user_metadata: {}, identities: [identity] },
      connection: { name: 'legacy-users', strategy: 'auth0' }, secrets,
    };
    mark = answer(200, profile);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => container.action(code, event)));
    assert.ok(outcomes.every(({ effects }) => effects.at(-1).args[1].status === 'migrated'));
    assert.equal(tokenRequests(), 1);
  });

  test('a token whose key was revoked is replaced in the same login; a new one that is refused is not', async () => {
    container.recycle();
    await run();
    const refused = [];
    const revoked = (response, token) => {
      refused[0] ??= token;
      const good = !refused.includes(token);
      response.writeHead(good ? 200 : 401).end(JSON.stringify(good ? profile : { code: 'invalid_token' }));
    };
    assert.deepEqual(await run({}, revoked), { effects: [] });
    assert.equal(tokenRequests(), 0, 'in its first minute');
    container.advance(61_000);
    const { effects } = await run({}, revoked);
    assert.equal(effects.at(-1).args[1].status, 'migrated');
    assert.equal(tokenRequests(), 1);
    const always = answer(401, { code: 'invalid_token' });
    for (const expected of [0, 0]) {
      assert.deepEqual(await run({}, always), { effects: [] });
      assert.equal(tokenRequests(), expected);
    }
  });

  test('uses the old token while it is good and a new one is not to be had', async () => {
    container.recycle();
    await run();
    container.advance(59.5 * 60_000);
    const { effects } = await run({ secrets: { ...secrets, AUTH0_DOMAIN: '127.0.0.1:1' } });
    assert.equal(effects.at(-1).args[1].status, 'migrated');
  });
});
