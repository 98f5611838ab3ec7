/**
 * Login: asks Narrowgate whether this is a legacy user's password. Auth0 calls it when nobody in the tenant has the
 * identifier; the profile it gives becomes an Auth0 user.
 *
 * Auth0 takes one function a file, so what the two scripts share stands in both. Once the connection passes a context,
 * that comes before the callback.
 */
async function login(identifier, password, contextOrCallback, callbackAfterContext) {
  const callback = callbackAfterContext ?? contextOrCallback;
  const { profile, code, failure } = await ask('/login', { identifier, password });
  if (profile) return callback(null, profile);
  // The gate also refuses what cannot be anybody's. It says the same of a request that was damaged on its way.
  const isNobodys = ['invalid_request', 'payload_too_large'].includes(code) && isNonsense();
  if (isNobodys || ['invalid_credentials', 'user_blocked'].includes(code)) {
    // Without a text of ours the page shows the tenant's own, so nobody learns which it was, nor who has migrated.
    return callback(new WrongUsernameOrPasswordError(identifier));
  }
  return callback(new Error(failure));

  /** What the gate refuses whoever sends it, as openapi.yaml tells it of names, passwords and bodies. */
  function isNonsense() {
    // The gate cuts what Unicode calls white space; `trim` goes by another list.
    const name = /\P{White_Space}(.*\P{White_Space})?/su.exec(identifier)?.[0] ?? '';
    // Names in several scripts need the joiners, and addresses have none.
    const shown = name.includes('@') ? name : name.replace(/\u200c|\u200d/g, '');
    // In UTF-8, where each byte beyond ASCII's is written %XX.
    const bytes = (text) => encodeURIComponent(text).replace(/%../g, '.').length;
    const isOdd = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(shown) || /[\0\p{Cs}]/u.test(password);
    return isOdd || !name || !password || bytes(name) > 320 || bytes(password) > 512 || bytes(JSON.stringify({ identifier, password })) > 8192;
  }

  // --- The same in login.js and get_user.js from here on ---

  /**
   * Asks the gate, within 9 of the 20 seconds that Auth0 gives a script, and never throws. Gives `{ profile }`, or a
   * `failure` whose text is one of a closed set, with the gate's `code` where it gave one. Asks once more when a
   * connection was refused or a token has expired, and while there is time when the gate has more work than it can do.
   */
  async function ask(path, question) {
    // Each with its only status: under another one it is not the gate that speaks.
    const statuses = {
      invalid_credentials: 403, user_blocked: 403, user_not_found: 404, ambiguous_user: 409, too_many_attempts: 429,
      overloaded: 503, unavailable: 503, missing_token: 401, invalid_token: 401, insufficient_scope: 403,
      invalid_request: 400, payload_too_large: 413, unsupported_media_type: 415, headers_too_large: 431,
      method_not_allowed: 405, no_such_endpoint: 404, internal_error: 500, invalid_user_record: 500, request_timeout: 408,
    };
    const disconnected = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
    if (!/^https:\/\//.test(configuration.API_URL)) return { failure: 'Narrowgate: API_URL is not an https address' };
    const end = Date.now() + 9000;
    const deadline = AbortSignal.timeout(9000);
    const trace = newTrace();
    let retry = true;
    for (;;) {
      let peer = 'The token endpoint';
      let pause = 200;
      try {
        const token = await accessToken();
        peer = 'Narrowgate';
        const response = await post(path, question, token, trace, deadline);
        const answer = await response.json();
        if (response.status === 200) return { profile: toProfile(answer) };
        if (statuses[answer.code] !== response.status) throw new Error('not an answer of the gate');
        if (answer.code === 'invalid_token' && retry && mayRenew(token)) {
          retry = false;
          continue;
        }
        // About as long as the gate says, but not everybody at the same time.
        const seconds = Number(response.headers.get('retry-after') ?? 1);
        pause = 1000 * (seconds > 0 ? seconds : 1) * (0.5 + Math.random());
        if (answer.code !== 'overloaded' || Date.now() + pause > end) return { code: answer.code, failure: `Narrowgate: ${answer.code}` };
      } catch (error) {
        const refused = disconnected.includes(error.cause?.code);
        if (!refused || !retry) return { failure: `${peer} ${describe(error, refused)}` };
        retry = false;
      }
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }

  // What an error says of itself may quote the answer or the question, so none of it is passed on.
  function describe(error, refused) {
    if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'did not answer in time';
    return refused || error.message === 'fetch failed' ? 'cannot be reached' : 'gave an unexpected answer';
  }

  function post(path, question, token, traceparent, signal) {
    return fetch(configuration.API_URL.replace(/\/+$/, '') + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, traceparent },
      body: JSON.stringify(question),
      redirect: 'manual', // or the password would follow it
      signal,
    });
  }

  /** W3C Trace Context: the gate's log tells these ids, and so does whatever stands between. They need to differ, no more. */
  function newTrace() {
    const digits = (count) => Array.from({ length: count }, () => Math.floor(Math.random() * 16).toString(16)).join('');
    return `00-${digits(32)}-${digits(16)}-01`;
  }

  /**
   * A token from the container's cache. However many calls need a new one, there is one request: each token counts
   * against the tenant's quota.
   */
  async function accessToken() {
    const cache = tokenCache();
    if (!(Date.now() < cache.renewAt)) {
      cache.request ??= requestToken(cache).finally(() => { cache.request = null; });
      await cache.request;
    }
    return cache.token;
  }

  function tokenCache() {
    const key = `narrowgate ${configuration.CLIENT_ID} ${configuration.AUDIENCE}`;
    return (global[key] ??= {});
  }

  async function requestToken(cache) {
    const { AUTH0_DOMAIN, AUDIENCE, CLIENT_ID, CLIENT_SECRET } = configuration;
    try {
      const response = await fetch(`https://${AUTH0_DOMAIN}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials', audience: AUDIENCE, scope: 'login:users read:users',
          client_id: CLIENT_ID, client_secret: CLIENT_SECRET,
        }),
        redirect: 'manual',
        signal: AbortSignal.timeout(4000),
      });
      const { access_token: token, expires_in: life } = await response.json();
      if (!response.ok || typeof token !== 'string' || !token || !(life > 0)) throw new Error('no token');
      const now = Date.now();
      // Renewed a minute before its end, so that none expires on its way.
      Object.assign(cache, { token, since: now, end: now + life * 1000, renewAt: now + Math.max(life - 60, life / 2) * 1000 });
    } catch (error) {
      if (!(Date.now() < cache.end)) throw error;
      cache.renewAt = Date.now() + 10000; // the old one still serves
    }
  }

  /** Whether a new token may help. One that is refused within a minute of its making would only be followed by more. */
  function mayRenew(refused) {
    const cache = tokenCache();
    if (cache.token !== refused) return true;
    if (Date.now() - cache.since < 60000) return false;
    cache.renewAt = 0;
    cache.end = 0;
    return true;
  }

  /** The one shape of a user for Auth0. Members by name: whatever else an answer held would be stored in the tenant. */
  function toProfile(user) {
    const members = {
      user_id: 'string', email: 'string', email_verified: 'boolean', username: 'string', phone_number: 'string', phone_verified: 'boolean',
      name: 'string', given_name: 'string', family_name: 'string', nickname: 'string', picture: 'string',
      user_metadata: 'object', app_metadata: 'object',
    };
    const always = ['user_id', 'user_metadata', 'app_metadata'];
    const profile = {};
    for (const [name, type] of Object.entries(members)) {
      const value = user[name];
      if (value === undefined && !always.includes(name)) continue;
      if (typeof value !== type || value === null || Array.isArray(value)) throw new Error('not a profile');
      profile[name] = value;
    }
    if (!profile.user_id) throw new Error('not a profile');
    // A connection without usernames may refuse a user who comes with one.
    if (configuration.USERNAMES !== 'true') delete profile.username;
    if (configuration.METADATA_NAME === 'metadata') {
      profile.metadata = profile.app_metadata;
      delete profile.app_metadata;
    }
    return profile;
  }
}
