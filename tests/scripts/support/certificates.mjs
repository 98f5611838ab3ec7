// An authority of our own and one certificate for 127.0.0.1, made by OpenSSL. The tenant and the gate both show it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { work } from './files.mjs';

const SETTINGS = `[req]
distinguished_name = name
prompt = no
[name]
CN = narrowgate test authority
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1,DNS:localhost
`;

function make() {
  const file = (name) => path.join(work, name);
  const openssl = (...args) => execFileSync('openssl', args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
  writeFileSync(file('openssl.cnf'), SETTINGS);
  for (const name of ['ca', 'server']) {
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-out', `${name}.key`);
  }
  openssl('req', '-config', 'openssl.cnf', '-new', '-x509', '-extensions', 'authority', '-key', 'ca.key', '-days', '2', '-out', 'ca.pem');
  openssl('req', '-config', 'openssl.cnf', '-new', '-key', 'server.key', '-subj', '/CN=127.0.0.1', '-out', 'server.csr');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '1', '-days', '2',
    '-extfile', 'openssl.cnf', '-extensions', 'server', '-out', 'server.pem');
  return { authority: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
}

export const certificates = make();
