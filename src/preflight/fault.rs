//! What can be wrong with a user beside the password: a closed list, each with what to do.

use crate::bulk::HeldReason;
use crate::level::Level;

/// Something that is wrong with a user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    pub(super) level: Level,
    pub(super) code: &'static str,
    pub(super) found: &'static str,
    pub(super) remedy: &'static str,
}

const fn fault(
    level: Level,
    code: &'static str,
    found: &'static str,
    remedy: &'static str,
) -> Fault {
    Fault { level, code, found, remedy }
}

use Level::{Blocker, Caution};

const LIVES: &str = "decide whose it is: the gate refuses whoever is asked for by it (409 ambiguous_user), and Auth0 has each once";
const NAME_IT: &str = "mend the value, or leave the column out of the mapping";

pub(super) const EMAIL_BLANKS: Fault = fault(
    Blocker,
    "email_with_blanks",
    "white space stands around the address: nobody who types it is found",
    "cut it in the legacy database, or write trim() into the mapping and its lookup",
);
pub(super) const USERNAME_BLANKS: Fault = fault(
    Blocker,
    "username_with_blanks",
    "white space stands around the username",
    "cut it in the legacy database, or write trim() into the mapping and its lookup",
);
pub(super) const USERNAME_IS_ADDRESS: Fault = fault(
    Blocker,
    "username_is_email",
    "the username looks like an e-mail address, which Auth0 takes for no username",
    "map username to NULL where it is the address; people then log in with that",
);
pub(super) const USERNAME_OVER_15: Fault = fault(
    Caution,
    "username_over_15",
    "the username has more than 15 characters, the most of a connection that nobody changed",
    "widen the connection's usernames, and say its lengths with --usernames",
);
pub(super) const EMAIL_UNUSUAL: Fault = fault(
    Caution,
    "email_may_be_refused",
    "the address has a domain or dots that no mail server has",
    "look whether it is an address; the tenant may refuse it",
);
pub(super) const EMAIL_NOT_NORMAL: Fault = fault(
    Caution,
    "email_not_in_normal_form",
    "the address is stored in another Unicode form than lookups ask for: most databases do not find it",
    "store it in normal form C, with a domain in one form",
);
pub(super) const EMAIL_CAPITALS: Fault = fault(
    Blocker,
    "email_in_capitals",
    "the address has capitals, and its lookup minds case: it is not found, and free for a stranger",
    "write lower() into the contract's lookup, or store the address in small letters",
);
pub(super) const EMAIL_NOT_FOUND: Fault = fault(
    Blocker,
    "email_not_found",
    "the lookup does not find the address: what it asks by holds something else for this user, and the address is free for a stranger",
    "write into the column of the contract's lookup what belongs to the address, or look users up by another",
);
pub(super) const KEY_NO_TEXT: Fault = fault(
    Blocker,
    "identifier_no_text",
    "it is stored as a number or as bytes, which no text is equal to: nobody is found by it",
    "write CAST(... AS TEXT) COLLATE NOCASE into the contract's lookup, with an index on just that, or store it as a text",
);
pub(super) const PHONE_NEVER_FOUND: Fault = fault(
    Caution,
    "phone_number_not_found",
    "no lookup asks for such a number: it has fewer than 7 figures, or begins with 0",
    "mend the number in the legacy database",
);
pub(super) const DUPLICATE_ID: Fault = fault(
    Blocker,
    "repeated_user_id",
    "several rows have the id",
    "look for a join in the mapping that multiplies rows; one row a user must come out",
);
pub(super) const DUPLICATES: [Fault; 3] = [
    fault(
        Blocker,
        "duplicate_email",
        "several users have one address, in whatever case and form",
        LIVES,
    ),
    fault(
        Blocker,
        "duplicate_username",
        "several users have one username, in whatever case",
        LIVES,
    ),
    fault(Blocker, "duplicate_phone_number", "several users have one phone number", LIVES),
];
pub(super) const AMBIGUOUS: Fault = fault(
    Blocker,
    "identifiers_cross",
    "one user's username is another's e-mail address or phone number",
    LIVES,
);
pub(super) const BLOCKED: Fault = fault(
    Caution,
    "blocked",
    "the legacy system has blocked the user",
    "nothing: the import sends them blocked, and the gate refuses them",
);
pub(super) const NEARLY_TOO_LARGE: Fault = fault(
    Caution,
    "profile_nearly_too_large",
    "the profile has more than 8 kB of the 10 that Auth0 keeps, and will grow",
    "leave something out of the mapping",
);
pub(super) const PICTURE_IS_DATA: Fault = fault(
    Caution,
    "picture_is_data",
    "the picture itself stands in the column, where Auth0 wants its address",
    "map picture to a URL, or leave it out",
);
pub(super) const PICTURE_NO_URL: Fault = fault(
    Caution,
    "picture_no_url",
    "the picture is no http or https URL",
    "write the site before it in the mapping, or leave it out",
);
pub(super) const FIELD_OVER_2_KB: Fault = fault(
    Caution,
    "metadata_field_over_2kb",
    "a field has more than 2 kB, which Auth0 advises against",
    "leave it out of the mapping",
);
pub(super) const NOT_EXACT: Fault = fault(
    Caution,
    "metadata_number_not_exact",
    "a number has more digits than a double holds: it becomes a text",
    "write it as a text everywhere, or round it, in the mapping",
);
pub(super) const TWO_TYPES: Fault = fault(
    Caution,
    "metadata_two_types",
    "a field has another type than in the rows of most users; search in Auth0 wants one",
    "give it one type in the mapping",
);
pub(super) const ZERO_DATE: Fault = fault(
    Caution,
    "zero_date",
    "a field holds the date 0000-00-00, which no calendar has",
    "map it to NULL",
);

/// What holds a user back in an import; none for what the census of hashes tells.
pub(super) fn of(reason: HeldReason) -> Option<Fault> {
    let found = match reason {
        HeldReason::InvalidRecord(rule) => rule.0,
        HeldReason::NoId => "the user has no id",
        HeldReason::NoEmail => "the user has no e-mail address",
        HeldReason::NoAddress => "the e-mail address is none",
        HeldReason::Username => "Auth0, or the connection, takes no such username",
        HeldReason::PhoneNumber => "the phone number is not in the form of E.164",
        HeldReason::TooLong => "a name is longer than Auth0 keeps",
        HeldReason::Metadata => "a name in metadata is reserved, or holds a point or a dollar sign",
        HeldReason::ProfileTooLarge => "the profile has more than the 10 kB that Auth0 keeps",
        HeldReason::TooLarge => "the user alone is larger than bulk.max_file_bytes",
        // The import finds these by other means, the census of hashes, or only when it sends.
        HeldReason::RepeatedId
        | HeldReason::TwinEmail
        | HeldReason::TwinUsername
        | HeldReason::TwinPhone
        | HeldReason::PasswordNotText
        | HeldReason::Unverifiable(_)
        | HeldReason::NotImportable(_)
        | HeldReason::NotProven
        | HeldReason::LeftOut
        | HeldReason::NoRandomness
        | HeldReason::Gone => return None,
    };
    let remedy = match reason {
        HeldReason::InvalidRecord(_) | HeldReason::NoId => {
            "mend the row or the mapping: the gate refuses the user as invalid_user_record"
        }
        HeldReason::Metadata => "rename it in the mapping",
        HeldReason::NoEmail => {
            "add one: the import wants it of everybody, and a login where the connection does"
        }
        HeldReason::Username => reason.remedy(),
        _ => NAME_IT,
    };
    Some(Fault { level: Blocker, code: reason.code(), found, remedy })
}
