// The script `import` and Auth0's own deploy tool, with a stand-in for the Management API: what arrives in the tenant, and
// what is refused before anything does.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { certificates } from './support/certificates.mjs';
import { deployFolder, retiredFolder, work } from './support/files.mjs';
import { Management } from './support/management.mjs';
import { leftOut } from './support/packages.mjs';
import { loadResources } from './support/resources.mjs';
import { serve } from './support/world.mjs';

const credentials = {
  'Narrowgate scripts': { client_id: 'ScriptsClient', client_secret: 'a "secret" with $& and \\' },
  'Narrowgate Action': { client_id: 'ActionClient', client_secret: 'another' },
  'Deploy tool': { client_id: 'ToolClient', client_secret: 'of the tool' },
};
const secrets = {
  NARROWGATE_SCRIPTS_CLIENT_ID: 'ScriptsClient', NARROWGATE_SCRIPTS_CLIENT_SECRET: credentials['Narrowgate scripts'].client_secret,
  NARROWGATE_ACTION_CLIENT_ID: 'ActionClient', NARROWGATE_ACTION_CLIENT_SECRET: 'another',
};
const own = { AUTH0_CLIENT_ID: 'ToolClient', AUTH0_CLIENT_SECRET: 'of the tool' };
const settings = JSON.parse(readFileSync(path.join(deployFolder, 'config.json'), 'utf8')).AUTH0_KEYWORD_REPLACE_MAPPINGS;
const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const byName = (one, other) => one.name.localeCompare(other.name);

/** An established tenant: it has things of its own, and none of them may go. */
function establishedTenant() {
  const tenant = new Management(credentials);
  tenant.clients.push(
    { client_id: 'PilotClient', name: 'Pilot application', app_type: 'regular_web' },
    { client_id: 'ShopClient', name: 'Shop, "old" & new', app_type: 'regular_web' },
    { client_id: 'TwinClient1', name: 'Twin', app_type: 'spa' }, { client_id: 'TwinClient2', name: 'Twin', app_type: 'spa' });
  tenant['resource-servers'].push({ id: 'own', name: 'Own API', identifier: 'https://api.example.com/' });
  tenant.connections.push({ id: 'con_own', name: 'customers', strategy: 'auth0', options: { requires_username: true } });
  tenant.actions.push({ id: 'own', name: 'own-action', supported_triggers: [{ id: 'post-login', version: 'v3' }], all_changes_deployed: true });
  return tenant;
}

