/**
 * What `import` asks of the tenant itself. Whatever the tenant does not answer as it should is thrown as a sentence.
 */
'use strict';

/** The tenant's Management API, as the deploy tool will use it. */
class Tenant {
  static async open(domain) {
    const tenant = Object.assign(new Tenant(), { domain, token: process.env.AUTH0_ACCESS_TOKEN });
    if (tenant.token) return tenant;
    const { AUTH0_CLIENT_ID: id, AUTH0_CLIENT_SECRET: secret, AUTH0_AUDIENCE: audience } = process.env;
    const { status, body } = await tenant.grant(id, secret, audience ?? `https://${domain}/api/v2/`);
    if (!body.access_token) throw new Error(`the tenant gives no token for AUTH0_CLIENT_ID: status ${status} ${body.error ?? ''}`);
    tenant.token = body.access_token;
    return tenant;
  }

  grant(id, secret, audience, scope) {
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret, audience, ...(scope && { scope }) };
    return this.#fetch('/oauth/token', { method: 'POST', body: new URLSearchParams(form) });
  }

  async #fetch(address, settings) {
    try {
      const response = await fetch(`https://${this.domain}${address}`, { ...settings, redirect: 'manual', signal: AbortSignal.timeout(20_000) });
      return { status: response.status, body: (await response.json().catch(() => undefined)) ?? {} };
    } catch (error) {
      throw new Error(`https://${this.domain} cannot be reached: ${error.cause?.code ?? error.name}; check AUTH0_DOMAIN`, { cause: error });
    }
  }

  async get(address) {
    const { status, body } = await this.#fetch(`/api/v2/${address}`, { headers: { authorization: `Bearer ${this.token}` } });
    if (status !== 200) throw new Error(`the tenant does not answer GET ${address}: status ${status} ${body.message ?? ''}`);
    return body;
  }

  async clients() {
    const all = [];
    for (let page = 0; ; page += 1) {
      const body = await this.get(`clients?fields=client_id%2Cname&include_fields=true&include_totals=true&per_page=100&page=${page}`);
      const some = body.clients ?? body;
      all.push(...some);
      if (!some.length || !(all.length < body.total)) return all;
    }
  }

  async connection(name) {
    const body = await this.get(`connections?strategy=auth0&name=${encodeURIComponent(name)}`);
    return (body.connections ?? body).find((one) => one.name === name);
  }

  /** Ids of the applications that a connection is on for. */
  async enabled({ id }) {
    const all = [];
    for (let from = ''; ;) {
      const { clients, next } = await this.get(`connections/${id}/clients?take=50${from}`);
      all.push(...clients.map((one) => one.client_id));
      if (!next) return all;
      from = `&from=${encodeURIComponent(next)}`;
    }
  }

  switchOff(connection, clients) {
    return this.#fetch(`/api/v2/connections/${connection.id}/clients`, {
      method: 'PATCH', headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(clients.map((client) => ({ client_id: client, status: false }))),
    });
  }
}

module.exports = { Tenant };
