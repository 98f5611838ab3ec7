//! The audit of whole users: everything that makes a migration fail, in one pass.

use std::io;

use super::addresses::{Keys, is_not_normal, is_unusual};
use super::census::Census;
use super::fault::{self, Fault};
use super::metadata::Fields;
use super::notes::Notes;
use super::report::{Report, Skipped};
use super::twins::{Twins, What};
use crate::bulk::rules::{MAX_PROFILE_BYTES, is_address, is_phone_number};
use crate::bulk::{Builder, Hashing, HeldReason, Rules};
use crate::database::{Cell, Hidden, UserColumn, UserRow};
use crate::identifier::{Identifier, Kind};
use crate::password::Settings;
use crate::profile::Profile;

/// More of a profile than this is told: it grows in the tenant.
const LARGE_PROFILE: usize = 8 * 1024;
/// The longest username of a connection that nobody changed, in characters.
const USUAL_USERNAME: usize = 15;

/// Looks at users, in memory that does not grow with their number.
pub struct Audit {
    census: Census,
    builder: Builder,
    rules: Rules,
    max_file_bytes: usize,
    hidden: Hidden,
    notes: Notes,
    twins: Twins,
    fields: Fields,
    keys: Keys,
}

impl Audit {
    /// Judges as a gate with these settings and an import by these rules would; tells at most `ids`
    /// users for each finding.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new(
        settings: Settings,
        rules: Rules,
        max_file_bytes: usize,
        hidden: Hidden,
        ids: usize,
    ) -> io::Result<Self> {
        Ok(Self {
            census: Census::new(settings.clone()),
            builder: Builder::new(settings, rules, Hashing::Sized),
            rules,
            max_file_bytes,
            hidden,
            notes: Notes::new(ids),
            twins: Twins::new()?,
            fields: Fields::default(),
            keys: Keys::default(),
        })
    }

    /// The lookup folds ASCII letters alone, as SQLite does.
    #[must_use]
    pub fn folding_ascii_alone(mut self, alone: bool) -> Self {
        self.keys.fold_ascii_alone = alone;
        self
    }

    /// How many users were looked at so far.
    #[must_use]
    pub fn users(&self) -> u64 {
        self.census.users()
    }

    /// Looks at one user.
    ///
    /// # Errors
    /// The temporary file cannot be written.
    pub fn count(&mut self, row: &UserRow) -> io::Result<()> {
        let id = row.user_id();
        for code in self.census.count(row.password()) {
            self.notes.add_hash(code, id);
        }
        self.remember(row)?;
        let (profile, broken) = row.judged();
        if id.is_none() {
            self.note(HeldReason::NoId, Some("user_id"), id);
        }
        for (column, rule) in
            broken.iter().filter(|(column, _)| id.is_some() || *column != "user_id")
        {
            let found = fault::of(HeldReason::InvalidRecord(*rule));
            let found = found.map(|found| Fault { found: said(row, column, found.found), ..found });
            if let Some(found) = found {
                self.notes.add(found, Some(*column), id);
            }
        }
        let Ok(profile) = profile else { return Ok(()) };
        let is_broken = |name: &str| broken.iter().any(|(column, _)| *column == name);
        let no_email = self.hidden.has("email") || is_broken("email");
        let (reasons, bytes) = self.builder.reasons(row, &profile, self.max_file_bytes);
        for reason in reasons.iter().filter(|reason| **reason != HeldReason::NoEmail || !no_email) {
            self.held(*reason, &profile, id);
        }
        self.look(row, &profile, bytes, reasons.is_empty());
        self.fields.count(row, &profile, is_broken, &mut self.notes);
        Ok(())
    }

    /// What the user should have alone.
    fn remember(&mut self, row: &UserRow) -> io::Result<()> {
        let (id, place) = (row.user_id(), self.census.users());
        if let Some(id) = id {
            self.twins.add(What::Id, id, Some(id), place)?;
        }
        for (column, what) in [
            (UserColumn::Email, What::Email),
            (UserColumn::Username, What::Username),
            (UserColumn::PhoneNumber, What::Phone),
        ] {
            if let Cell::Text(text) = row.cell(column) {
                self.twins.add(what, text, id, place)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, reason: HeldReason, column: Option<&'static str>, id: Option<&str>) {
        if let Some(found) = fault::of(reason) {
            self.notes.add(found, column, id);
        }
    }

    /// What an import holds the user back for, told as exactly as can be.
    fn held(&mut self, reason: HeldReason, profile: &Profile, id: Option<&str>) {
        let blanks = |text: &str| text.trim() != text;
        let (email, username) =
            (profile.email().unwrap_or_default(), profile.username().unwrap_or_default());
        let exact = match reason {
            HeldReason::NoAddress if blanks(email) && is_address(email.trim()) => {
                fault::EMAIL_BLANKS
            }
            HeldReason::Username if blanks(username) => fault::USERNAME_BLANKS,
            HeldReason::Username if is_address(username) => fault::USERNAME_IS_ADDRESS,
            other => return self.note(other, column(other), id),
        };
        self.notes.add(exact, column(reason), id);
    }

    /// What no rule of the import is about.
    fn look(&mut self, row: &UserRow, profile: &Profile, bytes: usize, is_sent: bool) {
        let (id, notes) = (row.user_id(), &mut self.notes);
        let email = profile.email().filter(|email| is_address(email));
        if let (Some(email), Some(found)) = (email, row.found()) {
            self.keys.count(email, found, id, notes.limit());
        }
        for column in row.unequal() {
            notes.add(fault::KEY_NO_TEXT, Some(column), id);
        }
        let long = profile.username().is_some_and(|name| name.len() > USUAL_USERNAME);
        let is_phone = |text: &str| Identifier::parse(text).is_ok_and(|it| it.can_be(Kind::Phone));
        let lost = |number: &str| is_phone_number(number) && !is_phone(number);
        let large = LARGE_PROFILE..=MAX_PROFILE_BYTES;
        let [.., (_, picture)] = profile.descriptions();
        let begins = |start: &str| {
            let begin = picture.and_then(|it| it.get(..start.len()));
            begin.is_some_and(|it| it.eq_ignore_ascii_case(start))
        };
        let (data, url) = (begins("data:"), begins("http://") || begins("https://"));
        let unlimited = self.rules.usernames.is_none();
        for (found, fault, column) in [
            (email.is_some_and(is_unusual), fault::EMAIL_UNUSUAL, Some("email")),
            (email.is_some_and(is_not_normal), fault::EMAIL_NOT_NORMAL, Some("email")),
            (long && is_sent && unlimited, fault::USERNAME_OVER_15, Some("username")),
            (
                profile.phone_number().is_some_and(lost),
                fault::PHONE_NEVER_FOUND,
                Some("phone_number"),
            ),
            (profile.is_blocked(), fault::BLOCKED, Some("blocked")),
            (large.contains(&bytes), fault::NEARLY_TOO_LARGE, None),
            (data, fault::PICTURE_IS_DATA, Some("picture")),
            (picture.is_some() && !data && !url, fault::PICTURE_NO_URL, Some("picture")),
        ] {
            if found {
                notes.add(fault, column, id);
            }
        }
    }

    /// Ends the audit.
    ///
    /// # Errors
    /// The temporary file cannot be written or read.
    pub fn report(self) -> io::Result<Report> {
        let Self { census, hidden, mut notes, twins, fields, keys, .. } = self;
        let mut skipped: Vec<Skipped> = hidden
            .names()
            .map(|what| Skipped { what, why: "the view lacks it, or the role may not read it" })
            .collect();
        skipped.extend(fields.judge(&mut notes));
        skipped.extend(keys.judge(&mut notes));
        twins.judge(&mut notes)?;
        let mut report = census.report();
        if hidden.has_passwords() {
            report.findings.retain(|finding| finding.code == "no_users");
            report.kinds.clear();
            report.shapes.clear();
            skipped.push(Skipped { what: "hashes", why: "not all password columns can be read" });
        }
        report.findings = notes.findings(report.findings);
        report.skipped = skipped;
        Ok(report)
    }
}

/// The column that a reason is about, where it is one.
fn column(reason: HeldReason) -> Option<&'static str> {
    match reason {
        HeldReason::NoEmail | HeldReason::NoAddress => Some("email"),
        HeldReason::Username => Some("username"),
        HeldReason::PhoneNumber => Some("phone_number"),
        _ => None,
    }
}

/// Which rule a column breaks, in the words that help most.
fn said(row: &UserRow, column: &str, rule: &'static str) -> &'static str {
    let text = |column| match row.cell(column) {
        Cell::Text(text) => text.trim_start().chars().next(),
        _ => None,
    };
    match (column, rule) {
        ("email_verified" | "phone_verified" | "blocked", rule) if rule.contains("type") => {
            "the flag is neither true nor false"
        }
        ("user_metadata", rule) if rule.contains("object") => shape(text(UserColumn::UserMetadata)),
        ("app_metadata", rule) if rule.contains("object") => shape(text(UserColumn::AppMetadata)),
        _ => rule,
    }
}

fn shape(first: Option<char>) -> &'static str {
    match first {
        Some('[') => "metadata are a list, perhaps an empty one, where an object belongs",
        Some('"') => "metadata are a JSON text within a JSON text: encoded twice",
        _ => "metadata are no JSON object, or repeat a name",
    }
}
