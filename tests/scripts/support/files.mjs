// Where things are, and a folder for what a test run makes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
export const deployFolder = path.join(root, 'deploy/auth0');
export const retiredFolder = path.join(root, 'deploy/auth0-retired');

/** A folder that goes when this process does. */
export const work = mkdtempSync(path.join(tmpdir(), 'narrowgate-scripts-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/** The program under test: built by cargo beforehand, or the one that NARROWGATE_TEST_PROGRAM names. */
export const program = process.env.NARROWGATE_TEST_PROGRAM
  ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug/narrowgate');
