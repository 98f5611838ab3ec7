// Everything at once: a tenant with its issuer, the gate over HTTPS, and a legacy database behind it.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { certificates } from './certificates.mjs';
import { deployFolder } from './files.mjs';
import { Gate } from './gate.mjs';
import { OwnIssuer } from './issuer.mjs';
import { loadResources } from './resources.mjs';
import { Tenant } from './tenant.mjs';

export const AUDIENCE = 'https://narrowgate.example.com/';
export const APPLICATION = 'Pilot application';
const certificate = readFileSync(certificates.certificate);
const key = readFileSync(certificates.key);

/** An HTTPS server on a free port of 127.0.0.1. `settings` are those of Node's own. */
export async function serve(handler, settings) {
  const server = https.createServer({ cert: certificate, key, ...settings }, handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const stop = () => { server.closeAllConnections(); server.close(); };
  return { domain: `127.0.0.1:${server.address().port}`, url: `https://127.0.0.1:${server.address().port}`, stop };
}

/** What the deploy files' keywords stand for in these tests. */
export const keywords = (domain, gateUrl, scripts, action) => ({
  AUTH0_DOMAIN: domain, NARROWGATE_URL: gateUrl, NARROWGATE_AUDIENCE: AUDIENCE, NARROWGATE_CONNECTION: 'legacy-users',
  NARROWGATE_APPLICATIONS: [APPLICATION], NARROWGATE_METADATA_NAME: 'app_metadata', NARROWGATE_USERNAMES: 'true',
  NARROWGATE_SCRIPTS_CLIENT_ID: scripts.client_id, NARROWGATE_SCRIPTS_CLIENT_SECRET: scripts.client_secret,
  NARROWGATE_ACTION_CLIENT_ID: action.client_id, NARROWGATE_ACTION_CLIENT_SECRET: action.client_secret,
});

export class World {
  /** Requests for tokens so far. */
  tokenRequests = 0;

  static async start({ legacy, Issuer = OwnIssuer, settings, launch }) {
    const world = new World();
    world.legacy = await legacy();
    world.tenant = new Tenant();
    world.server = await serve((request, response) => {
      if (request.url === '/oauth/token') world.tokenRequests += 1;
      world.issuer.handle(request, response);
    });
    const url = `${world.server.url}/`;
    world.issuer = await Issuer.start(world.tenant, url);
    const secrets = ['scripts', 'action'].map(() => ({
      client_id: randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x'), client_secret: randomBytes(48).toString('base64url'),
    }));
    world.gate = new Gate({ issuer: url, audience: AUDIENCE, databaseUrl: world.legacy.url, settings, launch });
    world.gate.sections.auth.clients = secrets.map((one) => one.client_id);
    await world.gate.start();
    world.install(deployFolder, keywords(world.server.domain, world.gate.url, ...secrets), secrets);
    return world;
  }

  /** Deploys a folder to the tenant. Auth0 gives clients their ids. */
  install(folder, mappings, [scripts, action] = []) {
    this.mappings = mappings;
    const resources = loadResources(folder, mappings);
    const { tenant } = this;
    if (resources.clients.length) {
      const identity = { 'Narrowgate scripts': scripts, 'Narrowgate Action': action };
      tenant.clients = resources.clients.map((client) => ({ ...client, ...identity[client.name] }));
      const idOf = (name) => tenant.clients.find((client) => client.name === name).client_id;
      tenant.clientGrants = resources.clientGrants.map((grant) => ({ ...grant, client_id: idOf(grant.client_id) }));
      tenant.resourceServers = resources.resourceServers;
    }
    tenant.install(resources, this.issuer);
  }

  /** Who is marked in the legacy database. */
  marks = () => {
    return this.legacy.execute(`SELECT user_id FROM ${this.legacy.marksTable};`).split('\n').filter(Boolean);
  }

  get api() {
    return this.tenant.resourceServers.find((one) => one.identifier === AUDIENCE);
  }

  /** A script or Action has done something that Auth0 does not allow, or has said something it must not. */
  complaints() {
    const { scripts, actions } = this.tenant;
    const said = [...scripts.lines, ...actions.lines];
    return [...scripts.faults, ...actions.faults,
      ...said.filter((line) => /user\d|@example|correct horse|eyJ/.test(line) || line.length > 256)];
  }

  async stop() {
    this.tenant.stop();
    this.server.stop();
    await this.gate.stop();
    this.legacy.drop();
  }
}
