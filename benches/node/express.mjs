// The peer: express and express-oauth2-jwt-bearer, as Auth0's guide for a Node API has them.
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { AUDIENCE, ISSUER, JWKS_URI, serve } from './store.mjs';

serve((store, { port, host }) => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(auth({ issuer: ISSUER, jwksUri: JWKS_URI, audience: AUDIENCE, tokenSigningAlg: 'RS256' }));
  app.use(express.json({ limit: '8kb' }));
  for (const [name, scope] of [['get_user', 'read:users'], ['login', 'login:users'], ['mark_migrated', 'mark:users']]) {
    app.post(`/${name}`, requiredScopes(scope), async (request, response) => {
      const [status, body] = await store[name](request.body);
      response.status(status).json(body);
    });
  }
  app.use((error, _request, response, _next) => {
    response.status(error.status ?? 500).set(error.headers ?? {}).json({ code: error.code ?? 'internal_error' });
  });
  app.listen(port, host);
});
