// The inside of a container: runs in a process of its own, where a script finds what Auth0's run-time gives it and nothing
// else. Talks to container.mjs.
'use strict';
const vm = require('node:vm');

class WrongUsernameOrPasswordError extends Error {
  constructor(userId, message) { super(message); this.name = 'WrongUsernameOrPasswordError'; this.user = userId; }
}
class ValidationError extends Error {
  constructor(code, message) { super(message); this.name = 'ValidationError'; this.code = code; }
}
class UnauthorizedError extends Error {
  constructor(message) { super(message); this.name = 'UnauthorizedError'; }
}

const send = (message) => process.send(message);
const print = (...words) => send({ line: words.map(String).join(' ') });
const clock = { ahead: 0 };
const cache = new Map();
let context;

function open(configuration) {
  context = vm.createContext({
    fetch, AbortSignal, AbortController, URL, URLSearchParams, Headers, Request, Response, FormData, Blob, TextEncoder, TextDecoder,
    Buffer, structuredClone, performance, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, queueMicrotask,
    WrongUsernameOrPasswordError, ValidationError, UnauthorizedError,
    console: { log: print, info: print, warn: print, error: print, debug: print },
    require: (name) => { throw new Error(`${name}: this sandbox has no modules`); },
  });
  context.global = context;
  if (configuration) {
    Object.defineProperty(context, 'configuration', { value: Object.freeze({ ...configuration }), writable: false });
  }
  vm.runInContext('(clock) => { const now = Date.now; Date.now = () => now() + clock.ahead; }', context)(clock);
}

const compiled = new Map();
function compile(code, text) {
  if (!compiled.has(code)) compiled.set(code, vm.runInContext(text, context));
  return compiled.get(code);
}

const describe = ({ name, message, user, code }) => ({ name, message, user: user === undefined ? undefined : String(user), code });

/** A database script is one function, with the callback last. */
async function runScript({ code, args }) {
  let calls = 0;
  return new Promise((resolve) => {
    const callback = (error, profile) => {
      calls += 1;
      if (calls > 1) send({ fault: 'callback called more than once' });
      // As over a wire: what is not JSON does not arrive.
      else resolve(error ? { error: describe(error) } : { profile: profile ? JSON.parse(JSON.stringify(profile)) : null });
    };
    const fail = (error) => {
      if (calls) send({ fault: `thrown after the callback: ${error.message}` });
      else resolve({ error: describe(error) });
    };
    try {
      const script = compile(code, `(${code}\n)`);
      Promise.resolve(script(...args, callback)).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** The parts of `api` that a post-login Action may use; what they do to the user is done by the tenant afterwards. */
function actionApi(effects) {
  const note = (kind) => (...args) => { effects.push({ kind, args: JSON.parse(JSON.stringify(args)) }); };
  return {
    access: { deny: note('deny') },
    user: { setAppMetadata: note('app_metadata'), setUserMetadata: note('user_metadata') },
    cache: {
      get(key) {
        const record = cache.get(key);
        return record && record.expires_at > Date.now() + clock.ahead ? { ...record } : undefined;
      },
      set(key, value, { ttl = 900_000 } = {}) {
        if (typeof value !== 'string' || Buffer.byteLength(value) > 4096) return { type: 'error', code: 'ItemSizeLimitExceeded' };
        if (Buffer.byteLength(key) > 64 || ttl > 86_400_000) return { type: 'error', code: 'CacheLimitExceeded' };
        cache.set(key, { value, expires_at: Date.now() + clock.ahead + ttl });
        return { type: 'success' };
      },
      delete(key) { return cache.delete(key) ? { type: 'success' } : { type: 'error', code: 'CacheKeyDoesNotExist' }; },
    },
  };
}

// What stands outside of an Action's function runs once an instance.
const loaded = new Map();
function load(code) {
  if (!loaded.has(code)) {
    const module = { exports: {} };
    compile(code, `(function (exports, module) {${code}\n})`)(module.exports, module);
    loaded.set(code, module);
  }
  return loaded.get(code);
}

async function runAction({ code, event }) {
  const effects = [];
  try {
    const module = load(code);
    await module.exports.onExecutePostLogin(event, actionApi(effects));
    return { effects };
  } catch (error) {
    return { effects, error: describe(error) };
  }
}

process.on('message', async (message) => {
  const { id, kind } = message;
  if (kind === 'open') open(message.configuration);
  else if (kind === 'advance') clock.ahead += message.milliseconds;
  else send({ id, outcome: await (kind === 'script' ? runScript(message) : runAction(message)) });
});
process.on('unhandledRejection', (error) => send({ fault: `unhandled rejection: ${error?.message}` }));
process.on('disconnect', () => process.exit());
