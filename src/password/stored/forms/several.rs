//! Forms that several products write, each in its own sense: nothing in the text tells whose it is.
//! They are read under a name that the row or the configuration gives, and are ambiguous without.

use super::build::Told;
use super::fields::{digest_named, fields, is_hex};
use super::{braces, frameworks, pbkdf2, scrypt, spring};
use crate::password::primitives::Digest;

/// Every sense of the text, under its scheme's name; none where it is of no such form.
pub(in crate::password::stored) fn read(text: &str) -> Vec<Told> {
    if let Some(rest) = text.strip_prefix('{') {
        return braces::several(rest);
    }
    if let Some(read) = spring::unbraced_scrypt(text).filter(Result::is_ok) {
        let sense = spring::could_be_iterations(text).then_some(("spring_scrypt", read));
        return sense.into_iter().collect();
    }
    if let Some((salt, key)) = text.split_once(':').filter(|(salt, _)| is_hex(salt, 32)) {
        // better-auth's scrypt; what others make of Node's `scrypt` and `pbkdf2` looks the same.
        let senses = vec![("better_auth", scrypt::better_auth(salt, key))];
        return if is_hex(key, 128) { senses } else { vec![] };
    }
    if let Some((name, rest)) = text.split_once('$') {
        return digest_named(name).map_or(vec![], |digest| salted_digest(name, digest, rest));
    }
    match text.split_once(':') {
        Some((name, rest)) => pbkdf2_of(name, rest),
        None => vec![],
    }
}

/// `sha256$salt$hex`: Werkzeug's HMAC, the digest of salt and password of Django's first years, that
/// of password and salt of web2py.
fn salted_digest(name: &str, digest: Digest, rest: &str) -> Vec<Told> {
    let Ok([_, _]) = fields::<2>(rest, '$') else { return vec![] };
    let mut senses = vec![("pydal_digest", frameworks::pydal_digest(digest, rest))];
    let (django, werkzeug) = match name {
        "md5" => (Some("django_salted_md5"), "werkzeug_hmac_md5"),
        "sha1" => (Some("django_salted_sha1"), "werkzeug_hmac_sha1"),
        "sha224" => (None, "werkzeug_hmac_sha224"),
        "sha256" => (None, "werkzeug_hmac_sha256"),
        "sha384" => (None, "werkzeug_hmac_sha384"),
        "sha512" => (None, "werkzeug_hmac_sha512"),
        _ => return senses,
    };
    senses.push((werkzeug, frameworks::werkzeug_hmac(werkzeug, digest, rest)));
    senses.extend(django.map(|django| (django, frameworks::django_digest(django, digest, rest))));
    senses
}

/// `sha256:1000:base64:base64`: hashcat decodes the salt, the PHP class of crackstation.net takes
/// its text.
fn pbkdf2_of(name: &str, rest: &str) -> Vec<Told> {
    let digest = match name {
        "md5" => Digest::Md5,
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        _ => return vec![],
    };
    let Ok([_, _, _]) = fields::<3>(rest, ':') else { return vec![] };
    vec![
        ("hashcat_pbkdf2", pbkdf2::hashcat(digest, rest)),
        ("crackstation_pbkdf2", pbkdf2::crackstation(digest, rest)),
    ]
}
