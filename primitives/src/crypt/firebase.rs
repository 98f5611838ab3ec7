//! Firebase Authentication's scrypt: the project's signer key, encrypted under what scrypt makes of
//! the password (github.com/firebase/scrypt).

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use super::Key;

/// The parameters that Firebase's console shows for a project, decoded.
pub struct FirebaseProject<'project> {
    /// `base64_signer_key`.
    pub signer_key: &'project [u8],
    /// `base64_salt_separator`.
    pub salt_separator: &'project [u8],
    /// `rounds`: scrypt's r.
    pub rounds: u32,
    /// `mem_cost`: the base-2 logarithm of scrypt's N.
    pub memory_cost: u8,
}

/// As many bytes as the signer key has. None when scrypt refuses the parameters.
#[must_use]
pub fn firebase_scrypt(password: &[u8], salt: &[u8], project: &FirebaseProject) -> Option<Key> {
    let salted = [salt, project.salt_separator].concat();
    let parameters = scrypt::Params::new(project.memory_cost, project.rounds, 1).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password, &salted, &parameters, &mut *key).ok()?;
    let cipher = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, &*key).ok()?).ok()?;
    let mut digest = Zeroizing::new(project.signer_key.to_vec());
    let start = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    cipher.less_safe_encrypt(&mut digest, start).ok()?;
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;

    /// The example of github.com/firebase/scrypt's README.
    #[test]
    fn the_published_digest_is_derived() {
        let decode = |text: &str| STANDARD.decode(text).expect("base64");
        let project = FirebaseProject {
            signer_key: &decode(
                "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
            ),
            salt_separator: &decode("Bw=="),
            rounds: 8,
            memory_cost: 14,
        };
        let derived = firebase_scrypt(b"user1password", &decode("42xEC+ixf3L2lw=="), &project);
        assert_eq!(
            derived.map(|digest| STANDARD.encode(&*digest)).as_deref(),
            Some(
                "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
            )
        );
    }
}
