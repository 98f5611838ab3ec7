// The part of Auth0's Management API that auth0-deploy-cli needs to import the deploy files, in memory. It keeps what it is
// sent and answers with it; what it does not know is 404, so that a test shows what the tool asked for beyond that.
import { randomBytes } from 'node:crypto';
import { json, text } from 'node:stream/consumers';

const id = (prefix) => `${prefix}${randomBytes(8).toString('hex')}`;

export class Management {
  'resource-servers' = [];
  clients = [];
  'client-grants' = [];
  connections = [];
  actions = [];
  bindings = [];
  enabledClients = new Map();
  /** Each request that is no GET, as "METHOD /path". */
  writes = [];
  unknown = [];
  /** Whether the deploy tool's own client has `read:connections_options`. */
  tellsOptions = true;

  /** `credentials` are the ids and secrets that clients get, by name. */
  constructor(credentials) {
    this.credentials = credentials;
  }

  async handle(request, response) {
    const { pathname, searchParams } = new URL(request.url, 'https://tenant.example');
    if (pathname === '/oauth/token') return this.#grant(new URLSearchParams(await text(request)), response);
    const [collection, ...rest] = pathname.replace('/api/v2/', '').split('/').map(decodeURIComponent);
    const { method } = request;
    if (method !== 'GET') this.writes.push(`${method} ${pathname}`);
    const body = ['POST', 'PATCH', 'PUT'].includes(method) ? await json(request).catch(() => ({})) : undefined;
    const answer = this.#answer(method, collection, rest, body, searchParams.get('name'));
    if (answer === undefined) this.unknown.push(`${method} ${pathname}`);
    const status = answer === undefined ? 404 : answer.statusCode ?? { POST: 201 }[method] ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    const told = answer ?? { statusCode: 404, error: 'Not Found', message: 'not in this stand-in' };
    return response.end(JSON.stringify(told, (key, value) => (key === 'options' && !this.tellsOptions ? undefined : value)));
  }

  #answer(method, collection, [item, part, last], body, name) {
    if (collection === 'actions') return this.#actions(method, item, part, last, body);
    if (collection === 'connections' && part === 'clients') return this.#enabled(method, item, body);
    const list = this[collection];
    if (!Array.isArray(list)) return undefined;
    const found = list.find((one) => [one.id, one.client_id, one.identifier].includes(item));
    if (method === 'POST') return this.#create(collection, body);
    if (body?.options?.password_options && body.options.passwordPolicy) {
      return { statusCode: 400, error: 'Bad Request', message: 'passwordPolicy and password_options exclude each other' };
    }
    if (method === 'PATCH') return found && Object.assign(found, body);
    if (item) return found;
    return page(collection, list.filter((one) => !name || one.name === name));
  }

  /** The machines' tokens, and the deploy tool's own. */
  #grant(form, response) {
    const { client_id: id, client_secret: secret } = Object.fromEntries(form);
    const good = Object.values(this.credentials).some((one) => one.client_id === id && one.client_secret === secret);
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(good ? { access_token: 'a.b.c', expires_in: 3600 } : { error: 'access_denied' }));
    return undefined;
  }

  #create(collection, body) {
    const made = {
      'resource-servers': () => ({ id: id('') }),
      clients: () => ({ ...this.credentials[body.name] }),
      'client-grants': () => ({ id: id('cgr_') }),
      connections: () => ({ id: id('con_') }),
    }[collection]();
    this[collection].push({ ...made, ...body });
    return this[collection].at(-1);
  }

  #actions(method, kind, part, last, body) {
    if (kind === 'modules') return { modules: [], total: 0 };
    if (kind === 'triggers' && last === 'bindings') {
      if (method === 'PATCH') {
        this.bindings = body.bindings.map(({ ref, display_name: title }) => (
          { id: id(''), trigger_id: part, display_name: title, action: this.actions.find((one) => one.name === ref.value) }));
      }
      return { bindings: this.bindings, total: this.bindings.length };
    }
    if (kind === 'triggers') return { triggers: [{ id: 'post-login', version: 'v3', status: 'CURRENT' }] };
    if (kind !== 'actions') return undefined;
    const found = this.actions.find((one) => one.id === part);
    if (last === 'deploy') return found && Object.assign(found, { all_changes_deployed: true });
    if (method === 'POST') this.actions.push({ id: id(''), status: 'built', all_changes_deployed: false, ...body });
    if (method === 'POST') return this.actions.at(-1);
    if (method === 'PATCH') return found && Object.assign(found, body);
    if (part) return found;
    return { actions: this.actions, total: this.actions.length, page: 0, per_page: 100 };
  }

  #enabled(method, connection, body) {
    const enabled = this.enabledClients.get(connection) ?? new Set();
    this.enabledClients.set(connection, enabled);
    for (const { client_id: client, status } of body ?? []) enabled[status ? 'add' : 'delete'](client);
    return { clients: [...enabled].map((client) => ({ client_id: client })) };
  }

  /** Everything that was imported, to be compared. */
  snapshot() {
    const { clients, connections, actions, bindings, enabledClients } = this;
    return structuredClone({
      resourceServers: this['resource-servers'], clients, clientGrants: this['client-grants'], connections, actions, bindings,
      enabledClients: [...enabledClients].map(([connection, enabled]) => [connection, [...enabled]]),
    });
  }
}

function page(collection, list) {
  const member = { 'resource-servers': 'resource_servers', 'client-grants': 'client_grants' }[collection] ?? collection;
  return { [member]: list, total: list.length, start: 0, limit: 100, length: list.length };
}
