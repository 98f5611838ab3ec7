//! What goes to the disk of a user while users are sorted: the id, and keyed digests of what is
//! compared. The key is random, stays in memory and dies with the process, so that the digests of
//! the file are noise to everybody else: an address can not even be tried against them.

use aws_lc_rs::hmac;

use super::kind::Kind;
use super::portrait::Portrait;
use crate::bulk::management::PROFILE;

const VERIFIED: u8 = 1;
const BLOCKED: u8 = 2;
const EMAIL: u8 = 4;
const METADATA: u8 = 8;
const LINKED: u8 = 16;
const BY_ACTION: u8 = 32;

/// A digest by which records are sorted, and one that is compared.
pub(super) type Long = [u8; 16];
pub(super) type Short = [u8; 8];

/// The key of one verification.
pub(super) struct Key(hmac::Key);

/// What is kept of a portrait.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Print {
    flags: u8,
    /// The same for all users of one address.
    pub(super) email: Long,
    metadata: Short,
    fields: [Option<Short>; PROFILE.len()],
}

impl Key {
    /// A new key; none where the system has no random numbers.
    pub(super) fn new() -> Option<Self> {
        let random = aws_lc_rs::rand::SystemRandom::new();
        hmac::Key::generate(hmac::HMAC_SHA256, &random).ok().map(Self)
    }

    fn tag<const N: usize>(&self, parts: [&str; 3]) -> [u8; N] {
        self.tag_of(parts.map(str::as_bytes))
    }

    fn tag_of<const N: usize>(&self, parts: [&[u8]; 3]) -> [u8; N] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let mut cut = [0; N];
        cut.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        cut
    }

    /// By which a user's records are brought together.
    pub(super) fn of_id(&self, id: &str) -> Long {
        self.tag(["id", id, ""])
    }

    /// By which it is known later whether a row is still as it was.
    pub(super) fn seal(&self, id: &str, print: &Print) -> Short {
        let mut bytes = vec![];
        print.write(&mut bytes);
        self.tag_of([b"seal", id.as_bytes(), &bytes])
    }

    /// Of a user who was linked to another account, whose profile is that account's.
    pub(super) fn linked(&self, id: &str, by_action: bool) -> Print {
        let mut print = self.print(id, &Portrait { by_action, ..Portrait::default() });
        print.flags |= LINKED;
        print
    }

    /// Everything but the address is bound to the id: two users who are alike do not look alike.
    pub(super) fn print(&self, id: &str, portrait: &Portrait) -> Print {
        let mut flags = 0;
        for (flag, is) in [
            (VERIFIED, portrait.verified),
            (BLOCKED, portrait.blocked),
            (EMAIL, portrait.email.is_some()),
            (METADATA, !portrait.metadata.is_empty()),
            (BY_ACTION, portrait.by_action),
        ] {
            flags |= if is { flag } else { 0 };
        }
        let mut fields = [None; PROFILE.len()];
        for ((to, from), name) in fields.iter_mut().zip(&portrait.fields).zip(PROFILE) {
            *to = from.as_deref().map(|text| self.tag([name, id, text]));
        }
        Print {
            flags,
            email: match &portrait.email {
                Some(email) => self.tag(["email", email, ""]),
                None => self.tag(["no email", id, ""]),
            },
            metadata: self.tag(["metadata", id, &portrait.metadata]),
            fields,
        }
    }
}

impl Print {
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn is_linked(&self) -> bool {
        self.has(LINKED)
    }

    /// Whether the Action alone keeps this user of the tenant out.
    pub(super) fn is_blocked_by_action(&self) -> bool {
        self.has(BY_ACTION)
    }

