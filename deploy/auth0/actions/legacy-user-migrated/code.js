/**
 * After a login: keeps users' tokens away from Narrowgate and blocked users out, and tells Narrowgate which legacy users
 * have arrived, so that its answers about them end. A user is asked about until the marker is set, and the marker is set
 * only after Narrowgate has answered, so whatever fails here is done at the next login. A fault never ends a login.
 */
const MARKER = 'legacy_migration';
// In app_metadata of whoever the legacy system has blocked. Such a user cannot log in with the legacy password, but could
// choose a new one by "forgot password".
const BLOCKED = 'legacy_blocked';
// The user may see these.
const NOT_FOR_USERS = 'This service is not open to users. Please contact support.';
const IS_BLOCKED = 'Your account is blocked. Please contact support.';
const SECRETS = ['AUTH0_DOMAIN', 'AUDIENCE', 'API_URL', 'CONNECTION', 'CLIENT_ID', 'CLIENT_SECRET'];

exports.onExecutePostLogin = async ({ user, connection, resource_server: service, secrets: given, transaction }, api) => {
  // What the deploy tool had no value for is no secret.
  const secrets = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value && !value.startsWith('@')));
  // The API refuses users by its own policy; this line holds if somebody changes that.
  if (secrets.AUDIENCE && service?.identifier === secrets.AUDIENCE) {
    api.access.deny(NOT_FOR_USERS);
    return;
  }
  const seen = user.app_metadata?.[MARKER];
  const isOurs = connection?.strategy === 'auth0' && connection.name === (secrets.CONNECTION ?? connection.name);
  // The id of a linked account differs from the user's own, and only this one has no "auth0|" before it.
  const identity = isOurs && user.identities?.find((one) => one.connection === connection.name);
  let known;
  if (identity && !['migrated', 'not_legacy'].includes(seen?.status)) {
    try {
      known = await migrate(identity, user, { secrets, api, transaction });
    } catch (error) {
      // An error may quote the user, so only its kind is told.
      console.log(`Narrowgate: not marked, next login tries again (${error.reason ?? error.cause?.code ?? error.name})`);
    }
  }
  // Whichever connection let the user in. A first login that was interrupted leaves a user without this.
  const blocked = user.app_metadata?.[BLOCKED] ?? known?.[BLOCKED];
  if (!blocked) return;
  // Tells `migrate` that the user was kept out once, so that who is let in meanwhile does not meet the block again.
  if (!known && !seen) api.user.setAppMetadata(MARKER, { status: 'blocked', at: new Date().toISOString() });
  api.access.deny(IS_BLOCKED);
};

/** Marks the user, and gives the app_metadata that Auth0 is to have. */
async function migrate(identity, user, { secrets, api, transaction }) {
  const missing = SECRETS.filter((name) => !secrets[name]);
  if (missing.length) throw Object.assign(new Error(), { reason: `the Action lacks ${missing.join(' ')}` });
  const legacyId = String(identity.user_id);
  // An id alone marks and tells nothing: the profile is for who can name the user. A linked account has names of its own.
  const { email, username, phone_number: phone } = { ...user, ...identity.profileData };
  const { status, answer } = await mark({ user_id: legacyId, identifier: email ?? username ?? phone }, traces(transaction), secrets, api);
  const at = new Date().toISOString();
  if (status === 404 && answer.code === 'user_not_found') {
    api.user.setAppMetadata(MARKER, { status: 'not_legacy', at }); // signed up here
    return {};
  }
  if (status !== 200 || answer.user_id !== legacyId) throw Object.assign(new Error(), { reason: `status ${status}` });
  const { ...known } = answer.app_metadata;
  // Whoever was kept out once is let in here, by taking this away.
  if (user.app_metadata?.[MARKER]) delete known[BLOCKED];
  // A first login that was interrupted leaves a user without these. What is there already is newer than ours.
  addMissing(known, user.app_metadata, (key, value) => api.user.setAppMetadata(key, value));
  addMissing(answer.user_metadata, user.user_metadata, (key, value) => api.user.setUserMetadata(key, value));
  api.user.setAppMetadata(MARKER, { status: 'migrated', at });
  return known;
}

function addMissing(values, present, set) {
  for (const [key, value] of Object.entries(values ?? {})) {
    if (present?.[key] === undefined) set(key, value);
  }
}

/** What leads from a line of the gate's log to this login: W3C Trace Context, and the application's own id where it gave one. */
function traces(transaction) {
  const digits = (count) => Array.from({ length: count }, () => Math.floor(Math.random() * 16).toString(16)).join('');
  const correlation = transaction?.correlation_id;
  return {
    traceparent: `00-${digits(32)}-${digits(16)}-01`,
    // Anything else could not be sent, and would end the mark.
    ...(/^[-\w.*~+/:]{1,64}$/.test(correlation ?? '') && { 'x-correlation-id': correlation }),
  };
}

/** Asks once more where the key that signed the token was revoked. */
async function mark(question, traced, secrets, api) {
  const deadline = AbortSignal.timeout(5000);
  for (let retry = true; ; retry = false) {
    const token = await accessToken(secrets, api);
    const response = await fetch(`${secrets.API_URL.replace(/\/+$/, '')}/mark_migrated`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...traced },
      body: JSON.stringify(question),
      redirect: 'manual',
      signal: deadline,
    });
    const answer = await response.json();
    if (!(answer?.code === 'invalid_token' && retry && mayRenew(token))) return { status: response.status, answer };
  }
}

/**
 * The token of this instance. However many logins need a new one, there is one request: each token counts against the
 * tenant's quota.
 */
const held = {};

async function accessToken(secrets, api) {
  if (!(Date.now() < held.renewAt)) {
    held.request ??= newToken(secrets, api).finally(() => { held.request = null; });
    await held.request;
  }
  return held.token;
}

/** From api.cache, where another instance may have left one, or from Auth0. */
async function newToken({ AUTH0_DOMAIN, AUDIENCE, CLIENT_ID, CLIENT_SECRET }, api) {
  const key = `narrowgate ${CLIENT_ID}`;
  const shared = JSON.parse(api.cache.get(key)?.value ?? '{}');
  if (Date.now() < shared.renewAt && shared.token !== held.refused) {
    Object.assign(held, shared);
    return;
  }
  try {
    const response = await fetch(`https://${AUTH0_DOMAIN}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials', audience: AUDIENCE, scope: 'mark:users',
        client_id: CLIENT_ID, client_secret: CLIENT_SECRET,
      }),
      redirect: 'manual',
      signal: AbortSignal.timeout(4000),
    });
    const { access_token: token, expires_in: life } = await response.json();
    if (!response.ok || typeof token !== 'string' || !(life > 0)) {
      throw Object.assign(new Error(), { reason: `token status ${response.status}` });
    }
    const now = Date.now();
    // Renewed a minute before its end, so that none expires on its way.
    const fresh = { token, since: now, end: now + life * 1000, renewAt: now + Math.max(life - 60, life / 2) * 1000 };
    Object.assign(held, fresh);
    api.cache.set(key, JSON.stringify(fresh), { ttl: Math.min(life * 1000, 86400000) });
  } catch (error) {
    if (!(Date.now() < held.end)) throw error;
    held.renewAt = Date.now() + 10000; // the old one still serves
  }
}

/** Whether a new token may help. One that is refused within a minute of its making would only be followed by more. */
function mayRenew(refused) {
  if (held.token !== refused) return true;
  if (Date.now() - held.since < 60000) return false;
  Object.assign(held, { renewAt: 0, end: 0, refused });
  return true;
}
