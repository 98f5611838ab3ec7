//! `{SCHEME}…` of LDAP servers, Dovecot, Spring Security, Atlassian and Liferay.

use super::Writing::{Base64, Hex};
use super::{Form, any_case, digest, hidden, plain, salt};

/// What marks a scheme where the rest is broken or not verified, and what is shown for it.
pub(super) const MARKS: &[(&str, &str)] = &[
    ("{FSHP", "{FSHP}"),
    ("{x-issha", "{x-issha}"),
    ("{smd5}", "{smd5}$"),
    ("{ssha1}", "{ssha1}$"),
    ("{ssha256}", "{ssha256}$"),
    ("{ssha512}", "{ssha512}$"),
];

/// The same where nothing but the name is needed.
pub(super) const NAMES: &[&str] = &[
    "PLAIN",
    "CLEARTEXT",
    "CLEAR",
    "noop",
    "MD4",
    "MD5",
    "SHA",
    "SHA224",
    "SHA256",
    "SHA384",
    "SHA512",
    "SMD5",
    "SSHA",
    "SSHA224",
    "SSHA256",
    "SSHA384",
    "SSHA512",
    "PKCS5S2",
    "PBKDF2",
    "PBKDF2-SHA1",
    "PBKDF2-SHA256",
    "PBKDF2-SHA512",
    "PBKDF2_SHA256",
    "CRAM-MD5",
    "HMAC-MD5",
    "DIGEST-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "pbkdf2",
    "pbkdf2@SpringSecurity_v5_8",
    "sha256",
    "SHA-1",
    "SHA-256",
    "NT",
    "NTLM",
    "LANMAN",
    "bcrypt",
    "scrypt",
    "CRYPT",
    "ARGON2ID",
    "GOST_YESCRYPT",
    "OTP",
    "PLAIN-TRUNC",
];

const SUFFIX: &str = "(?:[.](?:[Hh][Ee][Xx]|[Bb](?:[Aa][Ss][Ee])?64))?";

pub(super) fn forms() -> Vec<Form> {
    // Spring's have the salt before the digest, under names that LDAP has without.
    let mut forms = spring();
    for name in [
        "MD4",
        "PLAIN-MD4",
        "MD5",
        "PLAIN-MD5",
        "LDAP-MD5",
        "NTLM",
        "NT",
        "LANMAN",
        "SHA",
        "SHA1",
        "SHA224",
        "SHA256",
        "SHA384",
        "SHA512",
        "CRAM-MD5",
        "HMAC-MD5",
        "DIGEST-MD5",
    ] {
        let starts = format!("{{{name}");
        let name = plain(&format!("[{{]{}{SUFFIX}[}}]", any_case(name)));
        forms.push(Form::new(&starts, Hex, [name.clone(), digest("~H{32,}")]));
        forms.push(Form::new(&starts, Base64, [name, digest("~B{22,}~=")]));
    }
    for (name, digits) in [
        ("SMD5", 32),
        ("SSHA", 40),
        ("SSHA224", 56),
        ("SSHA256", 64),
        ("SSHA384", 96),
        ("SSHA512", 128),
    ] {
        let key = digest(&format!("~H{{{digits}}}"));
        let lead = format!("[{{]{}{SUFFIX}[}}]", any_case(name));
        let pieces = [plain(&lead), key, salt("~H{2,128}")];
        let starts = format!("{{{name}");
        forms.push(Form::new(&starts, Hex, pieces.clone()));
        forms.push(Form::bytes(&starts, &lead, pieces));
    }
    forms.extend(pbkdf2());
    forms
}

