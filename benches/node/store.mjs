// What both peers ask the database, as named (prepared) statements, and how they run. Neither writes a log: every doubt is decided for them.
import cluster from 'node:cluster';
import process from 'node:process';
import bcrypt from 'bcrypt';
import pg from 'pg';

const { PORT, WORKERS = '2', POOL_SIZE = '5', DATABASE_URL } = process.env;
export const { ISSUER, AUDIENCE, JWKS_URI } = process.env;

class Store {
  #pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });

  async #users(name, identifier) {
    const text = `SELECT narrowgate.${name}($1) AS answer`;
    const found = await this.#pool.query({ name, text, values: [identifier.toLowerCase()] });
    return JSON.parse(found.rows[0].answer ?? '[]');
  }

  /** The status and the body of the answer to a question. */
  async get_user({ identifier }) {
    const users = await this.#users('get_user', identifier);
    return users.length === 1 ? [200, users[0]] : [404, { code: 'user_not_found' }];
  }

  async login({ identifier, password }) {
    const [user] = await this.#users('login_candidate', identifier);
    const right = user && await bcrypt.compare(password, user.password_hash);
    return right ? [200, { user_id: user.user_id, email: user.email }] : [403, { code: 'invalid_credentials' }];
  }

  async mark_migrated({ user_id: id }) {
    const text = 'INSERT INTO public.bench_mark VALUES ($1, now()) ON CONFLICT DO NOTHING';
    await this.#pool.query({ name: 'mark', text, values: [id] });
    return [200, { user_id: id }];
  }
}

/** Runs the server in several processes. */
export function serve(listen) {
  if (cluster.isPrimary) {
    for (let i = 0; i < Number(WORKERS); i += 1) cluster.fork();
    cluster.on('exit', () => process.exit(1));
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
  } else {
    listen(new Store(), { port: Number(PORT), host: '127.0.0.1' });
  }
}
