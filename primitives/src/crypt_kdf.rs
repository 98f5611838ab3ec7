//! The crypt(3) family and the digests of single products as one kind of derivation. What crypt(3)
//! derives is its letters, compared as they are stored; the products' digests are bytes.

use std::fmt;

use zeroize::Zeroizing;

use super::crypt::{self, FirebaseProject, Md5Crypt, YescryptCost};

/// A scheme of crypt(3) or a vendor, with what decides its cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the schemes")]
pub enum Crypt {
    Md5(Md5Crypt),
    Sha256 {
        rounds: u32,
    },
    Sha512 {
        rounds: u32,
    },
    CachingSha2 {
        rounds: u32,
    },
    Des,
    Bigcrypt,
    Crypt16,
    Bsdi {
        rounds: u32,
    },
    Phpass {
        log2_rounds: u32,
    },
    Drupal7 {
        log2_rounds: u32,
    },
    Sha1 {
        rounds: u32,
    },
    /// The salt is the stored text before the digest.
    SunMd5 {
        rounds: u32,
    },
    Yescrypt(YescryptCost),
    /// The salt is the stored text before the digest.
    GostYescrypt(YescryptCost),
    ScryptCrypt(YescryptCost),
    LanManager,
    CramMd5,
    MysqlOld,
    /// The salt is the user's name.
    Oracle10,
    /// The salt is the project's signer key, as long as the digest, and behind it the user's salt
    /// and the project's separator.
    Firebase {
        rounds: u32,
        memory_cost: u8,
    },
}

impl Crypt {
    /// Nanoseconds and KiB of one derivation from a password and a salt of so many bytes together.
    pub fn estimate(&self, read: usize) -> (u64, u64) {
        let rounds = |rounds: u32, each: u64| (u64::from(rounds).saturating_mul(each), 4);
        // Each round reads the password again, some of them twice.
        let reading = |own: u64, each: u64| (read as u64).saturating_mul(each).saturating_add(own);
        match *self {
            Self::Md5(_) => rounds(1000, reading(250, 6)),
            Self::Sha256 { rounds: count } | Self::CachingSha2 { rounds: count } => {
                rounds(count, reading(350, 5))
            }
            Self::Sha512 { rounds: count } => rounds(count, reading(600, 5)),
            Self::Des | Self::Bigcrypt | Self::Crypt16 => rounds(25, 300),
            Self::Bsdi { rounds: count } => rounds(count, 300),
            Self::Phpass { log2_rounds } => rounds(1 << log2_rounds.min(31), reading(250, 3)),
            Self::Drupal7 { log2_rounds } => rounds(1 << log2_rounds.min(31), reading(500, 5)),
            Self::Sha1 { rounds: count } => rounds(count, 250),
            Self::SunMd5 { rounds: count } => rounds(count.saturating_add(4096), 2000),
            Self::Yescrypt(cost) | Self::GostYescrypt(cost) | Self::ScryptCrypt(cost) => {
                let (time, _) = estimate_scrypt(cost.log2_blocks, cost.block_size, cost.lanes);
                let longer = u64::from(cost.time).saturating_add(1);
                (time.saturating_mul(longer), cost.memory_kib().map_or(u64::MAX, u64::from))
            }
            Self::LanManager | Self::CramMd5 | Self::MysqlOld | Self::Oracle10 => rounds(2, 500),
            Self::Firebase { rounds, memory_cost } => {
                estimate_scrypt(memory_cost.into(), rounds, 1)
            }
        }
    }

    /// How many bytes of the password the function reads; none where it reads them all.
    #[must_use]
    pub fn reads(&self) -> Option<usize> {
        match self {
            Self::Des => Some(8),
            Self::Crypt16 => Some(16),
            Self::LanManager => Some(14),
            Self::Bigcrypt => Some(128),
            _ => None,
        }
    }

