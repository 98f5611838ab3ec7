//! Bulk reading of the contract's view, for `narrowgate-migrate` alone. Users who have migrated are
//! left out of everything but the marks themselves. Four ways, each in constant memory:
//!
//! - [`Directory::passwords`] and [`Directory::users`] give everybody by one statement, as the rows
//!   come: a single snapshot and, unless asked for, no order. This is for looking at all users.
//! - [`Directory::page`] gives the next users in the order of their ids. This is for sending, which
//!   takes hours: a user must be read shortly before being sent, and a run that was killed goes on
//!   behind the last id that it noted. Where the id is a text made from a number no index gives the
//!   order, and each page costs the database a walk through the table: take large ones.
//! - [`Directory::by_ids`] reads named users again.
//! - [`Directory::marks`] and [`Directory::dated_marks`] give whoever has a mark, as the rows come.

mod batches;
mod connecting;
mod errors;
mod marks;
mod postgresql;
mod question;
mod users;

use std::time::Duration;

use diesel::connection::DefaultLoadingMode;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

pub use batches::Rows;
pub use errors::DirectoryError;
pub use marks::{DatedMark, Marked};
pub use users::{Cell, Hidden, Order, Page, UserColumn, UserRow};

use batches::{BATCHES, hand_over, of_diesel};
pub(super) use connecting::{Connection, connect};
use errors::{aloud, silently};
use question::password_columns;

use super::StoredPassword;
use crate::config::DatabaseTarget;
use crate::schema::Schema;

/// The password columns of one user.
pub enum PasswordRow {
    /// The user has no password.
    Absent,
    /// A password column holds bytes that are not UTF-8.
    NotText,
    /// What is stored, and the names that some schemes hash with the password.
    Stored(StoredPassword, Names),
}

/// The password columns of one user, and who that is.
pub struct NamedPasswordRow {
    /// The id; none where there is none, or one that is no text.
    pub user_id: Option<String>,
    /// The password columns.
    pub row: PasswordRow,
}

/// What a user is called.
pub struct Names {
    /// The username.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

type Column = Option<Vec<u8>>;
type Columns = (Column, Column, Column, Column, Column);
type NamedColumns = (Column, Column, Column, Column, Column, Column);

/// May read every user, one after the other, and nothing else.
pub struct Directory(Connection, Schema);

/// Asks the same question of whichever engine there is.
macro_rules! ask {
    ($directory:expr, $row:ty, $question:expr) => {
        match &mut $directory.0 {
            Connection::Postgresql(on) => postgresql::load::<$row, _>(on, $question).await,
            Connection::Mysql(on) => diesel_async::RunQueryDsl::load::<$row>($question, on)
                .await
                .map_err(|error| $crate::database::statement_error(&error)),
            Connection::Sqlite(on) => diesel::RunQueryDsl::load::<$row>($question, on.as_mut())
                .map_err(|error| $crate::database::statement_error(&error)),
        }
    };
}

/// Starts one statement and hands its rows over as they come.
macro_rules! stream {
    ($directory:expr, $row:ty, $question:expr) => {{
        let (sender, receiver) = mpsc::channel(BATCHES);
        match $directory.0 {
            Connection::Postgresql(on) => drop(tokio::spawn(async move {
                hand_over(postgresql::stream::<$row, _>(&on, $question).await, sender).await;
            })),
            Connection::Mysql(mut on) => drop(tokio::spawn(async move {
                let rows = diesel_async::RunQueryDsl::load_stream::<$row>($question, &mut on);
                hand_over(of_diesel(rows.await), sender).await;
            })),
            Connection::Sqlite(mut on) => drop(tokio::task::spawn_blocking(move || {
                let rows = diesel::RunQueryDsl::load_iter::<$row, DefaultLoadingMode>(
                    $question,
                    on.as_mut(),
                );
                let rows = rows.map(futures_util::stream::iter);
                tokio::runtime::Handle::current().block_on(hand_over(of_diesel(rows), sender));
            })),
        }
        Rows::new(receiver)
    }};
}
use {ask, stream};

impl Directory {
    /// Connects, so that nothing can be written and no statement is cut short, and asks for no
    /// rows: what is missing or not granted shows before any user's data is involved.
    ///
    /// # Errors
    /// Why the view cannot be read, in the server's own words.
    pub async fn open(
        target: DatabaseTarget,
        connect_timeout: Duration,
    ) -> Result<Self, DirectoryError> {
        let mut directory = Self::connected(target, connect_timeout).await?;
        let probe = password_columns(&directory.0, &directory.1, " LIMIT 0");
        ask!(directory, Columns, probe).map_err(aloud)?;
        Ok(directory)
    }

    async fn connected(target: DatabaseTarget, within: Duration) -> Result<Self, DirectoryError> {
        let contract = target.contract();
        Ok(Self(connect(target, within).await?, contract))
    }

    /// Starts reading the password columns of all users who have not migrated, in no order.
    #[must_use]
    pub fn passwords(self) -> PasswordRows {
        let question = password_columns(&self.0, &self.1, "");
        stream!(self, Columns, question)
    }

    /// The same with the ids.
    #[must_use]
    pub fn named_passwords(self) -> Rows<NamedPasswordRow> {
        let question = question::named_password_columns(&self.0, &self.1);
        stream!(self, NamedColumns, question)
    }
}

/// The password columns of users on their way.
pub type PasswordRows = Rows<PasswordRow>;

impl From<Columns> for PasswordRow {
    fn from((hash, salt, scheme, username, email): Columns) -> Self {
        let read = || {
            let text = |bytes: Column| bytes.map(String::from_utf8).transpose();
            let (hash, salt) = (text(hash)?.map(Zeroizing::new), text(salt)?.map(Zeroizing::new));
            // A name that is no text is for the profile to refuse.
            let names = (text(username).ok().flatten(), text(email).ok().flatten());
            Ok::<_, std::string::FromUtf8Error>((hash, salt, text(scheme)?, names))
        };
        match read() {
            Ok((Some(hash), salt, scheme, (username, email))) => {
                Self::Stored(StoredPassword { hash, salt, scheme }, Names { username, email })
            }
            Ok((None, ..)) => Self::Absent,
            Err(_) => Self::NotText,
        }
    }
}

impl From<NamedColumns> for NamedPasswordRow {
    fn from((id, hash, salt, scheme, username, email): NamedColumns) -> Self {
        let user_id = id.and_then(|bytes| String::from_utf8(bytes).ok());
        Self { user_id, row: (hash, salt, scheme, username, email).into() }
    }
}
