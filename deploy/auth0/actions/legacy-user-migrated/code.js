/**
 * After a login: keeps users' tokens away from Narrowgate, and tells Narrowgate which legacy users have arrived, so that
 * its answers about them end. A user is asked about until the marker is set, and the marker is set only after Narrowgate
 * has answered, so whatever fails here is done at the next login. A fault never ends a login.
 */
const MARKER = 'legacy_migration';
// From the contract's app_metadata, true or 1. Whoever is blocked cannot log in with the legacy password, but could choose a
// new one by "forgot password".
const BLOCKED = 'legacy_blocked';
const TOKEN = 'narrowgate-token';
const REFUSED = 'refused';

exports.onExecutePostLogin = async (event, api) => {
  const { user, connection, secrets } = event;
  // The API refuses users by its own policy; this line holds if somebody changes that.
  if (event.resource_server?.identifier === secrets.AUDIENCE) {
    api.access.deny('end_users_not_allowed');
    return;
  }
  if (connection?.strategy !== 'auth0' || connection.name !== secrets.CONNECTION) return;
  if (user.app_metadata?.[BLOCKED]) {
    api.access.deny('user_blocked');
    return;
  }
  if (user.app_metadata?.[MARKER]) return;
  // The id of a linked account differs from the user's own, and only this one has no "auth0|" before it.
  const identity = user.identities?.find((one) => one.connection === secrets.CONNECTION);
  if (!identity) return;
  try {
    await migrate(identity, event, api);
  } catch (error) {
    // An error may quote the user, so only its kind is told.
    console.log(`Narrowgate: not marked, next login tries again (${error.reason ?? error.cause?.code ?? error.name})`);
  }
};

async function migrate(identity, { user, secrets }, api) {
  const legacyId = String(identity.user_id);
  const token = await accessToken(secrets, api);
  // An id alone marks and tells nothing: the profile is for who can name the user. A linked account has names of its own.
  const { email, username, phone_number: phone } = { ...user, ...identity.profileData };
  const identifier = email ?? username ?? phone;
  const response = await fetch(`${secrets.API_URL.replace(/\/+$/, '')}/mark_migrated`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ user_id: legacyId, identifier }),
    redirect: 'manual',
    signal: AbortSignal.timeout(4000),
  });
  const answer = await response.json();
  const at = new Date().toISOString();
  if (response.ok && answer.user_id === legacyId) {
    // A first login that was interrupted leaves a user without these. What is there already is newer than ours.
    addMissing(answer.app_metadata, user.app_metadata, (key, value) => api.user.setAppMetadata(key, value));
    addMissing(answer.user_metadata, user.user_metadata, (key, value) => api.user.setUserMetadata(key, value));
    api.user.setAppMetadata(MARKER, { status: 'migrated', at });
    if (answer.app_metadata?.[BLOCKED]) api.access.deny('user_blocked');
  } else if (response.status === 404 && answer.code === 'user_not_found') {
    api.user.setAppMetadata(MARKER, { status: 'not_legacy', at }); // signed up here
  } else {
    // A refused token is not replaced at once: each one counts against the tenant's quota.
    if (response.status === 401) api.cache.set(TOKEN, REFUSED, { ttl: 60000 });
    throw Object.assign(new Error(), { reason: `status ${response.status}` });
  }
}

function addMissing(values, present, set) {
  for (const [key, value] of Object.entries(values ?? {})) {
    if (present?.[key] === undefined) set(key, value);
  }
}

async function accessToken({ AUTH0_DOMAIN, AUDIENCE, CLIENT_ID, CLIENT_SECRET }, api) {
  const cached = api.cache.get(TOKEN);
  if (cached?.value === REFUSED) throw Object.assign(new Error(), { reason: 'token refused a moment ago' });
  if (cached) return cached.value;
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
  if (!response.ok || typeof token !== 'string') throw Object.assign(new Error(), { reason: `token status ${response.status}` });
  api.cache.set(TOKEN, token, { ttl: Math.max(life - 60, life / 2) * 1000 });
  return token;
}
