// The quickest peer in Node: fastify, and fast-jwt that keeps the tokens it has seen.
import { createPublicKey } from 'node:crypto';
import { createVerifier } from 'fast-jwt';
import fastify from 'fastify';
import { AUDIENCE, ISSUER, JWKS_URI, serve } from './store.mjs';

serve(async (store, address) => {
  const { keys: [jwk] } = await fetch(JWKS_URI).then((answer) => answer.json());
  const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const verify = createVerifier({ key, algorithms: ['RS256'], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: true });
  const app = fastify({ bodyLimit: 8192 });
  for (const [name, scope] of [['get_user', 'read:users'], ['login', 'login:users'], ['mark_migrated', 'mark:users']]) {
    const onRequest = async (request, reply) => {
      let claims;
      try {
        claims = verify(request.headers.authorization?.slice('Bearer '.length) ?? '');
      } catch {
        return reply.code(401).send({ code: 'invalid_token' });
      }
      return claims.scope.split(' ').includes(scope) ? undefined : reply.code(403).send({ code: 'insufficient_scope' });
    };
    app.post(`/${name}`, { onRequest }, async (request, reply) => {
      const [status, body] = await store[name](request.body);
      return reply.code(status).send(body);
    });
  }
  await app.listen(address);
});
