// The tests' npm packages, and what happens where they cannot be had.
import { existsSync } from 'node:fs';

const folder = new URL('../node_modules/', import.meta.url);

/** False where a package is installed. Otherwise the reason to skip; in CI, where all must run, an error. */
export function leftOut(name) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) return `${name} needs Node.js 20.19, and this is ${process.version}`;
  if (existsSync(new URL(`${name}/package.json`, folder))) return false;
  const reason = `${name} is not installed: npm ci --prefix tests/scripts`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}
