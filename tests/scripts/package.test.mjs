// The Debian package: what is in it, that it is the same when made again, and that it installs.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { program, root, work } from './support/files.mjs';
import { leftOutPrograms } from './support/packages.mjs';

const run = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1e9, stdio: ['ignore', 'pipe', 'pipe'] });

describe('the Debian package', { skip: leftOutPrograms('dpkg-deb', 'strip', 'gzip') }, () => {
  const folder = path.join(work, 'programs');
  const installed = path.join(work, 'installed');

  test('installs programs, units, manual and completions, and starts nothing', () => {
    mkdirSync(folder);
    const from = path.dirname(program);
    execFileSync(path.join(from, 'examples/manual'), [folder]);
    for (const name of ['narrowgate', 'narrowgate-migrate']) cpSync(path.join(from, name), path.join(folder, name));
    const file = run('scripts/package', folder, path.join(work, 'packages')).trim();
    assert.equal(run('scripts/package', folder, path.join(work, 'again')).trim().split('/').at(-1), path.basename(file));
    assert.deepEqual(readFileSync(path.join(work, 'again', path.basename(file))), readFileSync(file), 'made again, it is the same');

    for (const name of ['var/lib/dpkg/updates', 'var/lib/dpkg/info']) mkdirSync(path.join(installed, name), { recursive: true });
    execFileSync('touch', [path.join(installed, 'var/lib/dpkg/status'), path.join(installed, 'var/lib/dpkg/available')]);
    run('dpkg', '--force-not-root', '--force-depends', '--force-script-chrootless', '--log=/dev/null', `--root=${installed}`, '--install', file);
    assert.match(run('dpkg', `--admindir=${path.join(installed, 'var/lib/dpkg')}`, '--status', 'narrowgate'), /^Status: install ok installed$/m);
    for (const name of readdirSync(path.join(root, 'deploy/systemd'))) assert.ok(existsSync(path.join(installed, 'lib/systemd/system', name)), name);
    for (const name of ['narrowgate', 'narrowgate-migrate']) {
      assert.match(run(path.join(installed, 'usr/bin', name), '--version'), new RegExp(`^${name} \\d`));
      for (const shell of [`usr/share/bash-completion/completions/${name}`, `usr/share/fish/vendor_completions.d/${name}.fish`, `usr/share/zsh/vendor-completions/_${name}`]) {
        assert.ok(readFileSync(path.join(installed, shell), 'utf8').includes(name), shell);
      }
      // Each command has a page, as --help has it.
      const help = run(path.join(installed, 'usr/bin', name), '--help').split('Commands:')[1].split('Options:')[0];
      const commands = [...help.matchAll(/^ {2}([a-z]+)/gm)].map(([, command]) => command).filter((command) => command !== 'help');
      const pages = readdirSync(path.join(installed, 'usr/share/man/man1'));
      assert.deepEqual([name, ...commands.map((command) => `${name}-${command}`)].filter((page) => !pages.includes(`${page}.1.gz`)), []);
    }
    const pages = path.join(installed, 'usr/share/doc/narrowgate');
    assert.deepEqual(['copyright', 'sbom.cdx.json', 'SECURITY.md', 'examples'].filter((name) => !existsSync(path.join(pages, name))), []);
    // What the pages begin with: a configuration of each program, the contract, and the tenant's half.
    const examples = path.join(pages, 'examples');
    const begins = ['narrowgate.example.toml', 'narrowgate-migrate.example.toml', 'contract/mapping.example.toml', 'auth0/import', 'auth0-retired/database-connections'];
    assert.deepEqual(begins.filter((name) => !existsSync(path.join(examples, name))), []);
    assert.ok(!existsSync(path.join(examples, 'auth0/node_modules')));
    const control = run('dpkg-deb', '--ctrl-tarfile', file);
    assert.ok(!/postinst|preinst/.test(control), 'no script is run');
  });

  test('the completions are shell', { skip: leftOutPrograms('bash') }, () => {
    for (const name of ['narrowgate', 'narrowgate-migrate']) execFileSync('bash', ['-n', path.join(folder, `${name}.bash`)]);
  });
});
