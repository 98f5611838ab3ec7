// A small part of an Auth0 tenant: what it does with users of a custom database connection in import mode, and when it
// runs which script. Where Auth0's documentation is silent, nothing here is relied on.
import { randomBytes } from 'node:crypto';
import { Container } from './container.mjs';
import { userToken } from './issuer.mjs';

/** Names that Auth0 does not take in app_metadata. */
const RESERVED = ['metadata', '__tenant', '_id', 'blocked', 'clientID', 'created_at', 'email_verified', 'email', 'globalClientID',
  'global_client_id', 'identities', 'lastIP', 'lastLogin', 'loginsCount', 'multifactor_last_modified', 'multifactor',
  'updated_at', 'user_id'];

/** What a tenant answers to a wrong password, whether it has the user itself or the login script says so without a text. */
export const REFUSED = { ok: false, type: 'fp', description: 'Wrong email or password.' };

export class Tenant {
  clients = [];
  clientGrants = [];
  resourceServers = [];
  /** What the Dashboard shows: complete users by id. */
  users = new Map();
  /** The internal store, written first: who may log in with which password. */
  credentials = new Map();
  /** Passwords chosen by people who have not logged in yet; user search does not show them. */
  resets = new Map();
  log = [];

  /** Takes what the deploy tool would have imported; `issuer` signs the users' tokens. */
  install({ databases: [database], actions: [action] }, issuer) {
    this.issuer = issuer;
    this.connection = { ...database, enabled_clients: database.enabled_clients ?? this.connection.enabled_clients };
    if (action) this.action = action;
    this.scripts?.stop();
    this.scripts = new Container({ configuration: database.options.configuration });
    this.actions ??= new Container();
  }

  stop() {
    this.scripts?.stop();
    this.actions?.stop();
  }

  /** Somebody types an identifier and a password at the login page of an application. */
  async signIn(identifier, password, { audience, application = this.connection.enabled_clients[0] } = {}) {
    const name = identifier.toLowerCase();
    if (!this.connection.enabled_clients.includes(application)) return this.#failed('f', 'the connection is not enabled');
    const api = this.resourceServers.find((one) => one.identifier === audience);
    if (api?.subject_type_authorization.user.policy === 'deny_all') return this.#failed('f', 'access_denied');
    const known = this.#credential(name);
    if (known && known.password !== password) return this.#failed('fp', REFUSED.description);
    const userId = known ? known.user_id : await this.#firstLogin(identifier, password);
    if (typeof userId !== 'string') return userId;
    return this.#afterLogin(userId, { api, application });
  }

  async signUp(email, password) {
    const name = email.toLowerCase();
    if (this.#credential(name)) return this.#failed('fs', 'user_exists');
    const { profile, error } = await this.#script('get_user', name);
    if (error) return this.#failed('fs', error.message);
    if (profile) return this.#failed('fs', 'user_exists');
    const userId = this.#store({ user_id: randomBytes(12).toString('hex'), email: name, email_verified: false }, password);
    this.#note('ss');
    return this.#afterLogin(userId, { application: this.connection.enabled_clients[0] });
  }

  /** "Forgot password": gives the ticket that the mail would carry, or nothing. The page says the same either way. */
  async forgotPassword(email) {
    const name = email.toLowerCase();
    const known = this.#credential(name);
    if (known) return { ticket: { known } };
    const { profile, error } = await this.#script('get_user', name);
    if (error) return this.#failed('fcpr', error.message);
    if (!profile) return this.#failed('fcpr', 'the user does not exist');
    this.#note('scpr');
    return { ticket: { name, profile } };
  }

  choosePassword({ known, name, profile }, password) {
    if (known) known.password = password;
    else this.resets.set(name, { profile, password });
    this.#note('scp');
  }

  /** The Management API's change of an address. */
  async changeEmail(userId, email) {
    const name = email.toLowerCase();
    if (this.#credential(name)) return this.#failed('fce', 'The specified new email already exists');
    const { profile, error } = await this.#script('get_user', name);
    if (error) return this.#failed('fce', error.message);
    if (profile) return this.#failed('fce', 'The specified new email already exists');
    this.credentials.get(userId).email = name;
    this.users.get(userId).email = name;
    this.#note('sce');
    return { ok: true };
  }

  deleteUser(userId) {
    this.users.delete(userId);
    this.credentials.delete(userId);
  }

  /** The next import ends between its two steps: credentials are kept, the rest of the profile is not. */
  interruptNextImport() {
    this.interrupted = true;
  }

  async #firstLogin(identifier, password) {
    const reset = this.resets.get(identifier.toLowerCase());
    if (reset?.password === password) {
      this.resets.delete(identifier.toLowerCase());
      return this.#store(reset.profile, password);
    }
    const { profile, error } = await this.#script('login', identifier, password);
    if (error?.name === 'WrongUsernameOrPasswordError') return this.#failed(error.user === 'null' ? 'fu' : 'fp', error.message || REFUSED.description);
    if (error || !profile) return this.#failed('f', error?.message ?? 'no profile');
    return this.#store(profile, password);
  }

  #script(name, ...args) {
    const context = this.connection.options.enable_script_context ? [{}] : [];
    return this.scripts.script(this.connection.options.customScripts[name], ...args, ...context);
  }

