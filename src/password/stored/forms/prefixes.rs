//! Forms that their prefix tells: the table of prefixes, and who reads what stands behind each.

use super::build::{Read, Told, plain, plain_digest};
use super::fields::is_any_hex;
use super::{crypt, frameworks, keycloak, mediawiki, modular, pbkdf2, products, scrypt, servers};
use crate::password::primitives::crypt::Md5Crypt;
use crate::password::primitives::{Crypt, Digest};
use crate::password::recipe::Recipe;
use crate::password::stored::hash::Unverifiable;

type Reader = fn(&str) -> Read;

/// Each prefix, the scheme that a broken hash behind it counts as, and the reader of what stands
/// behind it. A longer prefix stands before a shorter one that it begins with.
const PREFIXES: &[(&str, &str, Reader)] = &[
    ("$2", "bcrypt", modular::bcrypt),
    ("$argon2", "argon2", modular::argon2),
    ("$6$", "sha512_crypt", |it| {
        crypt::sha_crypt("sha512_crypt", |rounds| Crypt::Sha512 { rounds }, 86, it)
    }),
    ("$5$", "sha256_crypt", |it| {
        crypt::sha_crypt("sha256_crypt", |rounds| Crypt::Sha256 { rounds }, 43, it)
    }),
    ("$1$", "md5_crypt", |it| crypt::md5_crypt("md5_crypt", Md5Crypt::Unix, it)),
    ("$apr1$", "apr_md5_crypt", |it| crypt::md5_crypt("apr_md5_crypt", Md5Crypt::Apache, it)),
    ("$P$", "phpass", |it| {
        crypt::phpass("phpass", |log2_rounds| Crypt::Phpass { log2_rounds }, 22, it)
    }),
    ("$H$", "phpass", |it| {
        crypt::phpass("phpass", |log2_rounds| Crypt::Phpass { log2_rounds }, 22, it)
    }),
    ("$S$", "drupal7", |it| {
        crypt::phpass("drupal7", |log2_rounds| Crypt::Drupal7 { log2_rounds }, 43, it)
    }),
    ("U$S$", "drupal7", frameworks::drupal_upgraded),
    ("U$P$", "drupal7", frameworks::phpass_upgraded),
    ("U$H$", "drupal7", frameworks::phpass_upgraded),
    ("$y$", "yescrypt", |it| crypt::yescrypt(false, it)),
    ("$gy$", "gost_yescrypt", |it| crypt::yescrypt(true, it)),
    ("$7$", "scrypt_crypt", crypt::scrypt_crypt),
    ("$sha1$", "sha1_crypt", crypt::sha1_crypt),
    ("$md5", "sun_md5_crypt", crypt::sun_md5),
    ("$3$$", "nthash_crypt", servers::nthash_crypt),
    ("$wp$2", "wordpress_bcrypt", frameworks::wordpress),
    ("$H\\2", "phpbb_bcrypt", frameworks::phpbb),
    ("$P\\2", "phpbb_bcrypt", frameworks::phpbb),
    ("$bcrypt-sha256$", "bcrypt_sha256", frameworks::bcrypt_sha256),
    ("$bcrypt$v=98$r=", "adonis_bcrypt", frameworks::adonis_bcrypt),
    ("$pbkdf2$f=", "mattermost_pbkdf2", |it| products::mattermost(&format!("f={it}"))),
    ("$pbkdf2", "pbkdf2_sha256", pbkdf2::modular),
    ("$PBKDF2", "jellyfin_pbkdf2", products::capitals),
    ("PBKDF2WithHmac", "jakarta_pbkdf2", products::jakarta),
    ("PBKDF2SHA256$", "seafile_pbkdf2", products::seafile),
    ("$scrypt$", "scrypt", scrypt::phc),
    ("$s0$", "scrypt_s0", |it| scrypt::packed("scrypt_s0", 32, it)),
    ("$s1$", "scrypt_s1", |it| scrypt::packed("scrypt_s1", 64, it)),
    ("$s2$", "scrypt_net", scrypt::net),
    ("$fbscrypt$", "gotrue_firebase_scrypt", servers::gotrue),
    ("$p5k2$", "dlitz_pbkdf2_sha1", pbkdf2::p5k2),
    ("$scram$", "scram", pbkdf2::scram),
    ("$shiro1$", "shiro1", frameworks::shiro),
    ("$shiro2$argon2", "shiro2", |it| modular::argon2(it).map(|hash| hash.named("shiro2"))),
    ("$shiro2$2", "shiro2", |it| modular::bcrypt(it).map(|hash| hash.named("shiro2"))),
    ("$SHA$", "authme_sha256", servers::authme),
    ("$PHPS$", "phps", servers::phps),
    ("$B$", "mediawiki_b", mediawiki::b_old),
    ("$episerver$*0*", "episerver_sha1", |it| servers::episerver("episerver_sha1", "sha1", it)),
    ("$episerver$*1*", "episerver_sha256", |it| {
        servers::episerver("episerver_sha256", "sha256", it)
    }),
    ("pbkdf2_sha256$", "django_pbkdf2_sha256", |it| {
        pbkdf2::django("django_pbkdf2_sha256", Digest::Sha256, it)
    }),
    ("pbkdf2_sha1$", "django_pbkdf2_sha1", |it| {
        pbkdf2::django("django_pbkdf2_sha1", Digest::Sha1, it)
    }),
    ("argon2$argon2", "django_argon2", |it| {
        modular::argon2(it).map(|hash| hash.named("django_argon2"))
    }),
    ("bcrypt$$2", "django_bcrypt", |it| {
        modular::bcrypt(it).map(|hash| hash.named("django_bcrypt"))
    }),
    ("bcrypt_sha256$$2", "django_bcrypt_sha256", frameworks::django_bcrypt_sha256),
    ("scrypt$", "django_scrypt", scrypt::django),
    ("crypt$", "django_des_crypt", frameworks::django_des_crypt),
    ("md5$$", "django_salted_md5", |it| {
        plain_digest("django_salted_md5", Digest::Md5, Recipe::PASSWORD, vec![], it)
    }),
    ("sha1$$", "django_salted_sha1", |it| {
        plain_digest("django_salted_sha1", Digest::Sha1, Recipe::PASSWORD, vec![], it)
    }),
    ("plain$$", "plaintext", |it| plain(it).1),
    ("scrypt:", "werkzeug_scrypt", scrypt::werkzeug),
    ("pbkdf2:", "werkzeug_pbkdf2", pbkdf2::werkzeug),
    ("pbkdf2(", "web2py_pbkdf2", pbkdf2::web2py),
    ("grub.pbkdf2.sha512.", "grub_pbkdf2_sha512", pbkdf2::grub),
    ("SCRYPT:", "hashcat_scrypt", scrypt::hashcat),
    ("SCRAM-SHA-256$", "postgres_scram_sha256", servers::postgres_scram),
    (":pbkdf2:", "mediawiki_pbkdf2", pbkdf2::mediawiki),
    (":pbkdf2-sha", "mediawiki_pbkdf2", mediawiki::named_pbkdf2),
    (":pbkdf2-legacyA:", "mediawiki_pbkdf2", |it| mediawiki::over_old("A", it)),
    (":pbkdf2-legacyB:", "mediawiki_pbkdf2", |it| mediawiki::over_old("B", it)),
    (":bcrypt:", "bcrypt", mediawiki::bcrypt),
    (":argon2:$argon2", "argon2", modular::argon2),
    (":A:", "mediawiki_a", mediawiki::a),
    (":B:", "mediawiki_b", mediawiki::b),
    ("{\"", "keycloak", |it| keycloak::keycloak(it, None)),
    ("!bcrypt!", "request_tracker", servers::request_tracker),
    ("!sha512!", "request_tracker_sha512", servers::request_tracker_sha512),
    ("BCRYPT:", "otrs_bcrypt", servers::otrs),
    ("bcrypt=>$2", "bcrypt", modular::bcrypt),
    ("1|$2", "bcrypt", modular::bcrypt),
    ("2|$argon2", "argon2", modular::argon2),
    ("3|$argon2", "argon2", modular::argon2),
    ("#jbcrypt:$2", "bcrypt", modular::bcrypt),
    ("$mysql$A$", "mysql_caching_sha2", servers::hashcat_caching_sha2),
    ("$A$", "mysql_caching_sha2", servers::caching_sha2),
    ("s2:", "better_auth", scrypt::lucia),
    ("0x0100", "mssql2005", servers::mssql),
    ("0x0200", "mssql2012", servers::mssql2012),
    // Known, and not verified.
    ("$8$", "cisco_type8", unsupported),
    ("$9$", "cisco_type9", unsupported),
    ("$DCC2$", "msdcc2", unsupported),
    ("0xc007", "sybase_ase", unsupported),
    ("$racf$", "racf", unsupported),
    ("$ml$", "macos_ml", unsupported),
    ("$solarwinds$", "solarwinds_orion", unsupported),
    ("$mongodb-scram$", "mongodb_scram", unsupported),
    ("otm_sha256:", "oracle_otm", unsupported),
    ("v1;PPH1_MD4,", "azure_sync", unsupported),
    ("@m@", "qnx", unsupported),
    ("@s@", "qnx", unsupported),
    ("@S@", "qnx", unsupported),
];

