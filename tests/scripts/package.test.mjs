// The bill of materials, the licences, and the Debian package: what is in them, and that the package installs.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { program, root, work } from './support/files.mjs';
import { leftOut, leftOutPrograms } from './support/packages.mjs';

const run = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1e9, stdio: ['ignore', 'pipe', 'pipe'] });

describe('the bill of materials', () => {
  const text = run('scripts/sbom', 'bom');
  const bom = JSON.parse(text);

  test('is valid CycloneDX', { skip: leftOut('@cyclonedx/cyclonedx-library') }, async () => {
    const { Validation, Spec } = await import('@cyclonedx/cyclonedx-library');
    const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
    assert.equal(fault, null);
    assert.notEqual(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text.replace('"purl"', '"pearl"')), null);
  });

  test('has what Cargo builds the programs of, both ways, each as Cargo.lock holds it', () => {
    const tree = run('cargo', 'tree', '--locked', '--edges', 'normal,build', '--prefix', 'none', '--target', 'x86_64-unknown-linux-gnu');
    const built = new Set(tree.split('\n').filter(Boolean).map((line) => line.split(' ').slice(0, 2).join(' ')));
    const listed = [bom.metadata.component, ...bom.components].map(({ name, version }) => `${name} v${version}`);
    assert.deepEqual(listed.filter((one) => !built.has(one)), []);
    assert.deepEqual([...built].filter((one) => !listed.includes(one)), []);
    const lock = readFileSync(path.join(root, 'Cargo.lock'), 'utf8');
    for (const { name, version, hashes: [{ content }] } of bom.components) {
      assert.ok(lock.includes(`name = "${name}"\nversion = "${version}"\n`) && lock.includes(`checksum = "${content}"`), name);
    }
  });

  test('names a licence for each, and its text is in the page of licences', () => {
    const page = run('scripts/sbom', 'licences');
    for (const { name, version, licenses } of bom.components) {
      assert.ok(licenses?.[0].expression, name);
      assert.ok(page.includes(`${name} ${version}: `), name);
    }
    assert.match(page, /Permission is hereby granted, free of charge/);
  });
});

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
    const own = readdirSync(path.join(installed, 'usr/share/doc/narrowgate'));
    assert.deepEqual(['copyright', 'sbom.cdx.json', 'SECURITY.md', 'examples'].filter((name) => !own.includes(name)), []);
    const control = run('dpkg-deb', '--ctrl-tarfile', file);
    assert.ok(!/postinst|preinst/.test(control), 'no script is run');
  });

  test('the completions are shell', { skip: leftOutPrograms('bash') }, () => {
    for (const name of ['narrowgate', 'narrowgate-migrate']) execFileSync('bash', ['-n', path.join(folder, `${name}.bash`)]);
  });
});