    /// In which ways a user of the tenant differs from this one of the legacy database.
    pub(super) fn differences(&self, tenant: &Self) -> Vec<Kind> {
        let mut kinds = vec![];
        if tenant.has(LINKED) {
            return kinds;
        }
        let same_address = !self.has(EMAIL) || self.email == tenant.email;
        let differs = |flag| self.has(flag) != tenant.has(flag);
        if differs(BLOCKED) {
            kinds.push(Kind::BlockedDiffers);
        }
        if !same_address {
            kinds.push(Kind::EmailDiffers);
        }
        // What was not made cannot differ.
        if self.has(METADATA) && !tenant.has(METADATA) {
            kinds.push(Kind::HalfMade);
            return kinds;
        }
        if same_address && self.has(EMAIL) && differs(VERIFIED) {
            kinds.push(Kind::EmailVerifiedDiffers);
        }
        if self.metadata != tenant.metadata {
            kinds.push(Kind::MetadataDiffers);
        }
        if self
            .fields
            .iter()
            .zip(&tenant.fields)
            .any(|(ours, theirs)| ours.is_some() && ours != theirs)
        {
            kinds.push(Kind::ProfileDiffers);
        }
        kinds
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        let mask =
            self.fields.iter().rev().fold(0, |mask: u8, it| mask << 1 | u8::from(it.is_some()));
        to.extend_from_slice(&[self.flags, mask]);
        to.extend_from_slice(&self.email);
        to.extend_from_slice(&self.metadata);
        self.fields.iter().flatten().for_each(|field| to.extend_from_slice(field));
    }

    /// Reads what [`Print::write`] wrote, and gives what stands behind it.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<2>()?;
        let (email, rest) = rest.split_first_chunk()?;
        let (metadata, mut rest) = rest.split_first_chunk()?;
        let ([flags, mask], mut fields) = (*head, [None; PROFILE.len()]);
        for (at, field) in fields.iter_mut().enumerate() {
            if mask >> at & 1 == 1 {
                let (found, behind) = rest.split_first_chunk()?;
                (*field, rest) = (Some(*found), behind);
            }
        }
        Some((Self { flags, email: *email, metadata: *metadata, fields }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Portrait {
        let mut fields = [const { None }; PROFILE.len()];
        fields[0] = Some("ada".to_owned());
        fields[7] = Some("https://example.com/ada.png".to_owned());
        Portrait {
            email: Some("ada@example.com".to_owned()),
            verified: true,
            blocked: false,
            by_action: false,
            fields,
            metadata: "u{\"a\":1,}".to_owned(),
        }
    }

    #[test]
    fn a_print_is_read_as_it_was_written() {
        let key = Key::new().expect("a key");
        for portrait in [ada(), Portrait::default()] {
            let print = key.print("1", &portrait);
            let mut bytes = vec![];
            print.write(&mut bytes);
            bytes.extend_from_slice(b"1");
            assert_eq!(Print::read(&bytes), Some((print, &b"1"[..])));
            for length in 0..bytes.len() - 1 {
                assert_eq!(Print::read(&bytes[..length]), None, "{length}");
            }
        }
    }

    #[test]
    fn each_difference_has_its_kind_and_what_legacy_lacks_is_not_compared() {
        let key = Key::new().expect("a key");
        let of = |change: fn(&mut Portrait)| {
            let mut tenant = ada();
            change(&mut tenant);
            key.print("1", &ada()).differences(&key.print("1", &tenant))
        };
        assert_eq!(of(|_| ()), []);
        assert_eq!(of(|it| it.fields[3] = Some("ada@example.com".to_owned())), []);
        assert_eq!(of(|it| it.blocked = true), [Kind::BlockedDiffers]);
        assert_eq!(of(|it| it.verified = false), [Kind::EmailVerifiedDiffers]);
        assert_eq!(of(|it| it.metadata.push(' ')), [Kind::MetadataDiffers]);
        assert_eq!(of(|it| it.fields[0] = None), [Kind::ProfileDiffers]);
        assert_eq!(of(|it| it.metadata.clear()), [Kind::HalfMade]);
        let moved: fn(&mut Portrait) = |it| {
            it.email = Some("ada@example.org".to_owned());
            it.verified = false;
        };
        assert_eq!(of(moved), [Kind::EmailDiffers]);
        assert_eq!(of(|it| it.email = None), [Kind::EmailDiffers]);
        assert_eq!(key.print("1", &ada()).differences(&key.linked("1", true)), []);
    }

    #[test]
    fn digests_differ_from_key_to_key_and_from_user_to_user() {
        let (one, other) = (Key::new().expect("a key"), Key::new().expect("a key"));
        let (a, b, c) = (one.print("1", &ada()), one.print("2", &ada()), other.print("1", &ada()));
        assert_eq!(a.email, b.email);
        assert_ne!(a.email, c.email);
        assert_ne!(a.metadata, b.metadata);
        assert_ne!(a.fields[0], b.fields[0]);
    }
}
