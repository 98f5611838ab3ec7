// The manifests: rendered by kustomize, held against Kubernetes' schemas, checkov's rules, Pod Security "restricted", and the gate's own configuration.
import { before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { program, root, work } from './support/files.mjs';
import { Gate } from './support/gate.mjs';
import { leftOutPrograms } from './support/packages.mjs';

const folder = path.join(root, 'deploy/kubernetes');
const kinds = ['base', 'overlays/cert-manager', 'overlays/external-secrets', 'overlays/prometheus-operator', 'import-namespace', 'import', 'verify'];
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
    assert.ok(pods().length >= 6);
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
    for (const kind of ['base', 'import-namespace']) {
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
    assert.deepEqual([names('base').length, names('import-namespace').length], [10, 4]);
    assert.deepEqual(names('base').filter((name) => names('import-namespace').includes(name)), []);
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

  describe('the import', () => {
    const jobs = ['import', 'verify'];
    const job = (kind) => find(kind, 'Job').spec;

    test('its volume stays closed to others at each mount, and keeps one run for all Jobs', () => {
      // Kubelets before 1.32 give a volume of another mode to no group.
      assert.deepEqual(find('import-namespace', 'PersistentVolumeClaim').spec.accessModes, ['ReadWriteOnce']);
      const places = jobs.map((kind) => {
        const { securityContext, volumes, containers: [{ args, volumeMounts }] } = job(kind).template.spec;
        assert.equal(securityContext.fsGroupChangePolicy, 'OnRootMismatch');
        const { name, persistentVolumeClaim } = volumes.find((volume) => volume.persistentVolumeClaim);
        const { mountPath } = volumeMounts.find((mount) => mount.name === name);
        const run = args[args.indexOf('--run') + 1];
        // Not the volume's root, whose mode is the group's.
        assert.equal(path.dirname(run), mountPath);
        return [persistentVolumeClaim.claimName, run, securityContext.runAsUser];
      });
      assert.deepEqual(places[1], places[0]);
      assert.equal(places[0][0], find('import-namespace', 'PersistentVolumeClaim').metadata.name);
    });

    test('what deletes a Job deletes neither the journal nor the namespace', () => {
      for (const kind of jobs) assert.deepEqual(objects[kind].map((one) => one.kind).sort(), ['ConfigMap', 'Job']);
      assert.notEqual(find('verify', 'Job').metadata.name, find('import', 'Job').metadata.name);
    });

    test('a pod that has to leave its node is no failed try, and findings end the Job', () => {
      for (const kind of jobs) {
        const [findings, moved] = job(kind).podFailurePolicy.rules;
        assert.deepEqual([findings.action, findings.onExitCodes.values], ['FailJob', [2, 10, 11]]);
        assert.equal(findings.onExitCodes.containerName, job(kind).template.spec.containers[0].name);
        assert.deepEqual([moved.action, moved.onPodConditions], ['Ignore', [{ type: 'DisruptionTarget', status: 'True' }]]);
      }
    });

    test('a program whose root is read-only has a place for temporary files', () => {
      for (const kind of jobs) assert.ok(job(kind).template.spec.containers[0].volumeMounts.some((mount) => mount.mountPath === '/tmp'), kind);
    });

    test('its arguments are those of the program, and its configuration is one', () => {
      const { data } = find('import', 'ConfigMap');
      const keys = readFileSync(path.join(root, 'deploy/narrowgate-migrate.example.toml'), 'utf8');
      for (const [, key] of data['narrowgate-migrate.toml'].matchAll(/^(?:# )?(\w+) = /gm)) {
        assert.match(keys, new RegExp(`^(# )?${key.replace(/_file$/, '')} = `, 'm'), key);
      }
      const migrate = path.join(path.dirname(program), 'narrowgate-migrate');
      const folder = path.join(work, 'import');
      mkdirSync(folder);
      for (const [name, text] of Object.entries(data)) writeFileSync(path.join(folder, name), text);
      for (const kind of jobs) {
        const args = job(kind).template.spec.containers[0].args.map((one) => one.replace('/etc/narrowgate', folder).replace('/var/lib/narrowgate', folder));
        const { status, stderr } = spawnSync(migrate, args, { encoding: 'utf8', timeout: 60_000 });
        // The secrets are the Secret's, and are not here.
        assert.match(stderr, /database\.url_file/, `${kind}: ${stderr}`);
        assert.equal(status, 2);
      }
    });
  });

  test('docs/operations.md names folders that are there, and Jobs and files as the manifests have them', () => {
    const guide = readFileSync(path.join(root, 'docs/operations.md'), 'utf8').split('\n## Kubernetes\n')[1].split('\n## ')[0];
    const [commands] = guide.match(/^```sh\n[^]*?^```$/m);
    for (const [, kind] of commands.matchAll(/--kustomize deploy\/kubernetes\/(\S+)/g)) assert.ok(kinds.includes(kind), kind);
    const names = ['import', 'verify'].map((kind) => find(kind, 'Job').metadata.name);
    for (const [, name] of commands.matchAll(/\bjob[ /](\S+)/g)) assert.ok(names.includes(name), name);
    const namespaces = new Set([...commands.matchAll(/--namespace (\S+)/g)].map(([, name]) => name));
    assert.deepEqual([...namespaces], [find('import-namespace', 'Namespace').metadata.name]);
    const secret = find('import', 'Job').spec.template.spec.volumes.find((volume) => volume.secret).secret.secretName;
    assert.ok(commands.includes(`secret generic ${secret} `));
    const { data } = find('import', 'ConfigMap');
    const wanted = [...data['narrowgate-migrate.toml'].matchAll(/^\w+_file = "\/run\/narrowgate\/secrets\/(.*)"$/gm)].map(([, name]) => name);
    assert.deepEqual([...commands.matchAll(/--from-file=(\S+)/g)].map(([, name]) => name), wanted);
    for (const [, run] of commands.matchAll(/--run (\S+)/g)) assert.ok(find('import', 'Job').spec.template.spec.containers[0].args.includes(run), run);
  });

  test('the configuration is one that the gate takes', () => {
    const { data } = find('base', 'ConfigMap');
    const toml = data['narrowgate.toml'];
    assert.doesNotMatch(toml, /password\s*=|secret\s*=/i);
    const keys = readFileSync(path.join(root, 'deploy/narrowgate.example.toml'), 'utf8');
    for (const [, key] of toml.matchAll(/^(\w+) = /gm)) assert.match(keys, new RegExp(`^(# )?${key.replace(/_file$/, '')} = `, 'm'), key);
  });
});
