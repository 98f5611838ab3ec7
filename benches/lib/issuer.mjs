// A token issuer for one run: a key made now, its key set on loopback, and tokens in Auth0's shape.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { work } from './process.mjs';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] });
  const keyFile = path.join(work, 'jwks.json');
  writeFileSync(keyFile, keys);
  const server = http.createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(keys);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  server.unref();
  const issuer = 'https://bench.example/';
  const audience = 'urn:narrowgate:bench';
  const client = 'BenchClient0000000000000000000001';
  const token = (scope) => {
    const now = Math.floor(Date.now() / 1000);
    const head = encode({ alg: 'RS256', typ: 'JWT', kid });
    const body = encode({
      iss: issuer, sub: `${client}@clients`, aud: audience, iat: now, exp: now + 86_000,
      scope, gty: 'client-credentials', azp: client, jti: randomUUID(),
    });
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), privateKey).toString('base64url');
    return `${head}.${body}.${signature}`;
  };
  return { issuer, audience, keyFile, jwksUri: `http://127.0.0.1:${server.address().port}/.well-known/jwks.json`, token };
}
