// Every flow of a migration, with the deployed scripts and Action, against the running service. Once on SQLite with the
// project's own issuer, once on PostgreSQL, once with an issuer that nobody here wrote.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accountFlows } from './flows/accounts.mjs';
import { faultFlows } from './flows/faults.mjs';
import { loginFlows } from './flows/logins.mjs';
import { tokenFlows } from './flows/tokens.mjs';
import { ForeignIssuer } from './support/foreign_issuer.mjs';
import { postgresql, sqlite } from './support/legacy.mjs';
import { leftOut } from './support/packages.mjs';
import { World } from './support/world.mjs';

const kinds = [
  { name: 'SQLite, own issuer', legacy: sqlite },
  {
    name: 'PostgreSQL, own issuer', legacy: postgresql,
    skip: !process.env.NARROWGATE_TEST_POSTGRESQL && 'NARROWGATE_TEST_POSTGRESQL is not set; ./scripts/test sets it',
  },
  { name: 'SQLite, oidc-provider', legacy: sqlite, Issuer: ForeignIssuer, skip: leftOut('oidc-provider') },
];

describe('flows', { concurrency: true }, () => {
  for (const { name, skip, ...parts } of kinds) describe(name, { skip, concurrency: 1 }, () => suite(parts));
});

function suite(parts) {
  let world;
  before(async () => { world = await World.start(parts); });
  after(() => world?.stop());

  const flow = (title, body) => test(title, { timeout: 60_000 }, () => body(world));
  loginFlows(flow);
  accountFlows(flow);
  tokenFlows(flow);
  faultFlows(flow);

  test('nothing of a user was printed, and no callback came twice', () => {
    assert.deepEqual(world.complaints(), []);
    const log = world.gate.lines.join('\n');
    // A token's part is longer than `prev` and `client_id`, which are random and may hold these three letters.
    for (const secret of [/correct horse/, /@example\.com/, /eyJ[\w-]{30}/]) assert.doesNotMatch(log, secret);
  });
}