describe('deploy/auth0/import', { skip: leftOut('auth0-deploy-cli') }, () => {
  const tenant = establishedTenant();
  let server;
  // On a busy machine an idle connection would end just as the tool asks again.
  before(async () => { server = await serve((request, response) => tenant.handle(request, response), { keepAliveTimeout: 0 }); });
  after(() => server?.stop());

  const everything = { ...own, ...secrets };
  async function run(args, environment = everything) {
    tenant.writes.length = 0;
    const env = {
      PATH: process.env.PATH, HOME: process.env.HOME, NODE_EXTRA_CA_CERTS: certificates.authority, AUTH0_DOMAIN: server.domain, ...environment,
    };
    const child = spawn(path.join(deployFolder, 'import'), args, { env });
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, output: output + errors };
  }
  /** A copy of the folder, as a company keeps it, with other keywords and triggers. */
  let copies = 0;
  function copy({ keywords, triggers, config, from = deployFolder }) {
    copies += 1;
    const folder = path.join(work, `tenant-${copies}`);
    cpSync(from, folder, { recursive: true, filter: (name) => !name.includes('node_modules') });
    const mappings = { ...settings, ...keywords };
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ ...config, AUTH0_KEYWORD_REPLACE_MAPPINGS: mappings }));
    if (triggers) writeFileSync(path.join(folder, 'triggers/triggers.json'), JSON.stringify(triggers));
    return folder;
  }
  const bound = (name) => ({ id: 'b', display_name: name, action: { id: 'own', name } });
  const connection = () => tenant.connections.find((one) => one.name === 'legacy-users');
  const enabled = () => [...tenant.enabledClients.get(connection().id) ?? []].sort();

  test('first the API, the clients and their grants, without secrets', async () => {
    const { code, output } = await run(['--clients'], own);
    assert.equal(code, 0, output);
    assert.deepEqual(tenant.unknown, [], output);
    assert.equal(tenant['client-grants'].length, 2);
    assert.equal(tenant.actions.length + tenant.connections.length, 2, 'those that were there');
  });

  test('then the folder, and what was imported equals the files; what the tenant has of its own stays', async () => {
    const { code, output } = await run([]);
    assert.equal(code, 0, output);
    assert.deepEqual(tenant.unknown, [], output);
    assert.ok(!tenant.writes.some((write) => write.startsWith('DELETE')));
    const files = loadResources(deployFolder, { ...settings, AUTH0_DOMAIN: server.domain, ...secrets });
    const got = tenant.snapshot();
    const idOf = (name) => credentials[name].client_id;
    assert.deepEqual(got.resourceServers.slice(1).map((one) => without(one, 'id')), files.resourceServers);
    const clients = got.clients.filter((one) => one.name.startsWith('Narrowgate')).map((one) => without(one, 'client_id', 'client_secret'));
    assert.deepEqual(clients.sort(byName), files.clients.sort(byName));
    const byClient = (one, other) => one.client_id.localeCompare(other.client_id);
    assert.deepEqual(got.clientGrants.map((one) => without(one, 'id')).sort(byClient),
      files.clientGrants.map((one) => ({ ...one, client_id: idOf(one.client_id) })).sort(byClient));
    assert.deepEqual(got.connections.slice(1).map((one) => without(one, 'id')), files.databases.map((one) => without(one, 'enabled_clients')));
    assert.deepEqual(enabled(), ['PilotClient']);
    const actions = got.actions.slice(1).map((one) => without(one, 'id', 'status', 'all_changes_deployed'));
    assert.deepEqual(actions, files.actions.map((one) => without(one, 'deployed')));
    assert.deepEqual(got.bindings.map((one) => one.action.name), ['legacy-user-migrated']);
  });

  test('a scope that was added in the Dashboard alone is gone with the next import', async () => {
    const scopes = () => tenant['resource-servers'].find((one) => one.name === 'Narrowgate').scopes.map((one) => one.value);
    const files = scopes();
    tenant['resource-servers'].find((one) => one.name === 'Narrowgate').scopes.push({ value: 'shadow:users', description: 'By hand' });
    assert.equal(scopes().length, files.length + 1);
    const { code, output } = await run(['--clients'], own);
    assert.equal(code, 0, output);
    assert.deepEqual(scopes(), files);
  });

  test('a dry run writes nothing, and what is as in the files is not among the changes', async () => {
    const { code, output } = await run(['--dry-run', '--switch-off'], { ...everything, NARROWGATE_APPLICATIONS: '[]' });
    assert.equal(code, 0, output);
    assert.match(output, /Dry Run Preview/);
    assert.deepEqual(output.split('\n').filter((line) => /CREATE|UPDATE/.test(line)), []);
    assert.match(output, /would be switched off for "Pilot application"\n/);
    assert.match(output, /would be off for all 1/);
    assert.deepEqual(tenant.writes.filter((write) => !write.includes('/oauth/')), []);
    assert.deepEqual(enabled(), ['PilotClient']);
  });

  test('a keyword without a value, or with a wrong one, ends it before anything is sent', async () => {
    const before_ = tenant.snapshot();
    for (const name of Object.keys(secrets)) {
      for (const [value, complaint] of [[undefined, 'has no value'], ['', 'has no value'], [`@@${name}@@`, 'is not a plain text'], ['x\n', 'is not a plain text']]) {
        const { code, output } = await run([], { ...everything, [name]: value });
        assert.equal(code, 2, output);
        assert.ok(output.includes(`${name} ${complaint}`), output);
      }
    }
    for (const [keywords, name] of [
      [{ NARROWGATE_URL: 'http://gate.example.net' }, 'NARROWGATE_URL'], [{ NARROWGATE_URL: 'https://a b' }, 'NARROWGATE_URL'],
      [{ NARROWGATE_CONNECTION: 'legacy_users' }, 'NARROWGATE_CONNECTION'], [{ NARROWGATE_CONNECTION: 'x'.repeat(36) }, 'NARROWGATE_CONNECTION'],
      [{ NARROWGATE_METADATA_NAME: 'appmetadata' }, 'NARROWGATE_METADATA_NAME'], [{ NARROWGATE_USERNAMES: 'yes' }, 'NARROWGATE_USERNAMES'],
      [{ NARROWGATE_APPLICATIONS: [1] }, 'NARROWGATE_APPLICATIONS'], [{ NARROWGATE_AUDIENCE: '' }, 'NARROWGATE_AUDIENCE'],
    ]) {
      const { code, output } = await run([copy({ keywords })]);
      assert.equal(code, 2, output);
      assert.ok(output.includes(`import: ${name} `), output);
      assert.ok(!output.includes('another') && !output.includes('$&'), 'no secret is told');
    }
    const { code, output } = await run([], { ...everything, NARROWGATE_ACTION_CLIENT_ID: 'ScriptsClient' });
    assert.deepEqual([code, /one client/.test(output)], [2, true], output);
    assert.deepEqual(tenant.snapshot(), before_);
  });

  test('a secret that the tenant refuses, an unknown application, an Action that would be lost', async () => {
    const before_ = tenant.snapshot();
    for (const [change, args, complaint] of [
      [{ NARROWGATE_SCRIPTS_CLIENT_SECRET: 'old' }, [], 'NARROWGATE_SCRIPTS_CLIENT_SECRET: the tenant refuses it'],
      [{ NARROWGATE_ACTION_CLIENT_SECRET: 'old' }, [], 'NARROWGATE_ACTION_CLIENT_SECRET: the tenant refuses it'],
      [{ NARROWGATE_APPLICATIONS: '["Pilot application", "Pilot"]' }, [], 'the tenant has no application "Pilot"'],
      [{ NARROWGATE_APPLICATIONS: 'Twin' }, [], '2 applications are called "Twin"'],
      [{ NARROWGATE_APPLICATIONS: '["Pilot application"' }, [], 'NARROWGATE_APPLICATIONS is no list of names'],
      [{ NARROWGATE_USERNAMES: 'true' }, [], 'the connection has no usernames'],
      [{ AUTH0_CLIENT_SECRET: 'wrong' }, [], 'the tenant gives no token for AUTH0_CLIENT_ID: status 401'],
      [{ AUTH0_CLIENT_ID: '' }, [], 'AUTH0_CLIENT_ID has no value; export that of the tool\'s own application'],
      [{}, ['--frobnicate'], 'usage:'],
    ]) {
      const { code, output } = await run(args, { ...everything, ...change });
      assert.ok(code > 0 && output.includes(complaint), output);
    }
    tenant.bindings = [bound('own-action'), ...tenant.bindings];
    const lost = await run([]);
    assert.deepEqual([lost.code, lost.output.includes('would take "own-action" out')], [2, true], lost.output);
    tenant.bindings.shift();
    assert.deepEqual(tenant.snapshot(), before_);
  });

  test('imported again: more applications, a rotated secret, usernames, and another Action that is kept', async () => {
    const before_ = tenant.snapshot();
    const { client_secret: old } = credentials['Narrowgate scripts'];
    credentials['Narrowgate scripts'].client_secret = 'rotated';
    Object.assign(connection().options, { requires_username: true });
    tenant.bindings.unshift(bound('own-action'));
    const order = ['legacy-user-migrated', 'own-action'];
    const folder = copy({ triggers: { 'post-login': order.map((name) => ({ action_name: name, display_name: name })) } });
    const { code, output } = await run([folder], {
      ...everything, NARROWGATE_SCRIPTS_CLIENT_SECRET: 'rotated', NARROWGATE_USERNAMES: 'true',
      NARROWGATE_APPLICATIONS: '["Pilot application", "Shop, \\"old\\" & new"]',
      AUTH0_ALLOW_DELETE: 'true', EXTENSION_SECRET: 'x', AUTH0_EXCLUDED: '["databases"]',
    });
    credentials['Narrowgate scripts'].client_secret = old;
    assert.equal(code, 0, output);
    const { configuration, requires_username: usernames } = connection().options;
    assert.deepEqual([configuration.CLIENT_SECRET, configuration.USERNAMES, usernames], ['rotated', 'true', true]);
    assert.deepEqual(enabled(), ['PilotClient', 'ShopClient']);
    assert.deepEqual(tenant.bindings.map((one) => one.action.name), order);
    const got = tenant.snapshot();
    for (const kind of ['resourceServers', 'clients', 'clientGrants', 'actions']) assert.deepEqual(got[kind], before_[kind]);
    assert.ok(!tenant.writes.some((write) => write.startsWith('DELETE')), 'whatever the environment says');
    const posts = tenant.writes.filter((write) => write.startsWith('POST') && !write.includes('/oauth/'));
    assert.ok(posts.every((post) => post.endsWith('/deploy')), posts.join(', '));
    tenant.bindings.pop();
  });

  test('an application that is not named keeps the connection, unless that is meant', async () => {
    const before_ = tenant.snapshot();
    for (const [list, lost] of [['[]', '"Pilot application", "Shop, \\"old\\" & new"'], ['ShopClient', '"Pilot application"']]) {
      for (const args of [[], ['--dry-run'], ['--take-over']]) {
        const { code, output } = await run(args, { ...everything, NARROWGATE_APPLICATIONS: list });
        assert.deepEqual([code, output.includes(`would be switched off for ${lost};`)], [2, true], output);
      }
    }
    assert.deepEqual(tenant.snapshot(), before_);
    const { code, output } = await run(['--switch-off'], { ...everything, NARROWGATE_APPLICATIONS: 'ShopClient' });
    assert.deepEqual([code, output.includes('would be switched off for "Pilot application"\n')], [0, true], output);
    assert.deepEqual(enabled(), ['ShopClient']);
  });

  test('a connection in use is not taken over, unless that is meant', async () => {
    const scripts = ['login', 'get_user', 'create', 'verify', 'change_password', 'delete'];
    const customScripts = Object.fromEntries(scripts.map((name) => [name, 'function (id, callback) { callback(null, {}); }']));
    const names = { ...everything, NARROWGATE_CONNECTION: 'in-use' };
    const live = { id: 'con_in_use', name: 'in-use', strategy: 'auth0' };
    tenant.connections.push(live);
    tenant.enabledClients.set(live.id, new Set(['PilotClient']));
    for (const [options, told] of [
      [{ customScripts: { ...customScripts, ...connection().options.customScripts }, import_mode: true }, 'create, verify, change_password, delete;'],
      [{ customScripts, import_mode: true }, `${scripts.join(', ')};`],
      [{ customScripts, configuration: { URL: 'x' } }, `${scripts.join(', ')}, and Auth0 would begin`],
    ]) {
      live.options = { enabledDatabaseCustomization: true, ...options };
      const before_ = tenant.snapshot();
      for (const [args, environment] of [[[], names], [['--dry-run'], names], [['--switch-off'], names], [[retiredFolder], { ...own, NARROWGATE_CONNECTION: 'in-use' }]]) {
        const { code, output } = await run(args, environment);
        assert.deepEqual([code, output.includes(`"in-use" would lose scripts, with their configuration: ${told}`)], [2, true], output);
      }
      assert.deepEqual(tenant.snapshot(), before_);
    }
    // One without scripts is somebody's, too.
    live.options = { enabledDatabaseCustomization: false, brute_force_protection: true };
    for (const [args, environment] of [[['--switch-off'], names], [[retiredFolder], { ...own, NARROWGATE_CONNECTION: 'in-use' }]]) {
      const { code, output } = await run(args, environment);
      assert.deepEqual([code, output.includes('"in-use" has no script of Narrowgate\'s, and would have ours, and Auth0 would begin to import')], [2, true], output);
    }
    live.options = { enabledDatabaseCustomization: true, customScripts };
    const { code, output } = await run(['--take-over'], names);
    assert.deepEqual([code, output.includes('"in-use" would lose scripts')], [0, true], output);
    assert.deepEqual(Object.keys(live.options.customScripts), ['login', 'get_user']);
    tenant.connections.splice(tenant.connections.indexOf(live), 1);
  });

  test('options that cannot be read are not wiped', async () => {
    tenant.tellsOptions = false;
    const before_ = tenant.snapshot();
    for (const [args, environment] of [[[], everything], [['--dry-run'], everything], [[retiredFolder], own]]) {
      const { code, output } = await run(args, environment);
      assert.deepEqual([code, output.includes('read:connections_options is missing')], [2, true], output);
    }
    assert.deepEqual(tenant.snapshot(), before_);
    tenant.tellsOptions = true;
  });

  test('a password policy that the tenant tells in two forms is asked for in one', async () => {
    const before_ = structuredClone(connection().options);
    const policy = { complexity: { min_length: 12 } };
    const both = { passwordPolicy: 'good', password_options: policy };
    for (const from of [deployFolder, retiredFolder]) {
      connection().options = { ...before_, ...both };
      const folder = copy({ from });
      const environment = { ...everything, NARROWGATE_APPLICATIONS: 'ShopClient' };
      const refused = await run([folder], environment);
      assert.deepEqual([refused.code, refused.output.includes(`add "password_options": ${JSON.stringify(policy)} to the options`)], [2, true], refused.output);
      assert.deepEqual(connection().options, { ...before_, ...both });
      const name = path.join(folder, 'database-connections/legacy-users/database.json');
      writeFileSync(name, readFileSync(name, 'utf8').replace('"options": {', `"options": { "password_options": ${JSON.stringify(policy)},`));
      const { code, output } = await run([folder], environment);
      assert.equal(code, 0, output);
      const { passwordPolicy: old, password_options: kept } = connection().options;
      assert.deepEqual([old, kept], [undefined, policy]);
    }
    connection().options = before_;
  });

  test('usernames for a connection that is not there yet come from its file', async () => {
    const names = { ...everything, NARROWGATE_CONNECTION: 'new', NARROWGATE_USERNAMES: 'true' };
    const folder = copy({});
    const refused = await run([folder], names);
    assert.deepEqual([refused.code, refused.output.includes('add "requires_username": true to the options in database-connections/legacy-users/database.json')],
      [2, true], refused.output);
    const name = path.join(folder, 'database-connections/legacy-users/database.json');
    writeFileSync(name, readFileSync(name, 'utf8').replace('"options": {', '"options": { "requires_username": true,'));
    const { code, output } = await run([folder], names);
    assert.equal(code, 0, output);
    const made = tenant.connections.findIndex((one) => one.name === 'new');
    assert.equal(tenant.connections[made].options.requires_username, true);
    tenant.connections.splice(made, 1);
  });

  test('what the tool reports and passes over ends with 1', async () => {
    const refused = (request) => request.method === 'PATCH' && request.url.endsWith('/clients');
    tenant.handle = (request, response) => (refused(request)
      ? response.writeHead(403).end('{"message":"no"}') : Management.prototype.handle.call(tenant, request, response));
    const { code, output } = await run(['--switch-off'], { ...everything, NARROWGATE_APPLICATIONS: 'TwinClient1' });
    delete tenant.handle;
    assert.deepEqual([code, /not everything was imported/.test(output)], [1, true], output);
  });

  test('an empty list switches the connection off for all', async () => {
    const { code, output } = await run(['--switch-off'], { ...everything, NARROWGATE_APPLICATIONS: '[]' });
    assert.equal(code, 0, output);
    assert.deepEqual(enabled(), []);
  });

  test('the retired scripts need a connection that is there', async () => {
    const { code, output } = await run([retiredFolder], { ...own, NARROWGATE_CONNECTION: 'no-such' });
    assert.deepEqual([code, output.includes('the tenant has no connection "no-such"; look at NARROWGATE_CONNECTION')], [2, true], output);
    assert.ok(!tenant.connections.some((one) => one.name === 'no-such'));
  });

  test('the retired scripts need no secret and leave none', async () => {
    const { code, output } = await run([retiredFolder], own);
    assert.equal(code, 0, output);
    const { options } = connection();
    assert.deepEqual([options.import_mode, options.configuration], [true, {}]);
    assert.match(options.customScripts.login, /The migration is over/);
  });
});
