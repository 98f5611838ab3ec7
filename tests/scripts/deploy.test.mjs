// Auth0's own deploy tool imports the folder as it stands, twice, into a stand-in for the Management API.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { certificates } from './support/certificates.mjs';
import { deployFolder } from './support/files.mjs';
import { Management } from './support/management.mjs';
import { leftOut } from './support/packages.mjs';
import { loadResources } from './support/resources.mjs';
import { serve } from './support/world.mjs';

const credentials = {
  'Narrowgate scripts': { client_id: 'ScriptsClient', client_secret: 'a "secret" with $& and \\' },
  'Narrowgate Action': { client_id: 'ActionClient', client_secret: 'another' },
};
const secrets = {
  NARROWGATE_SCRIPTS_CLIENT_ID: 'ScriptsClient', NARROWGATE_SCRIPTS_CLIENT_SECRET: credentials['Narrowgate scripts'].client_secret,
  NARROWGATE_ACTION_CLIENT_ID: 'ActionClient', NARROWGATE_ACTION_CLIENT_SECRET: 'another',
};
const config = path.join(deployFolder, 'config.json');
const settings = JSON.parse(readFileSync(config, 'utf8')).AUTH0_KEYWORD_REPLACE_MAPPINGS;

describe('auth0-deploy-cli', { skip: leftOut('auth0-deploy-cli') }, () => {
  const tenant = new Management(credentials);
  tenant.clients.push({ client_id: 'PilotClient', name: 'Pilot application', app_type: 'regular_web' });
  let server;
  let files;

  /** The command of docs/auth0.md. */
  async function importFolder() {
    const tool = new URL('node_modules/auth0-deploy-cli/lib/index.js', import.meta.url).pathname;
    const env = {
      PATH: process.env.PATH, HOME: process.env.HOME, NODE_EXTRA_CA_CERTS: certificates.authority,
      AUTH0_DOMAIN: server.domain, AUTH0_ACCESS_TOKEN: 'a Management API token', ...secrets,
    };
    const child = spawn(process.execPath, [tool, 'import', '-c', config, '-i', deployFolder], { env });
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, output: output + errors };
  }

  before(async () => {
    server = await serve((request, response) => tenant.handle(request, response));
    files = loadResources(deployFolder, { ...settings, AUTH0_DOMAIN: server.domain, ...secrets });
  });
  after(() => server?.stop());

  test('the folder is imported, and what was imported equals the files', async () => {
    const { code, output } = await importFolder();
    assert.equal(code, 0, output);
    assert.deepEqual(tenant.unknown, [], output);
    // It offers to delete the tenant's other clients, and does not.
    const warnings = output.split('\n').filter((line) => /warn|error/i.test(line) && !line.includes('should be deleted'));
    assert.deepEqual(warnings, []);
    const got = tenant.snapshot();
    const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
    const idOf = (name) => credentials[name].client_id;
    const byName = (one, other) => one.name.localeCompare(other.name);
    assert.deepEqual(got.resourceServers.map((one) => without(one, 'id')), files.resourceServers);
    assert.equal(got.clients[0].name, 'Pilot application');
    const clients = got.clients.slice(1).map((one) => without(one, 'client_id', 'client_secret'));
    assert.deepEqual(clients.sort(byName), files.clients.sort(byName));
    const byClient = (one, other) => one.client_id.localeCompare(other.client_id);
    assert.deepEqual(got.clientGrants.map((one) => without(one, 'id')).sort(byClient),
      files.clientGrants.map((one) => ({ ...one, client_id: idOf(one.client_id) })).sort(byClient));
    assert.deepEqual(got.connections.map((one) => without(one, 'id')), files.databases.map((one) => without(one, 'enabled_clients')));
    assert.deepEqual(got.enabledClients.map(([, clients]) => clients), [['PilotClient']]);
    const actions = got.actions.map((one) => without(one, 'id', 'status', 'all_changes_deployed'));
    assert.deepEqual(actions, files.actions.map((one) => without(one, 'deployed')));
    assert.deepEqual(got.actions.map((one) => one.all_changes_deployed), [true]);
    assert.deepEqual(got.bindings.map((one) => one.ref.value), ['legacy-user-migrated']);
  });

  test('imported again, nothing changes', async () => {
    const before = tenant.snapshot();
    const created = tenant.writes.filter((write) => write.startsWith('POST')).length;
    const { code, output } = await importFolder();
    assert.equal(code, 0, output);
    assert.deepEqual(tenant.snapshot(), before);
    const posts = tenant.writes.filter((write) => write.startsWith('POST')).slice(created);
    assert.ok(posts.every((post) => post.endsWith('/deploy')), posts.join(', '));
    assert.ok(!tenant.writes.some((write) => write.startsWith('DELETE')));
  });
});
