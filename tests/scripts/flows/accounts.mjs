// Sign-up, forgotten passwords, changed addresses, deleted users, and the end of the migration.
import assert from 'node:assert/strict';
import { retiredFolder } from '../support/files.mjs';
import { REFUSED } from '../support/tenant.mjs';

export function accountFlows(flow) {
  flow('sign-up with a legacy address is refused', async ({ tenant, legacy }) => {
    const user = legacy.addUser();
    const stranger = await tenant.signUp(user.email.toUpperCase(), 'chosen by a stranger');
    assert.deepEqual(stranger, { ok: false, type: 'fs', description: 'user_exists' });
    assert.ok((await tenant.signIn(user.email, user.password)).ok, 'and the owner still gets in');
  });

  flow('sign-up with a new address', async ({ tenant, gate }) => {
    const { ok, user } = await tenant.signUp('new.comer@example.com', 'their own');
    assert.ok(ok);
    assert.equal(user.app_metadata.legacy_migration.status, 'not_legacy');
    const asked = (await gate.decisions()).length;
    assert.ok((await tenant.signIn('new.comer@example.com', 'their own')).ok);
    assert.equal((await gate.decisions()).length, asked, 'nobody asks about them again');
  });

  flow('forgotten password before the first login', async ({ tenant, legacy, marks }) => {
    const user = legacy.addUser();
    const { ticket } = await tenant.forgotPassword(user.email);
    assert.ok(ticket, 'a mail goes out');
    assert.ok(!marks().includes(user.id), 'asking marks nobody: the reset may be abandoned');
    tenant.choosePassword(ticket, 'a new one');
    assert.equal(tenant.users.has(`auth0|${user.id}`), false);
    // Until the person logs in, Auth0 keeps asking, and must get the same user under the same id.
    const again = await tenant.forgotPassword(user.email);
    assert.equal(again.ticket.profile.user_id, user.id);
    const login = await tenant.signIn(user.email, 'a new one');
    assert.ok(login.ok, login.description);
    const { user_id: id, app_metadata: ours, user_metadata: own } = login.user;
    assert.deepEqual([id, ours.plan, own], [`auth0|${user.id}`, 'pro', { theme: 'dark' }]);
    assert.ok(marks().includes(user.id));
    assert.equal((await tenant.signIn(user.email, user.password)).ok, false, 'the old password is no longer one');
  });

  flow('a blocked user does not get in by a new password', async ({ tenant, legacy }) => {
    const user = legacy.addUser({ status: 2 });
    const { ticket } = await tenant.forgotPassword(user.email);
    tenant.choosePassword(ticket, 'a new one');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const login = await tenant.signIn(user.email, 'a new one');
      assert.deepEqual(login, { ok: false, type: 'f', description: 'access_denied: Your account is blocked. Please contact support.' });
    }
    const { app_metadata: metadata } = tenant.users.get(`auth0|${user.id}`);
    assert.ok(metadata.legacy_blocked);
    delete metadata.legacy_blocked;
    for (let login = 0; login < 2; login += 1) {
      assert.ok((await tenant.signIn(user.email, 'a new one')).ok, 'unblocked in Auth0, and for good');
    }
  });

  flow('forgotten password of nobody', async ({ tenant }) => {
    assert.equal((await tenant.forgotPassword('nobody@example.com')).description, 'the user does not exist');
  });

  flow('e-mail changed A to B to A after marking', async ({ tenant, legacy }) => {
    const user = legacy.addUser();
    const id = `auth0|${user.id}`;
    assert.ok((await tenant.signIn(user.email, user.password)).ok);
    assert.ok((await tenant.changeEmail(id, `moved.${user.email}`)).ok);
    assert.deepEqual(await tenant.signIn(user.email, user.password), REFUSED, 'whatever the legacy store says');
    const back = await tenant.changeEmail(id, user.email);
    assert.ok(back.ok, back.description);
    assert.ok((await tenant.signIn(user.email, user.password)).ok);
    assert.equal([...tenant.users.values()].filter((one) => one.identities[0].user_id === user.id).length, 1);
  });

  flow('nobody can take the address of a user who has not migrated', async ({ tenant, legacy }) => {
    const [user, other] = legacy.addUsers(2);
    assert.ok((await tenant.signIn(other.email, other.password)).ok);
    assert.equal((await tenant.changeEmail(`auth0|${other.id}`, user.email)).description, 'The specified new email already exists');
  });

  flow('a user deleted in Auth0 does not come back', async ({ tenant, legacy }) => {
    const user = legacy.addUser();
    assert.ok((await tenant.signIn(user.email, user.password)).ok);
    tenant.deleteUser(`auth0|${user.id}`);
    assert.deepEqual(await tenant.signIn(user.email, user.password), REFUSED);
    assert.equal((await tenant.forgotPassword(user.email)).ok, false);
    assert.equal(tenant.users.has(`auth0|${user.id}`), false);
  });

  flow('both scripts give the same profile', async ({ tenant, legacy }) => {
    const { customScripts } = tenant.connection.options;
    const ids = [...legacy.addUsers(2).map((one) => one.email), 'obrien', 'fox@example.com', 'linus@example.com'];
    for (const name of ids) {
      const login = await tenant.scripts.script(customScripts.login, name, 'correct horse battery staple');
      const found = await tenant.scripts.script(customScripts.get_user, name);
      assert.ok(login.profile, name);
      assert.deepEqual(login, found);
    }
  });

  flow('the retired scripts know nobody, and those who have migrated still log in', async (world) => {
    const { tenant, legacy, gate } = world;
    const [migrated, left] = legacy.addUsers(2);
    assert.ok((await tenant.signIn(migrated.email, migrated.password)).ok);
    const live = tenant.connection;
    world.install(retiredFolder, world.mappings);
    try {
      assert.equal(tenant.connection.options.import_mode, true);
      const asked = (await gate.decisions()).length;
      assert.ok((await tenant.signIn(migrated.email, migrated.password)).ok);
      assert.equal((await tenant.signIn(left.email, left.password)).type, 'fu');
      assert.ok((await tenant.signUp(left.email, 'their own')).ok);
      const endpoints = (await gate.decisions()).slice(asked).map(([endpoint]) => endpoint);
      assert.deepEqual(endpoints, ['/mark_migrated'], 'the Action is still there');
    } finally {
      tenant.install({ databases: [live], actions: [] }, world.issuer);
    }
  });
}
