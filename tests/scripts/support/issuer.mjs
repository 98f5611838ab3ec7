// The project's own issuer: real RSA keys, and a token endpoint that behaves as Auth0's does.
import { createPublicKey, generateKeyPair, randomUUID, sign, timingSafeEqual } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export class Key {
  static async make() {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    return Object.assign(new Key(), { id: randomUUID(), privateKey });
  }

  publicJwk() {
    return { ...createPublicKey(this.privateKey).export({ format: 'jwk' }), kid: this.id, use: 'sig', alg: 'RS256' };
  }

  privateJwk() {
    return { ...this.privateKey.export({ format: 'jwk' }), kid: this.id, use: 'sig', alg: 'RS256' };
  }

  token(claims) {
    const input = `${encode({ alg: 'RS256', typ: 'JWT', kid: this.id })}.${encode(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), this.privateKey).toString('base64url')}`;
  }
}

/** A user's access token for an API, as the code flow gives it when the API lets users in. */
export function userToken(key, { issuer, userId, audience, clientId }) {
  const now = Math.floor(Date.now() / 1000);
  return key.token({
    iss: issuer, sub: userId, aud: [audience, `${issuer}userinfo`], iat: now, exp: now + 3600,
    scope: 'openid profile login:users read:users mark:users', azp: clientId,
  });
}

export class OwnIssuer {
  /** `tenant` gives `clients`, `clientGrants` and `resourceServers`; `url` is the value of `iss`. */
  static async start(tenant, url) {
    return Object.assign(new OwnIssuer(), { tenant, url, key: await Key.make() });
  }

  /** From now on everything is signed by a new key, and the old one is revoked. */
  async rotate() {
    this.key = await Key.make();
  }

  async handle(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/jwks.json') return answer(200, { keys: [this.key.publicJwk()] });
    const body = await text(request);
    const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const [status, result] = this.#grant(form ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body));
    return answer(status, result);
  }

  #grant({ grant_type: type, client_id: id, client_secret: secret, audience, scope }) {
    const { clients, clientGrants, resourceServers } = this.tenant;
    const refuse = (status, description) => [status, { error: 'access_denied', error_description: description }];
    const client = clients.find((one) => one.client_id === id);
    if (!client || !same(client.client_secret, secret)) return refuse(401, 'Unauthorized');
    if (type !== 'client_credentials' || !client.grant_types.includes(type)) return refuse(403, 'Grant type not allowed');
    const api = resourceServers.find((one) => one.identifier === audience);
    if (!api) return refuse(403, 'Service not found');
    const grant = clientGrants.find((one) => one.client_id === id && one.audience === audience);
    if (!grant) return refuse(403, 'Client is not authorized to access the API');
    const wanted = scope ? scope.split(' ') : grant.scope;
    if (!wanted.every((one) => grant.scope.includes(one))) return refuse(403, 'Client has not been granted these scopes');
    const now = Math.floor(Date.now() / 1000);
    const token = this.key.token({
      iss: this.url, sub: `${id}@clients`, aud: audience, iat: now, exp: now + api.token_lifetime,
      scope: wanted.join(' '), gty: 'client-credentials', azp: id,
    });
    return [200, { access_token: token, scope: wanted.join(' '), expires_in: api.token_lifetime, token_type: 'Bearer' }];
  }
}

const same = (one, other = '') => one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