  #credential(name) {
    return [...this.credentials.values()].find((one) => one.email === name || one.username === name);
  }

  /** Gives the new user's id, or a failure. */
  #store({ user_id: id, app_metadata = {}, user_metadata = {}, ...rest }, password) {
    const userId = `auth0|${id}`;
    if (typeof id !== 'string' || !/^\S{1,255}$/.test(id)) return this.#failed('f', 'user_id is not valid');
    if (this.credentials.has(userId)) return this.#failed('f', 'a user with this user_id exists');
    if (RESERVED.some((name) => name in app_metadata)) return this.#failed('f', 'app_metadata holds a reserved name');
    const email = rest.email?.toLowerCase();
    const username = rest.username?.toLowerCase();
    this.credentials.set(userId, { user_id: userId, email, username, password });
    const whole = this.interrupted ? {} : { ...rest, app_metadata, user_metadata };
    this.users.set(userId, {
      app_metadata: {}, user_metadata: {}, ...whole, email, username, user_id: userId, logins: 0,
      identities: [{ connection: this.connection.name, provider: 'auth0', user_id: id, isSocial: false }],
    });
    if (!this.interrupted) return userId;
    this.interrupted = false;
    return this.#failed('f', 'interrupted');
  }

  async #afterLogin(userId, { api, application }) {
    const user = this.users.get(userId);
    user.logins += 1;
    const { effects, error } = await this.actions.action(this.action.code, {
      user: { ...user, logins: undefined }, stats: { logins_count: user.logins },
      connection: { id: 'con_0000000000000001', name: this.connection.name, strategy: 'auth0' },
      client: { name: application }, resource_server: api && { identifier: api.identifier },
      transaction: { protocol: 'oidc-basic-profile' }, request: { hostname: 'login.example.com' },
      secrets: Object.fromEntries(this.action.secrets.map(({ name, value }) => [name, value])),
    });
    // Written once, after all Actions; a refusal does not take them back.
    for (const { kind, args: [key, value] } of effects.filter((one) => one.kind !== 'deny')) user[kind][key] = value;
    if (error) return this.#failed('f', error.message);
    const denied = effects.find((one) => one.kind === 'deny');
    if (denied) return this.#failed('f', `access_denied: ${denied.args[0]}`);
    this.#note('s');
    const { key, url: issuer } = this.issuer;
    const token = api && userToken(key, { issuer, userId, audience: api.identifier, clientId: application });
    return { ok: true, user, token };
  }

  #note(type, description) {
    this.log.push({ type, description });
  }

  #failed(type, description) {
    this.#note(type, description);
    return { ok: false, type, description };
  }
}
