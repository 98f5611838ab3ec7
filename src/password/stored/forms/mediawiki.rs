//! MediaWiki's forms, each behind its name and a colon.

use super::build::{Read, by_recipe, over};
use super::fields::{digest_named, fields};
use super::{modular, pbkdf2};
use crate::password::recipe::Encoding;
use crate::password::stored::hash::Unverifiable::Malformed;

const MEDIAWIKI_B: &str = "md5($salt.'-'.md5($pass))";

/// MediaWiki's `:B:salt:hex`.
pub(super) fn b(rest: &str) -> Read {
    let (salt, digits) = rest.rsplit_once(':').ok_or(Malformed)?;
    by_recipe("mediawiki_b", MEDIAWIKI_B, salt.as_bytes().to_vec(), (Encoding::Hex, digits))
}

/// MediaWiki's `:A:hex`, and `:A:salt:hex`, which an old fault of it wrote for the other.
pub(super) fn a(rest: &str) -> Read {
    if rest.contains(':') {
        return b(rest);
    }
    by_recipe("mediawiki_a", "md5($pass)", vec![], (Encoding::Hex, rest))
}

/// hashcat's `$B$salt$hex`.
pub(super) fn b_old(rest: &str) -> Read {
    let (salt, digits) = rest.rsplit_once('$').ok_or(Malformed)?;
    by_recipe("mediawiki_b", MEDIAWIKI_B, salt.as_bytes().to_vec(), (Encoding::Hex, digits))
}

/// MediaWiki's `9$salt$digest`: a cost below 10 has one digit there.
pub(super) fn bcrypt(rest: &str) -> Read {
    let [cost, salt, digest] = fields(rest, '$')?;
    modular::bcrypt(&format!("y${cost:0>2}${salt}{digest}"))
}

/// PBKDF2 over an old hash: `!sha512:30000:64!old salt!salt!key`, the parameters of both first.
pub(super) fn over_old(kind: &str, rest: &str) -> Read {
    let [_, parameters, old_salt, salt, key] = fields(rest, '!')?;
    let hash = pbkdf2::mediawiki(&format!("{parameters}:{salt}:{key}"))?;
    let inner = match kind {
        "A" => "md5($pass)".to_owned(),
        // The text of a recipe cannot hold a quotation mark, and MediaWiki's salts never do.
        _ if old_salt.contains('\'') => return Err(Malformed),
        _ => format!("md5('{old_salt}-'.md5($pass))"),
    };
    over(hash, &inner)
}

/// The same under a name that says the digest: `256:sha256:10000:32:salt:key` behind `:pbkdf2-sha`,
/// also without the digest's own field or without the length.
pub(super) fn named_pbkdf2(rest: &str) -> Read {
    let (bits, rest) = rest.split_once(':').ok_or(Malformed)?;
    let name = format!("sha{bits}");
    let rest = rest.strip_prefix(&format!("{name}:")).unwrap_or(rest);
    match rest.split(':').count() {
        4 => pbkdf2::mediawiki(&format!("{name}:{rest}")),
        3 => {
            let length = digest_named(&name)?.length();
            let (iterations, rest) = rest.split_once(':').ok_or(Malformed)?;
            pbkdf2::mediawiki(&format!("{name}:{iterations}:{length}:{rest}"))
        }
        _ => Err(Malformed),
    }
}
