//! Looking at all users of a view of which this role may not read every column.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::sql_types::Integer;

use super::columns::{KEY, OTHER_KEYS, every};
use super::{Raw, RowTypes, UserRow};
use crate::columns::COLUMNS;
use crate::config::DatabaseTarget;
use crate::database::directory::{BATCHES, Rows, aloud, hand_over, of_diesel, stream};
use crate::database::directory::{Connection, Directory, DirectoryError, ask, postgresql};
use crate::profile::{InvalidUserRecord, Profile};
use diesel::connection::DefaultLoadingMode;
use tokio::sync::mpsc;

/// The names of columns that cannot be read: the view lacks them, or the role may not.
#[derive(Default)]
pub struct Hidden {
    names: Vec<&'static str>,
    /// Keys that may hold what no text is equal to.
    keys: Vec<&'static str>,
}

impl Hidden {
    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.names.iter().copied()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// Whether a password column is.
    #[must_use]
    pub fn has_passwords(&self) -> bool {
        self.names.iter().any(|name| name.starts_with("password_"))
    }
}

impl Directory {
    /// Connects as [`Directory::open`] does, and finds the columns that cannot be read, without
    /// reading a row.
    ///
    /// # Errors
    /// Not even `user_id` and the marks can be read.
    pub async fn open_partly(
        target: DatabaseTarget,
        connect_timeout: Duration,
    ) -> Result<(Self, Hidden), DirectoryError> {
        let mut directory = Self::connected(target, connect_timeout).await?;
        let keys = directory.other_keys();
        if directory.probe(&[]).await.is_ok() {
            return Ok((directory, Hidden { names: vec![], keys }));
        }
        let all: Vec<&str> = every().map(|(name, _)| name).collect();
        directory.probe(&all).await?;
        let mut hidden = vec![];
        for name in all.iter().skip(1) {
            // The key is compared with the address.
            let alone = |other: &&str| other != name && (*name != KEY || *other != "email");
            let others: Vec<&str> = all.iter().copied().filter(alone).collect();
            match directory.probe(&others).await {
                Ok(()) => {}
                Err(DirectoryError::Refused(_)) => hidden.push(*name),
                Err(error) => return Err(error),
            }
        }
        Ok((directory, Hidden { names: hidden, keys }))
    }

    /// Of a file those that its view has. Servers make texts of what they compare.
    fn other_keys(&mut self) -> Vec<&'static str> {
        let Connection::Sqlite(on) = &mut self.0 else { return vec![] };
        let has = |(key, _): (&'static str, _)| {
            let question = sql::<Integer>(&format!(
                "SELECT 1 FROM legacy_user AS u WHERE u.{key} IS NULL LIMIT 0"
            ));
            diesel::RunQueryDsl::load::<i32>(question, on.as_mut()).is_ok().then_some(key)
        };
        OTHER_KEYS.into_iter().filter_map(has).collect()
    }

    async fn probe(&mut self, hidden: &[&str]) -> Result<(), DirectoryError> {
        let question =
            sql::<RowTypes>(&self.1.named(&(self.0.unmarked_but(hidden, &[]) + " LIMIT 0")));
        ask!(self, Raw, question).map(|_| ()).map_err(aloud)
    }

    /// Starts reading all users who have not migrated, in no order, without the hidden columns.
    #[must_use]
    pub fn users_without(self, hidden: &Hidden) -> Rows<UserRow> {
        let question =
            sql::<RowTypes>(&self.1.named(&self.0.unmarked_but(&hidden.names, &hidden.keys)));
        stream!(self, Raw, question)
    }
}

impl UserRow {
    /// The profile of all columns that keep the contract, and the columns that break it, each with
    /// the rule: the gate's judgement, column by column.
    ///
    /// # Errors
    /// In place of the profile: columns that keep it one by one break it together.
    pub fn judged(
        &self,
    ) -> (Result<Profile, InvalidUserRecord>, Vec<(&'static str, InvalidUserRecord)>) {
        const NOBODY: &str = "{\"user_id\":\"1\"";
        if let Ok(profile) = self.profile() {
            return (Ok(profile), vec![]);
        }
        let judged = COLUMNS.iter().take(self.profile.len()).filter_map(|(column, _)| {
            let begin = if *column == "user_id" { "{" } else { NOBODY };
            let rule = self.profile_of(|name| name == *column, begin).err();
            rule.map(|rule| (*column, rule))
        });
        let broken: Vec<_> = judged.collect();
        let is_broken = |name: &str| broken.iter().any(|(column, _)| *column == name);
        let begin = if is_broken("user_id") { NOBODY } else { "{" };
        (self.profile_of(|name| !is_broken(name), begin), broken)
    }

    /// Whether lookups by the address in small letters, and in capitals, would find this row's key;
    /// none where the view does not show the key.
    #[must_use]
    pub fn found(&self) -> Option<[bool; 2]> {
        match self.found.as_deref() {
            Some([small @ (b'y' | b'n'), capital, ..]) => Some([*small == b'y', *capital == b'y']),
            _ => None,
        }
    }

    /// The columns whose key is what no text is equal to, so that nobody finds the user by them.
    pub fn unequal(&self) -> impl Iterator<Item = &'static str> {
        let letters = self.found.as_deref().and_then(|found| found.get(2..)).unwrap_or_default();
        let named = letters.iter().zip(OTHER_KEYS).filter(|(letter, _)| **letter == b'n');
        named.map(|(_, (_, column))| column)
    }

    #[cfg(test)]
    pub(crate) fn of_texts(profile: [Option<&str>; 14], hash: Option<&str>) -> Self {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        let (username, email) = (bytes(profile[3]), bytes(profile[1]));
        let password = (bytes(hash), None, None, username, email).into();
        Self { profile: profile.map(bytes), password, found: None }
    }
}
