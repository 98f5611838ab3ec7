// A legacy database for one run: the sample store and the contract over it, applied as a DBA would, with the engine's own
// command-line client.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root, work } from './files.mjs';

export const PASSWORD = 'correct horse battery staple';
/** That password at next to no cost (Django's PBKDF2, one round). */
const CHEAP_HASH = 'pbkdf2_sha256$1$salt$ouhwH5QjXU2O1gHvuMrHWhFGwGQ8zEmYRlu7N1suuDo=';
let count = 0;

const scripts = (engine) => [`deploy/contract/sample-${engine}-legacy.sql`, `deploy/contract/sample-${engine}.sql`].map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n');
const quote = (value) => (value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`);

class Legacy {
  #next = 1000;

  /** Adds a user of the company's and gives what a test wants to know. */
  addUser({ status = 1, preferences = { theme: 'dark' }, plan = 'pro' } = {}) {
    return this.addUsers(1, { status, preferences, plan })[0];
  }

  addUsers(number, { status = 1, preferences = { theme: 'dark' }, plan = 'pro' } = {}) {
    const users = Array.from({ length: number }, () => {
      const id = this.#next;
      this.#next += 1;
      return { id: String(id), login: `user${id}`, email: `user${id}@example.com`, password: PASSWORD };
    });
    const rows = users.map(({ id, login, email }) => this.row({ id, login, email, status, plan, preferences: JSON.stringify(preferences) }));
    this.execute(rows.join('\n'));
    return users;
  }

  columns({ id, login, email, status, plan, preferences }) {
    return [id, quote(login), quote(email), "'Y'", status, quote(plan), quote(preferences)].join(', ');
  }
}

class SqliteLegacy extends Legacy {
  marksTable = 'migrated_user';

  constructor() {
    super();
    count += 1;
    this.file = path.join(work, `legacy-${count}.db`);
    this.url = `sqlite://${this.file}`;
    this.execute(scripts('sqlite'));
  }

  execute(sql) {
    return execFileSync('sqlite3', ['-bail', '-cmd', '.timeout 10000', this.file], { input: sql, encoding: 'utf8' });
  }

  row(user) {
    return `INSERT INTO customer (id, login, email, email_confirmed, status, "plan", preferences, password_hash)
      VALUES (${this.columns(user)}, ${quote(CHEAP_HASH)});`;
  }

  drop() {}
}

class PostgresqlLegacy extends Legacy {
  marksTable = 'narrowgate.migrated_user';

  async create(server) {
    count += 1;
    this.server = server;
    this.name = `ng_scripts_${process.pid}_${count}`;
    const owner = new URL(server);
    owner.pathname = `/${this.name}`;
    this.owner = owner.href;
    // Roles belong to the whole server, so only one test at a time prepares a database; the lock is the Rust tests' too.
    const lock = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', server], { stdio: ['pipe', 'pipe', 'inherit'] });
    lock.stdin.write(`SELECT 'locked' FROM pg_advisory_lock(4711);\nCREATE DATABASE ${this.name};\n\\echo ready\n`);
    for (let said = ''; !said.includes('ready');) said += (await once(lock.stdout, 'data'))[0];
    this.execute(`${scripts('postgresql')}\nALTER ROLE narrowgate_api LOGIN PASSWORD 'only-for-tests';`);
    lock.stdin.end();
    owner.username = 'narrowgate_api';
    owner.password = 'only-for-tests';
    this.url = owner.href;
    return this;
  }

  execute(sql) {
    return execFileSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', this.owner], { input: sql, encoding: 'utf8' });
  }

  row(user) {
    return `INSERT INTO sample_shop.customer (id, login, email, email_confirmed, status, plan, preferences) VALUES (${this.columns(user)});
      INSERT INTO sample_shop.credential VALUES (${user.id}, ${quote(CHEAP_HASH)});`;
  }

  drop() {
    execFileSync('psql', ['-Xq', this.server], { input: `DROP DATABASE ${this.name} WITH (FORCE);` });
  }
}

export const sqlite = () => new SqliteLegacy();
/** On the server whose superuser URL is in NARROWGATE_TEST_POSTGRESQL. */
export const postgresql = () => new PostgresqlLegacy().create(process.env.NARROWGATE_TEST_POSTGRESQL);
