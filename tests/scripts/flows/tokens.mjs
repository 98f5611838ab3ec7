// Tokens: users' ones are refused twice, machines' ones end, and keys change.
import assert from 'node:assert/strict';
import { userToken } from '../support/issuer.mjs';
import { AUDIENCE } from '../support/world.mjs';

const MINUTE = 60_000;

export function tokenFlows(flow) {
  flow("a user's token for the gate's audience is denied by the API's policy", async ({ tenant, legacy }) => {
    const user = legacy.addUser();
    const login = await tenant.signIn(user.email, user.password, { audience: AUDIENCE });
    assert.deepEqual(login, { ok: false, type: 'f', description: 'access_denied' });
  });

  flow("a user's token for the gate's audience is denied by the Action", async ({ tenant, legacy, api, marks }) => {
    const user = legacy.addUser();
    const { subject_type_authorization: policy } = api;
    api.subject_type_authorization = { ...policy, user: { policy: 'allow_all' } };
    try {
      const login = await tenant.signIn(user.email, user.password, { audience: AUDIENCE });
      assert.deepEqual(login, { ok: false, type: 'f', description: 'access_denied: This service is not open to users. Please contact support.' });
      assert.ok(!marks().includes(user.id), 'nothing else was done');
    } finally {
      api.subject_type_authorization = policy;
    }
  });

  flow("a user's token for the gate's audience is refused by the gate", async ({ tenant, issuer, gate }) => {
    const machine = tenant.clients[0].client_id;
    const refusals = [];
    // Even of a user whose own id looks like a machine's.
    for (const userId of ['auth0|1', 'auth0|x@clients', `${machine}@clients`]) {
      const token = userToken(issuer.key, { issuer: issuer.url, userId, audience: AUDIENCE, clientId: machine });
      const { error } = await tenant.scripts.script(`async function ask(callback) {
        const answer = await fetch('${gate.url}/get_user', { method: 'POST', body: '{"identifier":"ada@example.com"}',
          headers: { authorization: 'Bearer ${token}', 'content-type': 'application/json' } });
        callback(new Error((await answer.json()).code));
      }`);
      refusals.push(error.message);
    }
    assert.deepEqual(refusals, Array(3).fill('insufficient_scope'));
  });

  flow('one token serves until a minute before its end', async (world) => {
    const { tenant, legacy } = world;
    const users = legacy.addUsers(4);
    tenant.scripts.recycle();
    const before = world.tokenRequests;
    const requests = [];
    for (const minutes of [0, 30, 28.5, 1]) {
      tenant.scripts.advance(minutes * MINUTE);
      assert.equal((await tenant.forgotPassword(users.pop().email)).ok, undefined);
      requests.push(world.tokenRequests - before);
    }
    assert.deepEqual(requests, [1, 1, 1, 2]); // at 0, 30, 58.5 and 59.5 minutes of 60
  });

  flow('token expiry mid-way: renewed before the gate refuses it', async (world) => {
    const { tenant, legacy, api, gate } = world;
    const [one, two] = legacy.addUsers(2);
    const { token_lifetime: life } = api;
    tenant.scripts.recycle();
    api.token_lifetime = 2;
    try {
      const [asked, requests] = [(await gate.decisions()).length, world.tokenRequests];
      assert.ok((await tenant.forgotPassword(one.email)).ticket);
      await pause(2500);
      assert.ok((await tenant.forgotPassword(two.email)).ticket);
      assert.deepEqual((await gate.decisions()).slice(asked), [['/get_user', 'ok'], ['/get_user', 'ok']]);
      assert.equal(world.tokenRequests - requests, 2);
    } finally {
      api.token_lifetime = life;
      tenant.scripts.recycle();
    }
  });

  flow('a new token that is refused is not replaced: each one counts against a quota', async (world) => {
    const { tenant, legacy, api, gate } = world;
    const user = legacy.addUser();
    const { token_lifetime: life } = api;
    tenant.scripts.recycle();
    api.token_lifetime = 3;
    try {
      assert.ok((await tenant.forgotPassword(user.email)).ticket);
      await pause(4000);
      tenant.scripts.advance(-MINUTE); // the script's clock is slow: it takes the token for fresh when the gate does not
      const [asked, requests] = [(await gate.decisions()).length, world.tokenRequests];
      const login = await tenant.signIn(user.email, user.password);
      assert.deepEqual(login, { ok: false, type: 'f', description: 'Narrowgate: invalid_token' });
      assert.deepEqual((await gate.decisions()).slice(asked), [['/login', 'invalid_token']]);
      assert.equal(world.tokenRequests, requests);
    } finally {
      api.token_lifetime = life;
      tenant.scripts.recycle();
    }
  });

  flow('key rotation: tokens of the revoked key are replaced', async (world) => {
    const { tenant, legacy, gate } = world;
    const [one, two, three] = legacy.addUsers(3);
    tenant.scripts.recycle();
    assert.ok((await tenant.signIn(one.email, one.password)).ok);
    await world.issuer.rotate();
    // The gate learns of it by itself, and takes tokens of the old key until then. Meanwhile the script's clock stands
    // before the token's making, so that it does not ask for another.
    tenant.scripts.advance(-30 * MINUTE);
    const { get_user: getUser } = tenant.connection.options.customScripts;
    const answer = async () => (await tenant.scripts.script(getUser, 'nobody@example.com')).error?.message;
    for (let wait = 0; wait < 150 && await answer() !== 'Narrowgate: invalid_token'; wait += 1) await pause(200);
    assert.equal(await answer(), 'Narrowgate: invalid_token');

    tenant.scripts.advance(60 * MINUTE);
    tenant.actions.advance(2 * MINUTE); // its token is older than a minute, too
    const [asked, requests] = [(await gate.decisions()).length, world.tokenRequests];
    const login = await tenant.signIn(two.email, two.password);
    assert.ok(login.ok, login.description);
    const told = ['/login', '/mark_migrated'].flatMap((endpoint) => [[endpoint, 'invalid_token'], [endpoint, 'ok']]);
    assert.deepEqual((await gate.decisions()).slice(asked), told);
    assert.equal(login.user.app_metadata.legacy_migration.status, 'migrated');
    assert.equal(world.tokenRequests - requests, 2);
    assert.ok((await tenant.signIn(three.email, three.password)).ok);
    assert.equal(world.tokenRequests - requests, 2);
  });
}

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
