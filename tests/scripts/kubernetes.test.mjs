// The manifests: rendered by kustomize, held against Kubernetes' schemas, checkov's rules, Pod Security "restricted", and the gate's own configuration.
import { before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, work } from './support/files.mjs';
import { Gate } from './support/gate.mjs';
import { leftOutPrograms } from './support/packages.mjs';

const folder = path.join(root, 'deploy/kubernetes');
const kinds = ['base', 'overlays/cert-manager', 'overlays/external-secrets', 'overlays/prometheus-operator', 'import'];
/** Of operators; their schemas are not part of Kubernetes. */
const foreign = ['Certificate cert-manager.io/v1', 'ExternalSecret external-secrets.io/v1', 'PodMonitor monitoring.coreos.com/v1'];
const pythonTools = leftOutPrograms('kubernetes-validate', 'checkov');

describe('deploy/kubernetes', { skip: leftOutPrograms('kubectl') }, () => {
  const rendered = {};
  const objects = {};
  const file = (kind) => path.join(work, `${path.basename(kind)}.yaml`);
  before(async () => {
    const { parseAllDocuments } = await import('yaml');
    for (const kind of kinds) {
      rendered[kind] = execFileSync('kubectl', ['kustomize', path.join(folder, kind)], { encoding: 'utf8' });
      objects[kind] = parseAllDocuments(rendered[kind], { uniqueKeys: true }).map((one) => one.toJS());
      writeFileSync(file(kind), rendered[kind]);
    }
  });
  const find = (kind, name) => objects[kind].find((one) => one.kind === name);
  const pods = () => kinds.flatMap((kind) => objects[kind].filter((one) => one.spec?.template?.spec).map((one) => one.spec.template.spec));

  test('fits the schemas of Kubernetes, and a misspelt field does not', { skip: pythonTools }, () => {
    const validate = (name) => spawnSync('kubernetes-validate', ['--strict', '-k', '1.33', name], { encoding: 'utf8' });
    for (const kind of kinds) {
      const { status, stdout, stderr } = validate(file(kind));
      const said = stdout + stderr;
      const unknown = [...said.matchAll(/find schema for kind (\S+) with api version (\S+)/g)].map(([, name, version]) => `${name} ${version}`);
      assert.ok(unknown.every((one) => foreign.includes(one)), said);
      assert.ok(status === 0 || unknown.length > 0, said);
      assert.doesNotMatch(said, /ERROR/);
    }
    const wrong = path.join(work, 'wrong.yaml');
    writeFileSync(wrong, rendered.base.replace('enableServiceLinks', 'enableServiceLink'));
    assert.notEqual(validate(wrong).status, 0);
  });

  test('passes checkov, whose skips say why', { skip: pythonTools }, () => {
    const args = ['--framework', 'kubernetes', '--skip-download', '--quiet', '--compact', '--output', 'json', ...kinds.flatMap((kind) => ['--file', file(kind)])];
    const { status, stdout } = spawnSync('checkov', args, { encoding: 'utf8', maxBuffer: 1e8, env: { ...process.env, CHECKOV_RUN_SCA_PACKAGE_SCAN_V2: 'false' } });
    const { summary, results } = JSON.parse(stdout);
    assert.deepEqual(results.failed_checks.map((one) => `${one.check_id} ${one.resource}`), []);
    assert.ok(summary.passed > 150 && status === 0, JSON.stringify(summary));
  });

  test('pods are what Pod Security calls restricted', () => {
    assert.ok(pods().length >= 5);
    const volumes = ['configMap', 'secret', 'projected', 'emptyDir', 'downwardAPI', 'csi', 'persistentVolumeClaim', 'ephemeral'];
    for (const pod of pods()) {
      for (const name of ['hostNetwork', 'hostPID', 'hostIPC', 'hostUsers']) assert.ok(!pod[name], name);
      assert.deepEqual([pod.securityContext.runAsNonRoot, pod.securityContext.seccompProfile.type], [true, 'RuntimeDefault']);
      assert.ok(pod.securityContext.runAsUser > 0 && !pod.securityContext.sysctls);
      for (const volume of pod.volumes) assert.ok(volumes.includes(Object.keys(volume).find((key) => key !== 'name')), JSON.stringify(volume));
      for (const container of [...pod.containers, ...pod.initContainers ?? []]) {
        const { allowPrivilegeEscalation, capabilities, privileged, readOnlyRootFilesystem } = container.securityContext;
        assert.deepEqual([allowPrivilegeEscalation, capabilities, privileged ?? false, readOnlyRootFilesystem], [false, { drop: ['ALL'] }, false, true]);
        assert.ok(container.ports?.every((port) => !port.hostPort) ?? true);
        assert.match(container.image, /@sha256:/);
        assert.equal(container.env, undefined, 'no secret is an environment variable');
      }
      assert.equal(pod.automountServiceAccountToken, false);
    }
    for (const kind of ['base', 'import']) {
      assert.equal(find(kind, 'Namespace').metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
    }
  });

  test('the numbers fit one another: connections, memory, and the time to end', () => {
    const toml = readFileSync(path.join(folder, 'base/narrowgate.toml'), 'utf8');
    const value = (key) => Number(toml.match(new RegExp(`^${key} = "?(\\d+)`, 'm'))[1]);
    const { spec } = find('base', 'Deployment');
    const scaling = find('base', 'HorizontalPodAutoscaler').spec;
    const sql = readFileSync(path.join(root, 'deploy/contract/sample-postgresql.sql'), 'utf8');
    const allowed = Number(sql.match(/CONNECTION LIMIT (\d+)/)[1]);
    const most = (scaling.maxReplicas + spec.strategy.rollingUpdate.maxSurge) * (value('pool_size') + 1);
    assert.ok(most <= allowed, `${most} connections, and the contract allows ${allowed}`);
    assert.equal(value('instances'), scaling.minReplicas);
    assert.ok(find('base', 'PodDisruptionBudget').spec.minAvailable < scaling.minReplicas);
    const { containers: [gate], terminationGracePeriodSeconds: grace } = spec.template.spec;
    assert.equal(Number.parseInt(gate.resources.limits.memory, 10), value('max_memory_mib') + 256);
    assert.ok(grace > value('drain_delay') + value('shutdown_grace'));
  });

  test('the gate and the importer share no account and no secret', () => {
    const names = (kind) => [find(kind, 'ServiceAccount').metadata.name, find(kind, 'Namespace').metadata.name,
      ...pods().filter((pod) => pod.serviceAccountName === find(kind, 'ServiceAccount').metadata.name)
        .flatMap((pod) => pod.volumes.flatMap((volume) => volume.secret?.secretName ?? []))];
    assert.deepEqual(names('base').filter((name) => names('import').includes(name)), []);
  });

  test('a gate that starts while database and issuer are away passes the probes that would end it, and is not ready', async () => {
    const { containers: [{ startupProbe, livenessProbe, readinessProbe }] } = find('base', 'Deployment').spec.template.spec;
    const gate = new Gate({
      issuer: 'https://127.0.0.1:1/', audience: 'https://narrowgate.example.com/', databaseUrl: 'postgres://narrowgate_api:PASSWORD@127.0.0.1:1/app',
      settings: { management: { bind: '127.0.0.1:0' } },
    });
    await gate.start();
    try {
      const line = () => gate.lines.find((one) => one.includes('"management listening"'));
      while (!line()) await new Promise(setImmediate);
      const status = async (probe) => (await fetch(`http://${JSON.parse(line()).address}${probe.httpGet.path}`)).status;
      assert.deepEqual(await Promise.all([startupProbe, livenessProbe, readinessProbe].map(status)), [200, 200, 503]);
    } finally {
      await gate.stop();
    }
  });

  test('the configuration is one that the gate takes', () => {
    const { data } = find('base', 'ConfigMap');
    const toml = data['narrowgate.toml'];
    assert.doesNotMatch(toml, /password\s*=|secret\s*=/i);
    const keys = readFileSync(path.join(root, 'deploy/narrowgate.example.toml'), 'utf8');
    for (const [, key] of toml.matchAll(/^(\w+) = /gm)) assert.match(keys, new RegExp(`^(# )?${key.replace(/_file$/, '')} = `, 'm'), key);
  });
});
