// The peer: express, express-oauth2-jwt-bearer and pg behind a cluster of two workers.
// It asks the same routine as the gate, as a named (prepared) statement, and writes no log: every doubt is decided for it.
import cluster from 'node:cluster';
import process from 'node:process';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import pg from 'pg';

const { PORT, WORKERS = '2', POOL_SIZE = '5', DATABASE_URL, ISSUER, AUDIENCE, JWKS_URI } = process.env;

function application(pool) {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(auth({ issuer: ISSUER, jwksUri: JWKS_URI, audience: AUDIENCE, tokenSigningAlg: 'RS256' }));
  app.use(express.json({ limit: '8kb' }));
  app.post('/get_user', requiredScopes('read:users'), async (request, response) => {
    const { identifier } = request.body ?? {};
    if (typeof identifier !== 'string') return response.status(400).json({ code: 'invalid_request' });
    const found = await pool.query({
      name: 'get_user', text: 'SELECT narrowgate.get_user($1) AS answer', values: [identifier.toLowerCase()],
    });
    const users = JSON.parse(found.rows[0].answer ?? '[]');
    if (users.length !== 1) return response.status(users.length ? 409 : 404).json({ code: 'user_not_found' });
    return response.json(users[0]);
  });
  app.use((error, _request, response, _next) => {
    response.status(error.status ?? 500).set(error.headers ?? {}).json({ code: error.code ?? 'internal_error' });
  });
  return app;
}

if (cluster.isPrimary) {
  for (let i = 0; i < Number(WORKERS); i += 1) cluster.fork();
  cluster.on('exit', () => process.exit(1));
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
} else {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });
  application(pool).listen(Number(PORT), '127.0.0.1');
}
