// The sandbox of these tests finds what Auth0 would find.
import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Container } from './support/container.mjs';

describe('the sandbox', () => {
  const container = new Container({ configuration: { NAME: 'value' }, limit: 1000 });
  after(() => container.stop());
  const faults = () => container.faults.splice(0);

  test('gives what a script calls back with', async () => {
    assert.deepEqual(await container.script('function f(a, b, callback) { callback(null, { a, b }); }', 1, 2), { profile: { a: 1, b: 2 } });
    assert.deepEqual(await container.script('function f(callback) { callback(); }'), { profile: null });
    assert.deepEqual(await container.script("function f(callback) { callback(new WrongUsernameOrPasswordError(null, 'no')); }"),
      { error: { name: 'WrongUsernameOrPasswordError', message: 'no', user: 'null' } });
    const thrown = await container.script("async function f() { throw new ValidationError('user_exists', 'no'); }");
    assert.equal(thrown.error.name, 'ValidationError');
    assert.deepEqual(faults(), []);
  });

  test('takes one function a file', async () => {
    await assert.doesNotReject(container.script('// a comment\nfunction f(callback) { callback(); } // and one more'));
    assert.equal((await container.script('const a = 1;\nfunction f(callback) { callback(); }')).error.name, 'SyntaxError');
  });

  test('detects a second callback', async () => {
    await container.script('function f(callback) { callback(null); callback(null); }');
    await container.script("async function f(callback) { callback(null); throw new Error('late'); }");
    await container.script('function f(callback) { callback(null); }');
    assert.deepEqual(faults(), ['callback called more than once', 'thrown after the callback: late']);
  });

  test('ends a script that takes too long, and forgets what the container knew', async () => {
    const kept = () => container.script('function f(callback) { callback(null, { kept: typeof global.kept }); }');
    await container.script('function f(callback) { global.kept = 1; callback(null); }');
    assert.deepEqual(await kept(), { profile: { kept: 'number' } });
    assert.match((await container.script('function f() { for (;;); }')).error.message, /exceeded allowed execution time/);
    assert.deepEqual(await kept(), { profile: { kept: 'undefined' } });
    assert.deepEqual(faults(), ['time limit exceeded']);
  });

  test('holds the configuration still and has no modules', async () => {
    const script = `function f(callback) {
      try { configuration.NAME = 'other'; } catch (error) { /* in strict mode */ }
      let module = null;
      try { module = require('fs'); } catch (error) { /* as it should be */ }
      console.log('seen');
      callback(null, { name: configuration.NAME, module, process: typeof process });
    }`;
    assert.deepEqual(await container.script(script), { profile: { name: 'value', module: null, process: 'undefined' } });
    assert.deepEqual(container.lines, ['seen']);
  });
});
