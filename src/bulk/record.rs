//! From a row of the legacy database to a user of an import file, or the reason why not. The plan,
//! the import and the export make users here and nowhere else.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::held::HeldReason;
use super::rules::{MAX_PROFILE_BYTES, Rules};
use super::{Import, ImportPassword, Warning, translate};
use crate::database::{Names, PasswordRow, StoredPassword, UserRow};
use crate::password::{Account, Columns, Settings, Unverifiable};
use crate::profile::Profile;

/// Makes users of import files.
pub struct Builder {
    settings: Settings,
    rules: Rules,
    schemes: SchemeChoice,
    hashing: Hashing,
}

/// Which schemes of stored hashes go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SchemeChoice {
    /// Every scheme but these.
    AllBut(BTreeSet<String>),
    /// Those that logins have proven, and none that is named to stay.
    Proven(BTreeSet<String>),
}

impl SchemeChoice {
    fn holds_back(&self, scheme: &str) -> Option<HeldReason> {
        match self {
            Self::AllBut(left_out) => left_out.contains(scheme).then_some(HeldReason::LeftOut),
            Self::Proven(proven) => (!proven.contains(scheme)).then_some(HeldReason::NotProven),
        }
    }
}

/// What becomes of passwords that were stored in clear text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hashing {
    /// They are hashed, which takes 50 ms each.
    Real,
    /// A text of the same length stands in, for counting.
    Sized,
}

/// A user as the import takes it: the profile, as every endpoint of the gate gives it, and the
/// password. It has no `Debug`.
pub struct Record {
    /// The legacy id.
    pub user_id: String,
    /// One JSON object.
    pub json: Zeroizing<Vec<u8>>,
    /// What no two users of a file may share, in lower case.
    pub email: String,
    /// The same.
    pub username: Option<String>,
    /// The same.
    pub phone_number: Option<String>,
    /// The scheme of the hash; `none` for users without a password, who have to reset.
    pub scheme: &'static str,
    /// What to know about the hash.
    pub warnings: Vec<Warning>,
}

struct Password {
    scheme: &'static str,
    import: Option<ImportPassword>,
    warnings: Vec<Warning>,
}

impl Builder {
    /// Reads hashes as a gate with these settings does.
    #[must_use]
    pub fn new(settings: Settings, rules: Rules, hashing: Hashing) -> Self {
        Self { settings, rules, schemes: SchemeChoice::AllBut(BTreeSet::new()), hashing }
    }

    /// Holds back users of every other scheme; none that has no password.
    #[must_use]
    pub fn only(self, schemes: SchemeChoice) -> Self {
        Self { schemes, ..self }
    }

