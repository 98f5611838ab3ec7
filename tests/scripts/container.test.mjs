// The images: built without a registry from the static programs, twice alike, and run as their own user in a root that holds nothing else.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { program, root, work } from './support/files.mjs';
import { postgresql } from './support/legacy.mjs';
import { leftOutPrograms } from './support/packages.mjs';
import { World } from './support/world.mjs';

const context = path.join(work, 'build');
const storage = ['--root', path.join(work, 'storage'), '--runroot', path.join(work, 'storage-run'), '--storage-driver', 'vfs'];
const buildah = (...args) => execFileSync('buildah', [...storage, ...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Why not, or false. The program is linked statically by ./scripts/test. */
function leftOutHere() {
  const reason = leftOutPrograms('buildah', 'chroot', 'strip')
    || (process.getuid() !== 0 && 'only root may change its root')
    || (!/statically linked/.test(spawnSync('ldd', [program], { encoding: 'utf8' }).stdout) && 'the program is not linked statically: ./scripts/test does it');
  if (reason && process.env.CI) throw new Error(reason);
  return reason;
}

describe('the images', { skip: leftOutHere() }, () => {
  const images = {};
  before(() => {
    mkdirSync(path.join(context, 'out'), { recursive: true });
    for (const name of ['narrowgate', 'narrowgate-migrate']) {
      execFileSync('strip', ['-o', path.join(context, 'out', name), path.join(path.dirname(program), name)]);
      chmodSync(path.join(context, 'out', name), 0o755);
    }
    copyFileSync('/etc/ssl/certs/ca-certificates.crt', path.join(context, 'out/ca-certificates.crt'));
    execFileSync('install', ['-d', '-m', '1777', path.join(context, 'out/root/tmp')]);
    // The first stage compiles, on an image from a registry; here stands what it would make.
    const whole = readFileSync(path.join(root, 'deploy/Containerfile'), 'utf8');
    writeFileSync(path.join(context, 'Containerfile'), whole.replace(/^FROM docker\.io[^]*?(?=^FROM scratch)/m, ''));
  });
  after(() => { if (Object.keys(images).length) buildah('umount', '--all'); });

  const build = (target, tag) => buildah('build', '--isolation', 'chroot', '--target', target, '--timestamp', '0', '--no-cache', '--build-context',
    `build=${context}`, '--tag', tag, '--file', path.join(context, 'Containerfile'), '.');
  const inspect = (tag) => JSON.parse(buildah('inspect', '--type', 'image', tag));

  test('hold one program, run as nobody in particular, and are the same when built again', () => {
    for (const name of ['narrowgate', 'narrowgate-migrate']) {
      const [one, other] = ['one', 'other'].map((which) => { build(name, `${name}-${which}`); return inspect(`${name}-${which}`); });
      assert.equal(one.FromImageDigest, other.FromImageDigest);
      const { config } = one.OCIv1;
      assert.deepEqual([config.User, config.Entrypoint], ['65532:65532', [`/usr/bin/${name}`]]);
      for (const label of ['title', 'licenses', 'version', 'revision']) assert.ok(config.Labels[`org.opencontainers.image.${label}`], label);
      const container = buildah('from', `${name}-one`);
      const mounted = buildah('mount', container);
      const files = execFileSync('find', ['.', '!', '-type', 'd'], { cwd: mounted, encoding: 'utf8' }).trim().split('\n').sort();
      assert.deepEqual(files, ['./etc/group', './etc/nsswitch.conf', './etc/passwd', './etc/ssl/certs/ca-certificates.crt', `./usr/bin/${name}`]);
      assert.equal((statSync(path.join(mounted, 'tmp')).mode & 0o7777).toString(8), '1777');
      console.log(`${name}: ${(statSync(path.join(mounted, 'usr/bin', name)).size / 1e6).toFixed(1)} MB, a build for tests`);
      images[name] = mounted;
    }
  });

  const inside = (name, ...args) => ['chroot', ['--userspec=65532:65532', images[name], `/usr/bin/${name}`, ...args]];
  /** What every run-time of containers gives. */
  function mountDevices(image) {
    if (existsSync(path.join(image, 'dev'))) return;
    mkdirSync(path.join(image, 'dev'));
    // A static program asks the first whether the second is ready.
    for (const [name, minor] of [['random', '8'], ['urandom', '9']]) execFileSync('mknod', ['--mode=0666', path.join(image, 'dev', name), 'c', '1', minor]);
  }
  /** What a deployment mounts, at its own path. */
  function mountWork() {
    const image = images.narrowgate;
    mountDevices(image);
    const place = path.join(image, work);
    mkdirSync(place, { recursive: true });
    for (const name of readdirSync(work).filter((one) => /\.(pem|key|toml)$/.test(one))) {
      cpSync(path.join(work, name), path.join(place, name));
      chmodSync(path.join(place, name), 0o644);
    }
    for (const name of ['hosts', 'resolv.conf']) if (existsSync(`/etc/${name}`)) copyFileSync(`/etc/${name}`, path.join(image, 'etc', name));
  }

  test('SQLite, and all that the demonstration needs', async () => {
    mountDevices(images.narrowgate);
    const started = process.hrtime.bigint();
    const [command, args] = inside('narrowgate', 'demo');
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (part) => { said += part; });
    while (!said.includes('http://127.0.0.1:')) await once(child.stdout, 'data');
    console.log(`up after ${Number((process.hrtime.bigint() - started) / 1_000_000n)} ms`);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  test('a rehearsal with made-up users, as docs/operations.md has it', () => {
    mountDevices(images['narrowgate-migrate']);
    const guide = readFileSync(path.join(root, 'docs/operations.md'), 'utf8');
    const [, args] = guide.match(/^podman run --rm narrowgate-migrate (rehearse .*)$/m);
    const { status, stdout, stderr } = spawnSync(...inside('narrowgate-migrate', ...args.split(' ')), { encoding: 'utf8' });
    // 10: some of the users have a mistake.
    assert.equal(status, 10, stdout + stderr);
  });

  const skip = !process.env.NARROWGATE_TEST_POSTGRESQL && 'NARROWGATE_TEST_POSTGRESQL is not set; ./scripts/test sets it';
  test('serves logins over TLS, with PostgreSQL by its name', { skip }, async () => {
    const named = async () => {
      const legacy = await postgresql();
      return Object.assign(legacy, { url: legacy.url.replace('127.0.0.1', 'localhost') });
    };
    const launch = (file) => { mountWork(); return inside('narrowgate', 'serve', '--config', file); };
    const world = await World.start({ legacy: named, launch });
    try {
      const user = world.legacy.addUser();
      const login = await world.tenant.signIn(user.email, user.password);
      assert.ok(login.ok, login.description);
      assert.ok(world.marks().includes(user.id));
    } finally {
      await world.stop();
    }
  });
});