/// What hashes that tell their scheme begin with.
pub fn marks() -> impl Iterator<Item = &'static str> {
    PREFIXES.iter().map(|(prefix, ..)| *prefix)
}

fn unsupported(_: &str) -> Read {
    Err(Unverifiable::Unsupported)
}

/// Reads a hash that its prefix tells; none when none does.
pub(in crate::password::stored) fn read(text: &str) -> Option<Told> {
    let by_prefix = |&(prefix, scheme, reader): &(&str, &'static str, Reader)| {
        text.strip_prefix(prefix).map(|rest| (scheme, reader(rest)))
    };
    PREFIXES.iter().find_map(by_prefix).or_else(|| short(text))
}

/// Behind a prefix so short that the rest has to look like a hash as well.
fn short(text: &str) -> Option<Told> {
    let digits = |rest: &str| rest.len() >= 16 && is_any_hex(rest);
    if let Some(rest) = text.strip_prefix("S:").filter(|rest| digits(rest)) {
        return Some(("oracle11", servers::oracle11(rest)));
    }
    if let Some(rest) = text.strip_prefix("T:").filter(|rest| digits(rest)) {
        return Some(("oracle12", servers::oracle12(rest)));
    }
    if text.len() > 20 && text.ends_with(')') {
        let domino = [("(G", "domino6"), ("(H", "domino8")];
        let named = domino.iter().find(|(start, _)| text.starts_with(start));
        return named.map(|(_, scheme)| (*scheme, Err(Unverifiable::Unsupported)));
    }
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
    let rest = text.strip_prefix('_').filter(|rest| rest.len() == 19)?;
    rest.bytes().all(is_letter).then(|| ("bsdi_crypt", crypt::bsdi_crypt(rest)))
}
