// The database scripts as files, and how they take what Auth0 gives them.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Container } from './support/container.mjs';
import { deployFolder, retiredFolder, root } from './support/files.mjs';
import { nobodys, somebodys } from './support/names.mjs';
import { serve } from './support/world.mjs';

const read = (folder, name) => readFileSync(path.join(folder, 'database-connections/legacy-users', name), 'utf8');
const login = read(deployFolder, 'login.js');
const getUser = read(deployFolder, 'get_user.js');
const all = [login, getUser, read(retiredFolder, 'login.js'), read(retiredFolder, 'get_user.js')];
const action = readFileSync(path.join(deployFolder, 'actions/legacy-user-migrated/code.js'), 'utf8');

describe('the files', () => {
  test('login.js and get_user.js share every line below their mark', () => {
    const shared = (script) => script.split('// --- The same in login.js and get_user.js from here on ---')[1];
    assert.ok(shared(login).includes('function toProfile'));
    assert.equal(shared(login), shared(getUser));
  });

  test('a script is under 100 kB and prints nothing; no code holds a keyword or needs a module', () => {
    for (const code of [...all, action]) {
      assert.ok(Buffer.byteLength(code) < 100_000);
      assert.doesNotMatch(code, /@@|##/);
      assert.doesNotMatch(code, /\brequire\(|\bimport\b/);
    }
    for (const script of all) assert.doesNotMatch(script, /console/);
  });

  test('a script knows every code of the wire, and the status of each', () => {
    const wire = readFileSync(path.join(root, 'openapi.yaml'), 'utf8');
    const codes = new Set([...wire.matchAll(/code: \{ enum: \[([a-z_, ]+)\]/g)].flatMap(([, names]) => names.split(', ')));
    // The examples, and the one that belongs to no operation.
    const statuses = Object.fromEntries([...wire.matchAll(/status: (\d+), code: (\w+)/g)].map(([, status, code]) => [code, status]));
    statuses.no_such_endpoint = /is (\d+) `no_such_endpoint`/.exec(wire)[1];
    assert.ok(codes.size > 15);
    assert.deepEqual([...codes, 'no_such_endpoint'].sort(), Object.keys(statuses).sort());
    const told = login.match(/const statuses = \{([^}]+)\}/)[1].matchAll(/(\w+): (\d+)/g);
    assert.deepEqual(Object.fromEntries([...told].map(([, code, status]) => [code, status])), statuses);
  });
});

describe('a script', () => {
  const answers = { '/oauth/token': { access_token: 'a.b.c', expires_in: 3600 } };
  const asked = [];
  const traces = [];
  let stub;
  let configuration;
  before(async () => {
    stub = await serve((request, response) => {
      asked.push(request.url);
      if (request.headers.traceparent) traces.push(request.headers.traceparent);
      const { status = 200, headers = {}, turns = [], ...answer } = answers[request.url];
      const now = turns.shift() ?? { status, headers, ...answer };
      request.resume().on('end', () => response.writeHead(now.status, now.headers).end(JSON.stringify(now)));
    });
    configuration = {
      AUTH0_DOMAIN: stub.domain, API_URL: `${stub.url}/`, AUDIENCE: 'https://narrowgate.example.com/', CLIENT_ID: 'id',
      CLIENT_SECRET: 'secret', METADATA_NAME: 'app_metadata', USERNAMES: 'true',
    };
  });
  after(() => stub.stop());

  const whole = {
    user_id: '42', email: 'ada@example.com', email_verified: true, username: 'ada', phone_number: '+441234567890', phone_verified: false,
    name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', nickname: 'ada', picture: 'https://example.com/ada.png',
    user_metadata: { theme: 'dark' }, app_metadata: { plan: 'pro' },
  };
  /** Many runs in one container. */
  const within = async (settings, body) => {
    const container = new Container({ configuration: { ...configuration, ...settings } });
    try {
      const outcome = await body((...parts) => container.script(...parts));
      assert.deepEqual([container.lines, container.faults], [[], []]);
      return outcome;
    } finally {
      container.stop();
    }
  };
  const run = (settings, ...parts) => within(settings, (script) => script(...parts));

  test('gives the whole profile, with and without a context', async () => {
    answers['/login'] = answers['/get_user'] = whole;
    const context = { organization: { id: 'org_1', name: 'one', display_name: 'One', metadata: {} } };
    for (const more of [[], [{}], [context]]) {
      assert.deepEqual(await run({}, login, 'ada', 'a password', ...more), { profile: whole });
      assert.deepEqual(await run({}, getUser, 'ada', ...more), { profile: whole });
    }
  });

  test('gives nothing but the members of a profile', async () => {
    const least = { user_id: '42', user_metadata: {}, app_metadata: {} };
    answers['/login'] = answers['/get_user'] = { ...least, password_hash: '$2b$10$', metadata: {} };
    for (const parts of [[login, 'ada', 'a password'], [getUser, 'ada']]) {
      assert.deepEqual(await run({}, ...parts), { profile: least });
    }
  });

  test('METADATA_NAME sends metadata instead of app_metadata', async () => {
    answers['/login'] = answers['/get_user'] = whole;
    const { app_metadata: metadata, ...rest } = whole;
    for (const parts of [[login, 'ada', 'a password'], [getUser, 'ada']]) {
      assert.deepEqual(await run({ METADATA_NAME: 'metadata' }, ...parts), { profile: { ...rest, metadata } });
      assert.deepEqual(await run({ METADATA_NAME: undefined }, ...parts), { profile: whole });
    }
  });

  test('takes every other code for a fault, in both scripts', async () => {
    const outcomes = {
      invalid_credentials: [403, 'WrongUsernameOrPasswordError', 'Error'], user_blocked: [403, 'WrongUsernameOrPasswordError', 'Error'],
      user_not_found: [404, 'Error', null], ambiguous_user: [409, 'Error', 'Error'], too_many_attempts: [429, 'Error', 'Error'],
      overloaded: [503, 'Error', 'Error'], unavailable: [503, 'Error', 'Error'], internal_error: [500, 'Error', 'Error'],
      invalid_user_record: [500, 'Error', 'Error'], insufficient_scope: [403, 'Error', 'Error'], invalid_token: [401, 'Error', 'Error'],
      invalid_request: [400, 'Error', 'Error'], payload_too_large: [413, 'Error', 'Error'], request_timeout: [408, 'Error', 'Error'],
      no_such_endpoint: [404, 'Error', 'Error'],
    };
    for (const [code, [status, fromLogin, fromGetUser]] of Object.entries(outcomes)) {
      answers['/login'] = answers['/get_user'] = { status, code };
      const refused = await run({}, login, 'ada', 'a password');
      const found = await run({}, getUser, 'ada');
      assert.equal(refused.error.name, fromLogin, code);
      // No text of ours: the page would show it, in our language, and to those alone who have not migrated.
      if (fromLogin !== 'Error') assert.deepEqual(refused.error, { name: fromLogin, message: '', user: 'ada' });
      assert.equal(found.error?.name ?? null, fromGetUser, code);
      if (!found.error) assert.deepEqual(found, { profile: null });
    }
  });

  const unexpected = { error: { name: 'Error', message: 'Narrowgate gave an unexpected answer' } };

  test('takes a code with another status for the answer of somebody else', () => within({}, async (script) => {
    const own = { user_not_found: 404, invalid_credentials: 403, user_blocked: 403, invalid_request: 400, payload_too_large: 413, invalid_token: 401, overloaded: 503 };
    for (const code of Object.keys(own)) {
      for (const status of [200, 302, 400, 401, 403, 404, 410, 413, 500, 502, 503].filter((one) => one !== own[code])) {
        answers['/login'] = answers['/get_user'] = { status, code };
        // The password is nobody's, so that what the gate refuses of everybody could be told as a wrong one, too.
        for (const parts of [[login, 'ada', ''], [getUser, 'ada']]) assert.deepEqual(await script(...parts), unexpected, `${status} ${code}`);
      }
    }
  }));

  test('takes a profile of the right types and with status 200, and nothing else', async () => {
    const types = [null, true, 1, 'text', {}, ['a']];
    const other = (value) => types.filter((one) => typeof one !== typeof value || !one || Array.isArray(one));
    const wrong = [
      ...Object.entries(whole).flatMap(([name, value]) => other(value).map((one) => ({ ...whole, [name]: one }))),
      { ...whole, user_id: '' }, ...['user_id', 'user_metadata', 'app_metadata'].map((name) => ({ ...whole, [name]: undefined })),
      ...[201, 202, 206, 302, 404, 500].map((status) => ({ ...whole, status })),
    ];
    for (const METADATA_NAME of ['app_metadata', 'metadata']) {
      await within({ METADATA_NAME }, async (script) => {
        for (const answer of wrong) {
          answers['/login'] = answers['/get_user'] = answer;
          for (const parts of [[login, 'ada', 'a password'], [getUser, 'ada']]) assert.deepEqual(await script(...parts), unexpected, JSON.stringify(answer));
        }
      });
    }
  });

  test('tells what cannot be anybody\'s from a request that was damaged on its way', () => within({}, async (script) => {
    const all = ({ names, logins }) => [...names.map((name) => [name, 'a password']), ...logins];
    for (const [status, code] of [[400, 'invalid_request'], [413, 'payload_too_large']]) {
      answers['/login'] = { status, code };
      const told = async ([name, password]) => {
        const { error } = await script(login, name, password);
        return [name, password, error.name, error.message];
      };
      for (const typed of all(nobodys)) assert.deepEqual(await told(typed), [...typed, 'WrongUsernameOrPasswordError', '']);
      for (const typed of all(somebodys)) assert.deepEqual(await told(typed), [...typed, 'Error', `Narrowgate: ${code}`]);
    }
  }));

  test('leaves the username away from a connection that has none', async () => {
    answers['/login'] = answers['/get_user'] = whole;
    const { username: _, ...rest } = whole;
    for (const USERNAMES of ['false', undefined, '']) {
      for (const parts of [[login, 'ada', 'a password'], [getUser, 'ada']]) {
        assert.deepEqual(await run({ USERNAMES }, ...parts), { profile: rest });
      }
    }
  });

  test('sends one trace with each call, however often it asks', async () => {
    answers['/login'] = { ...whole, turns: [{ status: 503, code: 'overloaded', headers: { 'retry-after': '0' } }] };
    answers['/get_user'] = whole;
    traces.length = 0;
    for (const parts of [[login, 'ada', 'a password'], [getUser, 'ada']]) await run({}, ...parts);
    for (const trace of traces) assert.match(trace, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.equal(traces.length, 3);
    assert.equal(new Set(traces).size, 2);
  });

  test('asks an overloaded gate again while there is time', async () => {
    const overloaded = (after) => ({ status: 503, code: 'overloaded', headers: { 'retry-after': after } });
    for (const [path_, parts] of [['/login', [login, 'ada', 'a password']], ['/get_user', [getUser, 'ada']]]) {
      answers[path_] = { ...whole, turns: [overloaded('0'), overloaded('0.1'), overloaded('soon'), overloaded('0')] };
      asked.length = 0;
      assert.deepEqual(await run({}, ...parts), { profile: whole });
      assert.equal(asked.filter((url) => url === path_).length, 5);
      asked.length = 0;
      answers[path_] = overloaded('60');
      assert.deepEqual(await run({}, ...parts), { error: { name: 'Error', message: 'Narrowgate: overloaded' } });
      assert.equal(asked.filter((url) => url === path_).length, 1, 'what would end too late is not tried');
    }
  });

  test('does not crowd whoever says "at once" again and again', async () => {
    answers['/login'] = { status: 503, code: 'overloaded', headers: { 'retry-after': '0' } };
    asked.length = 0;
    const told = await run({}, login, 'ada', 'a password');
    // The time of all tries may end in the middle of one.
    assert.equal(told.error?.name, 'Error');
    assert.match(told.error.message, /^Narrowgate(: overloaded| did not answer in time)$/);
    assert.ok(asked.length <= 20, `asked ${asked.length} times`);
  });

  test('keeps its token for both scripts, and asks for another in another container', async () => {
    answers['/login'] = answers['/get_user'] = whole;
    asked.length = 0;
    const container = new Container({ configuration });
    await Promise.all([container.script(login, 'ada', 'a password'), container.script(getUser, 'ada')]);
    container.recycle();
    await container.script(getUser, 'ada');
    container.stop();
    assert.deepEqual(asked.filter((url) => url === '/oauth/token').length, 2);
  });

  test('uses the old token while it is good and a new one is not to be had', async () => {
    answers['/login'] = whole;
    const container = new Container({ configuration });
    await container.script(login, 'ada', 'a password');
    answers['/oauth/token'] = { status: 503 };
    container.advance(59.5 * 60_000);
    assert.deepEqual(await container.script(login, 'ada', 'a password'), { profile: whole });
    container.advance(60_000);
    assert.equal((await container.script(login, 'ada', 'a password')).error.message, 'The token endpoint gave an unexpected answer');
    container.stop();
    answers['/oauth/token'] = { access_token: 'a.b.c', expires_in: 3600 };
  });
});