    /// Makes the user of a row that stands behind one of the id `last`: of several rows with one id
    /// the first is looked at.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn build_behind(&self, last: Option<&str>, row: &UserRow) -> Result<Record, HeldReason> {
        match row.user_id() {
            Some(id) if last == Some(id) => Err(HeldReason::RepeatedId),
            _ => self.build(row),
        }
    }

    /// Makes the user.
    ///
    /// # Errors
    /// Why the user is held back.
    pub fn build(&self, row: &UserRow) -> Result<Record, HeldReason> {
        let profile = profile(row)?;
        self.rules.check(&profile)?;
        let password = self.password(row.password())?;
        let json = json(&profile, row.is_blocked(), password.import, |_| ())?;
        let lower = |text: Option<&str>| text.map(str::to_lowercase);
        Ok(Record {
            user_id: profile.user_id().as_str().to_owned(),
            json,
            email: lower(profile.email()).unwrap_or_default(),
            username: lower(profile.username()),
            phone_number: profile.phone_number().map(str::to_owned),
            scheme: password.scheme,
            warnings: password.warnings,
        })
    }

    /// Every reason to hold the user of this row and profile back, where [`Builder::build`] tells the
    /// first and the file of at most so many bytes the last; and the profile's bytes.
    #[must_use]
    pub fn reasons(
        &self,
        row: &UserRow,
        profile: &Profile,
        max_file_bytes: usize,
    ) -> (Vec<HeldReason>, usize) {
        let mut reasons: Vec<HeldReason> = self.rules.broken(profile).collect();
        let password = self.password(row.password());
        reasons.extend(password.as_ref().err());
        let (import, mut bytes) = (password.ok().and_then(|password| password.import), 0);
        match json(profile, row.is_blocked(), import, |length| bytes = length) {
            Ok(json) => {
                reasons.extend(is_too_large(&json, max_file_bytes).then_some(HeldReason::TooLarge));
            }
            Err(reason) => reasons.push(reason),
        }
        (reasons, bytes)
    }

    /// The password as the import takes it; none for users who have none. Nothing is guessed.
    fn password(&self, row: &PasswordRow) -> Result<Password, HeldReason> {
        const NONE: Password = Password { scheme: "none", import: None, warnings: vec![] };
        let (stored, names) = match row {
            PasswordRow::Absent => return Ok(NONE),
            PasswordRow::NotText => return Err(HeldReason::PasswordNotText),
            PasswordRow::Stored(stored, _) if stored.hash.is_empty() => return Ok(NONE),
            PasswordRow::Stored(stored, names) => (stored, names),
        };
        let account = account(stored, names);
        let hash = match self.settings.read_even_weak(account) {
            Ok(hash) => hash,
            Err(refusal) if refusal.reason == Unverifiable::Locked => return Ok(NONE),
            Err(refusal) => return Err(HeldReason::Unverifiable(refusal.reason)),
        };
        let scheme = hash.scheme();
        let translation =
            translate(&hash, account, &self.settings).map_err(HeldReason::NotImportable)?;
        if let Some(reason) = self.schemes.holds_back(scheme) {
            return Err(reason);
        }
        let import = match translation.import {
            Import::Ready(password) => password,
            Import::HashAtExport(clear) if self.hashing == Hashing::Real => {
                clear.hash().map_err(|_| HeldReason::NoRandomness)?
            }
            Import::HashAtExport(_) => ImportPassword::PasswordHash(Zeroizing::new("?".repeat(60))),
        };
        Ok(Password { scheme, import: Some(import), warnings: translation.warnings })
    }
}

/// What a hash is read from, and hashed with.
pub(crate) fn account<'a>(stored: &'a StoredPassword, names: &'a Names) -> Account<'a> {
    let columns = Columns {
        hash: &stored.hash,
        salt: stored.salt.as_ref().map(|salt| salt.as_str()),
        scheme: stored.scheme.as_deref(),
    };
    Account { columns, username: names.username.as_deref(), email: names.email.as_deref() }
}

/// The profile of a row, as the gate would make it.
///
/// # Errors
/// Why the user is held back.
pub fn profile(row: &UserRow) -> Result<Profile, HeldReason> {
    if row.user_id().is_none() {
        return Err(HeldReason::NoId);
    }
    row.profile().map_err(HeldReason::InvalidRecord)
}

/// Whether a user alone, with brackets around, is larger than an import file.
pub(super) fn is_too_large(json: &[u8], max_file_bytes: usize) -> bool {
    json.len() + 2 > max_file_bytes
}

/// `measured` is told the profile's bytes.
fn json(
    profile: &Profile,
    blocked: bool,
    password: Option<ImportPassword>,
    measured: impl FnOnce(usize),
) -> Result<Zeroizing<Vec<u8>>, HeldReason> {
    let invalid = |_| HeldReason::ProfileTooLarge;
    let mut json = Zeroizing::new(Vec::with_capacity(1024));
    serde_json::to_writer(&mut *json, profile).map_err(invalid)?;
    measured(json.len());
    if json.len() > MAX_PROFILE_BYTES {
        return Err(HeldReason::ProfileTooLarge);
    }
    json.pop();
    if blocked {
        json.extend_from_slice(b",\"blocked\":true");
    }
    if let Some(password) = password {
        // One object goes on as the other: `{"a":1` and `{"password_hash":"…"}`.
        let from = json.len();
        serde_json::to_writer(&mut *json, &password).map_err(invalid)?;
        if let Some(brace) = json.get_mut(from) {
            *brace = b',';
        }
    } else {
        json.push(b'}');
    }
    Ok(json)
}
