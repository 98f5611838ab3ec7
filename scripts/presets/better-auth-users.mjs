// better-auth's own tables and users, by its migrations and its sign-up. Called by `fill`.
import { readFileSync } from 'node:fs';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';

const PASSWORD = 'correct horse battery staple';
const url = new URL(process.argv[2]);
const open = {
  'postgres:': async () => new (await import('pg')).default.Pool({ connectionString: url.href }),
  'mysql:': async () => (await import('mysql2/promise')).createPool({ uri: url.href, timezone: 'Z' }),
  // Node.js 22.5 and later.
  'sqlite:': async () => new (await import('node:sqlite')).DatabaseSync(url.pathname),
};
const database = await open[url.protocol]();
const auth = betterAuth({
  database,
  baseURL: 'http://localhost:3000',
  secret: 'not-a-secret-of-anybody-0123456789',
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
});
await (await getMigrations(auth.options)).runMigrations();

const user = async (name, email, password = PASSWORD) =>
  (await auth.api.signUpEmail({ body: { name, email, password } })).user;
const { internalAdapter } = await auth.$context;

// Addresses are written in lower case, whatever was typed.
const ada = await user('Ada Lovelace', 'Ada@Example.COM');
await internalAdapter.updateUser(ada.id, { emailVerified: true, image: 'https://example.com/ada.png' });
await user('Grace Hopper', 'grace@example.com');
// NFKC is applied to passwords: this one is typed with full-width letters.
await user('Barbara Liskov', 'barbara@example.com', 'ｃｏｒｒｅｃｔ horse battery staple');
// Somebody who only ever came through another provider has no password.
const margaret = await internalAdapter.createUser({
  name: 'Margaret Hamilton', email: 'margaret@example.com', emailVerified: true,
});
await internalAdapter.linkAccount({ userId: margaret.id, providerId: 'github', accountId: '4711' });
// And somebody who has both.
await internalAdapter.linkAccount({ userId: ada.id, providerId: 'github', accountId: '4712' });

const folder = new URL('node_modules/better-auth/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(folder, 'utf8'));
console.log(`better-auth ${version}`);
console.log('user account');
await (database.end?.() ?? database.close?.());