fn pbkdf2() -> Vec<Form> {
    let name = "[{][Pp][Bb][Kk][Dd][Ff]2(?:-[Ss][Hh][Aa](?:1|256|512))?[}]";
    let scram = |bits: &str, letters: &str| {
        let before = format!("[{{]{}{bits}[}}]~N,", any_case("SCRAM-SHA-"));
        let (key, other) = (digest(letters), hidden(&format!(",{letters}")));
        Form::new("{scram", Base64, [plain(&before), salt("~B{1,88}~="), plain(","), key, other])
    };
    let liferay = format!("[{{]{}[0-9A-Za-z]{{3,10}}(?:/~N/~N)?[}}]", any_case("PBKDF2WITHHMAC"));
    vec![
        Form::new(
            "{pbkdf2",
            Base64,
            [plain(&format!("{name}~N$")), salt("~A{0,88}~="), plain("$"), digest("~A{22,}~=")],
        ),
        Form::new(
            "{pbkdf2",
            Hex,
            [plain(&format!("{name}$1$")), salt("[^$]{0,40}"), plain("$~N$"), digest("~H{32,}")],
        ),
        scram("1", "~B{27}="),
        scram("256", "~B{43}="),
        behind_lead("{pkcs5s2}", "[{][Pp][Kk][Cc][Ss]5[Ss]2[}]", "", "~H{32}", "~H{64}"),
        behind_lead(
            "{pbkdf2_sha256}",
            "[{][Pp][Bb][Kk][Dd][Ff]2_[Ss][Hh][Aa]256[}]",
            "~H{8}",
            "~H{128}",
            "(?:~H{128}){4}",
        ),
        behind_lead("{PBKDF2WithHmac", &liferay, "0000~H{4}00~H{6}", "~H{16}", "~H{32,}"),
        // ASP.NET Identity has no brace, but the same layout: version 2, and version 3 with its
        // usual salt of 16 bytes.
        behind_lead("A", "", "00", "~H{32}", "~H{64}"),
        behind_lead("AQAAAA", "", "010000000[0-2]~H{8}00000010", "~H{32}", "~H{32,}"),
    ]
}

/// Bytes in base64 behind a text: parameters, salt, key.
fn behind_lead(starts: &str, lead: &str, parameters: &str, own: &str, key: &str) -> Form {
    let before = plain(&format!("{lead}{parameters}"));
    Form::bytes(starts, lead, [before, salt(own), digest(key)])
}

fn spring() -> Vec<Form> {
    let named = |name: &str, own: &str, key: &str| {
        let pieces = [plain(&format!("[{{]{name}[}}]")), salt(own), digest(key)];
        Form::new(&format!("{{{name}}}"), Hex, pieces)
    };
    let message = |starts, name: &str, writing, key| {
        let before = plain(&format!("[{{]{name}[}}][{{]"));
        Form::new(starts, writing, [before, salt("[^}]{1,88}"), plain("[}]"), digest(key)])
    };
    let unsalted = |starts, name: &str| {
        Form::new(starts, Hex, [plain(&format!("[{{]{name}[}}]")), digest("~H{32,}")])
    };
    let mut forms = vec![
        named("pbkdf2", "~H{16}", "(?:~H{64}|~H{40})"),
        named("pbkdf2@SpringSecurity_v5_8", "~H{32}", "~H{64}"),
        named("sha256", "~H{16}", "~H{64}"),
        behind_lead("{pbkdf2}", "[{]pbkdf2[}]", "", "~H{16}", "(?:~H{64}|~H{40})"),
        behind_lead(
            "{pbkdf2@SpringSecurity_v5_8}",
            "[{]pbkdf2@SpringSecurity_v5_8[}]",
            "",
            "~H{32}",
            "~H{64}",
        ),
        unsalted("{sha-1}", "SHA-1"),
        unsalted("{sha-256}", "SHA-256"),
    ];
    for (starts, name) in [("{md", "MD[45]"), ("{sha-", "SHA-(?:1|256|384|512)")] {
        forms.push(message(starts, name, Hex, "~H{32,}"));
        forms.push(message(starts, name, Base64, "~B{22,}~="));
    }
    forms
}
