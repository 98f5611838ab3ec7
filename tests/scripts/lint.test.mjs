// ESLint's recommended rules over everything that Auth0 will run, and over these tests.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { root } from './support/files.mjs';
import { leftOut } from './support/packages.mjs';

const readable = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']));
/** Built into Auth0's run-time, and into Node.js. */
const builtIn = readable('fetch', 'AbortSignal', 'URL', 'URLSearchParams', 'console', 'setTimeout', 'clearTimeout', 'global');
const node = readable('AbortController', 'Blob', 'Buffer', 'FormData', 'Headers', 'Request', 'Response', 'TextDecoder', 'TextEncoder',
  'clearInterval', 'performance', 'process', 'queueMicrotask', 'setImmediate', 'setInterval', 'structuredClone');

test('everything passes ESLint', { skip: leftOut('eslint') }, async () => {
  const { ESLint } = await import('eslint');
  const { default: js } = await import('@eslint/js');
  const script = (files, globals, sourceType = 'script') => ({ files, languageOptions: { ecmaVersion: 2022, sourceType, globals } });
  const entrance = { 'no-unused-vars': ['error', { varsIgnorePattern: '^(login|getUser)$' }] };
  const scripts = ['deploy/auth0*/database-connections/**/*.js'];
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: [
      { ignores: ['**/node_modules'] },
      js.configs.recommended,
      { rules: { eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error' } },
      {
        ...script(scripts, { ...builtIn, ...readable('configuration', 'WrongUsernameOrPasswordError') }),
        rules: entrance,
      },
      script(['deploy/auth0/actions/**/*.js'], builtIn, 'commonjs'),
      script(['deploy/auth0/import', 'deploy/auth0/*.js', 'scripts/sbom'], { ...builtIn, ...node, ...readable('__dirname') }, 'commonjs'),
      script(['tests/scripts/**/*.cjs'], { ...builtIn, ...node }, 'commonjs'),
      {
        files: ['tests/scripts/**/*.mjs'], languageOptions: { ecmaVersion: 2025, globals: { ...builtIn, ...node } },
        rules: { 'no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }] },
      },
    ],
  });
  const results = await eslint.lintFiles(['deploy/auth0/import', 'scripts/sbom', 'deploy/auth0*/**/*.js', 'tests/scripts/**/*.{mjs,cjs}']);
  assert.ok(results.length > 15, `${results.length} files`);
  const formatter = await eslint.loadFormatter('stylish');
  assert.equal(results.reduce((sum, one) => sum + one.errorCount + one.warningCount, 0), 0, await formatter.format(results));
});
