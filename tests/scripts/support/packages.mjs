// The tests' npm packages, and what happens where they cannot be had.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './files.mjs';

const folders = ['tests/scripts', 'deploy/auth0'];

/** False where a package is installed. Otherwise the reason to skip; in CI, where all must run, an error. */
export function leftOut(name) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) return `${name} needs Node.js 20.19, and this is ${process.version}`;
  if (folders.some((folder) => existsSync(path.join(root, folder, 'node_modules', name, 'package.json')))) return false;
  const reason = `${name} is not installed: ./scripts/test does it`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}

// The programs that ./scripts/test unpacks or installs for itself.
process.env.PATH += ['target/tools/bin', 'target/tools/python/bin'].map((folder) => `:${path.join(root, folder)}`).join('');

/** The same for programs. */
export function leftOutPrograms(...names) {
  const there = (name) => process.env.PATH.split(':').some((folder) => existsSync(path.join(folder, name)));
  const missing = names.filter((name) => !there(name));
  if (!missing.length) return false;
  const reason = `${missing.join(', ')} cannot be had here: ./scripts/test installs what it can`;
  if (process.env.CI) throw new Error(reason);
  return reason;
}
