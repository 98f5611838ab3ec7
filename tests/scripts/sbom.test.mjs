// The bill of materials and the page of licences: what is in them, both ways.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './support/files.mjs';
import { leftOut } from './support/packages.mjs';

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
    for (const { name, version, hashes } of bom.components) {
      assert.ok(lock.includes(`name = "${name}"\nversion = "${version}"\n`), name);
      // What lies in this repository has no digest there.
      assert.ok(hashes ? lock.includes(`checksum = "${hashes[0].content}"`) : name.startsWith('narrowgate-'), name);
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
