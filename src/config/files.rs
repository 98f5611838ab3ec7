//! Files that the configuration names: certificates, keys and secrets.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::Secret;
use super::reader::Reader;

const DECRYPT: &str =
    "decrypt it: openssl pkey -in ENCRYPTED -out KEY, in a file that the service alone can read";

/// Whether a PEM text is a private key under a passphrase (RFC 5958 section 3, RFC 1421 section 4.6.1.1).
fn is_encrypted(pem: &str) -> bool {
    pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || pem.contains("Proc-Type: 4,ENCRYPTED")
}

/// What should be known of a file that every account can read.
pub(super) fn world_readable(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    let caution = || format!("{} can be read by every account; chmod 0640 it", path.display());
    (mode & 0o004 != 0).then(caution)
}

/// The certificates in a PEM file, of which there is one at least.
///
/// # Errors
/// What is wrong with the file. Whoever asks knows the key of the configuration, and the remedy.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let found = read().map_err(|error| error.to_string())?;
    if found.is_empty() { Err("no certificate in it".to_owned()) } else { Ok(found) }
}

/// The private key in a PEM file.
///
/// # Errors
/// As [`certificates`].
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    if text.is_ok_and(|text| is_encrypted(&text)) {
        return Err("it is encrypted with a passphrase, which nobody types here".to_owned());
    }
    PrivateKeyDer::from_pem_file(path).map_err(|error| error.to_string())
}

impl Reader {
    /// The path of a file that can be read now.
    pub(super) fn file(&mut self, key: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.text(key)?);
        self.files.push(path.clone());
        match std::fs::File::open(&path) {
            Ok(_) => Some(path),
            Err(error) => {
                let cause = format!("{} cannot be read: {error}", path.display());
                self.fault(key, &cause, "name a PEM file that the service account can read");
                None
            }
        }
    }

    /// A file in PEM form (RFC 7468) that holds something with this label.
    pub(super) fn pem(&mut self, key: &str, label: &str) -> Option<PathBuf> {
        let path = self.file(key)?;
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if text.contains("-----BEGIN ") && text.contains(&format!("{label}-----")) {
            return Some(path);
        }
        let cause = format!("{} holds no {}", path.display(), label.to_lowercase());
        self.fault(key, &cause, "name a file in PEM form");
        None
    }

    /// A certificate and its private key, both or neither.
    pub(super) fn pair(&mut self, certificate: &str, key: &str) -> Option<(PathBuf, PathBuf)> {
        if self.has(certificate) != self.has(key) {
            let (given, missing) =
                if self.has(key) { (key, certificate) } else { (certificate, key) };
            self.fault(
                missing,
                &format!("is missing, and {given} is given"),
                "give both, as PEM files",
            );
        }
        let chain = self.pem(certificate, "CERTIFICATE");
        let private_key = self.private_key(key);
        Some((chain?, private_key?))
    }

    /// A private key in PEM form that can be used without a passphrase.
    pub(super) fn private_key(&mut self, key: &str) -> Option<PathBuf> {
        let path = self.pem(key, "PRIVATE KEY")?;
        self.warn_if_world_readable(key, &path);
        let text = Zeroizing::new(std::fs::read_to_string(&path).unwrap_or_default());
        if is_encrypted(&text) {
            let cause = format!("{} is encrypted with a passphrase", path.display());
            self.fault(key, &cause, DECRYPT);
            return None;
        }
        Some(path)
    }

    /// A secret, written in place or, as `KEY_file`, in a file of its own.
    pub(super) fn secret(&mut self, key: &str) -> Option<Secret> {
        let twin = format!("{key}_file");
        if self.has(key) && self.has(&twin) {
            self.fault(key, &format!("is given twice, also as {twin}"), "keep one of the two");
        }
        let inline = self.text(key).map(Secret::new);
        let Some(path) = self.text(&twin).map(PathBuf::from) else { return inline };
        self.files.push(path.clone());
        self.warn_if_world_readable(&twin, &path);
        // Read once: it may be a pipe.
        match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Err(error) if error.kind() != ErrorKind::InvalidData => {
                let cause = format!("{} cannot be read: {error}", path.display());
                self.fault(&twin, &cause, "name a file that the service account can read");
                None
            }
            Ok(text) if !text.trim_end_matches(['\r', '\n']).is_empty() => {
                Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
            _ => {
                self.fault(
                    &twin,
                    "names a file that is empty or not UTF-8",
                    "write the secret into it, alone",
                );
                None
            }
        }
    }

    pub(super) fn warn_if_world_readable(&mut self, key: &str, path: &Path) {
        if let Some(caution) = world_readable(path) {
            self.caution(format!("{key}: {caution}"));
        }
    }
}