    /// Rounds in the sense of the cap on them; none where memory is what counts.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        match *self {
            Self::Sha256 { rounds }
            | Self::Sha512 { rounds }
            | Self::CachingSha2 { rounds }
            | Self::Bsdi { rounds }
            | Self::Sha1 { rounds } => rounds,
            // One of its rounds costs as much as ten of the others.
            Self::SunMd5 { rounds } => rounds.saturating_mul(10),
            Self::Phpass { log2_rounds } | Self::Drupal7 { log2_rounds } => {
                1_u32.checked_shl(log2_rounds).unwrap_or(u32::MAX)
            }
            _ => 0,
        }
    }

    /// KiB that are filled in all, where memory is what counts.
    #[must_use]
    pub fn filled_kib(&self) -> u64 {
        match *self {
            Self::Yescrypt(cost) | Self::GostYescrypt(cost) | Self::ScryptCrypt(cost) => {
                filled_by_scrypt(cost.log2_blocks, cost.block_size, cost.lanes)
            }
            Self::Firebase { rounds, memory_cost } => {
                filled_by_scrypt(memory_cost.into(), rounds, 1)
            }
            _ => 0,
        }
    }

    /// The bytes that a digest in crypt's letters stands for, the first bits of each letter lowest.
    #[must_use]
    pub fn bytes(letters: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        crypt::base64::decode_little(letters).map(Zeroizing::new)
    }

    /// Whether there is a password from which it derives so many, with such a salt.
    pub(crate) fn is_possible(&self, salt: Option<&[u8]>, length: usize) -> bool {
        let spelled = |salt: &[u8]| crypt::base64::decode_little(salt).is_some();
        match *self {
            Self::Yescrypt(cost) => cost.is_possible() && salt.is_none_or(spelled),
            Self::GostYescrypt(cost) => {
                let own = salt.and_then(|salt| salt.rsplit(|byte| *byte == b'$').next());
                cost.is_possible() && own.is_none_or(spelled)
            }
            Self::ScryptCrypt(cost) => cost.is_possible(),
            Self::Firebase { rounds, memory_cost } => {
                scrypt::Params::new(memory_cost, rounds, 1).is_ok()
                    && salt.is_none_or(|salt| salt.len() >= length)
            }
            _ => true,
        }
    }

    /// Derives `length` bytes or letters; none where the salt is not one of the scheme's.
    #[must_use]
    pub fn derive(
        &self,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let text = || std::str::from_utf8(password).ok();
        let two = || salt.try_into().ok();
        let block = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        Some(match *self {
            Self::Md5(kind) => crypt::md5_crypt(kind, password, salt),
            Self::Sha256 { rounds } => crypt::sha256_crypt(password, salt, rounds),
            Self::Sha512 { rounds } => crypt::sha512_crypt(password, salt, rounds),
            Self::CachingSha2 { rounds } => crypt::caching_sha2(password, salt, rounds),
            Self::Des => crypt::des_crypt(password, two()?)?,
            Self::Bigcrypt => crypt::bigcrypt(password, two()?)?,
            Self::Crypt16 => crypt::crypt16(password, two()?)?,
            Self::Bsdi { rounds } => {
                crypt::bsdi_crypt(password, rounds, crypt::base64::decode_number(salt)?)
            }
            Self::Phpass { log2_rounds } => crypt::phpass(password, salt, log2_rounds),
            Self::Drupal7 { log2_rounds } => crypt::drupal7(password, salt, log2_rounds),
            Self::Sha1 { rounds } => crypt::sha1_crypt(password, salt, rounds)?,
            Self::SunMd5 { rounds } => crypt::sun_md5_crypt(password, salt, rounds),
            Self::Yescrypt(cost) => crypt::yescrypt(password, salt, cost)?,
            Self::GostYescrypt(cost) => {
                let own = salt.rsplit(|byte| *byte == b'$').next().unwrap_or_default();
                crypt::gost_yescrypt(password, salt, own, cost)?
            }
            Self::ScryptCrypt(cost) => crypt::scrypt_crypt(password, salt, cost)?,
            Self::LanManager => block(&crypt::lan_manager(text()?)?),
            Self::CramMd5 => block(&crypt::cram_md5(password)),
            Self::MysqlOld => block(&crypt::mysql_old_password(password)),
            Self::Oracle10 => block(&crypt::oracle10(std::str::from_utf8(salt).ok()?, text()?)),
            Self::Firebase { rounds, memory_cost } => {
                let (signer_key, salt) = salt.split_at_checked(length)?;
                let project =
                    FirebaseProject { signer_key, salt_separator: &[], rounds, memory_cost };
                crypt::firebase_scrypt(password, salt, &project)?
            }
        })
    }
}

/// What decides the cost, as the hash tells it; nothing where nothing does.
impl fmt::Display for Crypt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Yescrypt(cost) | Self::GostYescrypt(cost) | Self::ScryptCrypt(cost) => {
                let YescryptCost { log2_blocks, block_size, lanes, time, .. } = cost;
                write!(out, "ln={log2_blocks},r={block_size},p={lanes}")?;
                if time > 0 { write!(out, ",t={time}") } else { Ok(()) }
            }
            Self::Firebase { rounds, memory_cost } => {
                write!(out, "rounds={rounds},mem_cost={memory_cost}")
            }
            Self::SunMd5 { rounds } => write!(out, "rounds={rounds}"),
            _ if self.rounds() == 0 => Ok(()),
            _ => write!(out, "rounds={}", self.rounds()),
        }
    }
}

/// Nanoseconds and KiB of scrypt and of what is built like it. PBKDF2 makes a block for each of the p
/// lanes before the first is mixed: with a small N these are nearly all of the memory.
#[must_use]
pub fn estimate_scrypt(log2_n: u32, r: u32, p: u32) -> (u64, u64) {
    let (r, p) = (u64::from(r), u64::from(p.max(1)));
    let n = 1_u64.checked_shl(log2_n).unwrap_or(u64::MAX);
    let each = n.saturating_mul(380).saturating_add(2000);
    let nanoseconds = r.saturating_mul(p).saturating_mul(each);
    let bytes = n.saturating_add(p).saturating_mul(r).saturating_mul(128);
    (nanoseconds, bytes.div_ceil(1024))
}

/// KiB that scrypt fills in all, one lane after the other.
pub(crate) fn filled_by_scrypt(log2_n: u32, r: u32, p: u32) -> u64 {
    let blocks = 1_u64.checked_shl(log2_n).unwrap_or(u64::MAX).saturating_mul(r.into());
    blocks.saturating_mul(p.into()).saturating_mul(128) / 1024
}
