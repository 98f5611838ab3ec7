// An issuer that nobody here wrote, oidc-provider, set to Auth0's paths and to its RFC 9068 token profile.
import { Key } from './issuer.mjs';

// The package uses it, and only Node.js 22 has it.
URL.parse ??= (text) => (URL.canParse(text) ? new URL(text) : null);

export class ForeignIssuer {
  static async start(tenant, url) {
    const issuer = Object.assign(new ForeignIssuer(), { tenant, url });
    await issuer.rotate();
    return issuer;
  }

  /** From now on everything is signed by a new key, and the old one is revoked. */
  async rotate() {
    this.key = await Key.make();
    this.provider = null;
  }

  // Made at the first request: by then the tenant's clients are known. The package is not there for every run.
  async handle(request, response) {
    const { default: Provider } = await import('oidc-provider');
    this.provider ??= new Provider(this.url, settings(this)).callback();
    return this.provider(request, response);
  }
}

function settings({ tenant, key }) {
  return {
    clients: tenant.clients.filter((client) => client.grant_types?.includes('client_credentials')).map((client) => ({
      client_id: client.client_id, client_secret: client.client_secret, token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
    })),
    jwks: { keys: [key.privateJwk()] },
    routes: { token: '/oauth/token', jwks: '/.well-known/jwks.json' },
    extraParams: ['audience'],
    scopes: tenant.resourceServers.flatMap((api) => api.scopes.map((scope) => scope.value)),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (context) => context.oidc.body.audience,
        getResourceServerInfo: (_context, audience, client) => resourceServer(tenant, audience, client.clientId),
      },
    },
    formats: {
      // RFC 9068, which is Auth0's second token profile, but for this.
      customizers: { jwt: (_context, _token, { payload }) => { payload.sub = `${payload.client_id}@clients`; } },
    },
    ttl: { ClientCredentials: (_context, token) => token.resourceServer.accessTokenTTL },
  };
}

function resourceServer(tenant, audience, clientId) {
  const api = tenant.resourceServers.find((one) => one.identifier === audience);
  const grant = tenant.clientGrants.find((one) => one.audience === audience && one.client_id === clientId);
  if (!api || !grant) throw new Error('no grant');
  return {
    scope: grant.scope.join(' '), audience, accessTokenFormat: 'jwt', accessTokenTTL: api.token_lifetime,
    jwt: { sign: { alg: 'RS256' } },
  };
}
