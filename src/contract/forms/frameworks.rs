//! Web frameworks, database servers and single products.

use super::Writing::{Base64, Hex};
use super::modular::bcrypt;
use super::{Form, digest, hidden, plain, salt};

pub(super) const BASE64_SALT: &str = "~B{0,88}~=";
pub(super) const BASE64_KEY: &str = "~B{22,}~=";
const HEX_KEY: &str = "~H{32,}";

pub(super) fn forms() -> Vec<Form> {
    let mut forms = dollars();
    forms.extend(colons());
    forms.extend(servers());
    forms.extend(super::products::forms());
    forms.extend(nested());
    forms
}

/// A salt and a digest with something between.
pub(super) fn form(starts: &str, before: &str, own: &str, between: &str, key: &str) -> Form {
    let writing = if key.contains("~H") { Hex } else { Base64 };
    Form::new(starts, writing, [plain(before), salt(own), plain(between), digest(key)])
}

/// `…$salt$digest`.
fn dollars() -> Vec<Form> {
    let text = "[^$]{0,40}";
    let mut forms = vec![
        form("pbkdf2_sha", "pbkdf2_sha(?:1|256)$~N$", text, "$", BASE64_KEY),
        form("scrypt$", "scrypt$~N$", text, "$~N$~N$", BASE64_KEY),
        form("scrypt:", "scrypt:~N:~N:~N$", text, "$", HEX_KEY),
        form("pbkdf2:", "pbkdf2:[0-9a-z_]{3,8}:~N$", text, "$", HEX_KEY),
        form("pbkdf2(", "pbkdf2[(]~N,~N,[0-9a-z]{3,6}[)]$", text, "$", HEX_KEY),
        form("$SHA$", "$SHA$", text, "$", "~H{64}"),
        form("$PHPS$", "$PHPS$", "~H{0,40}", "$", "~H{32}"),
        form("$B$", "$B$", text, "$", "~H{32}"),
        form("$", "$~H{5,6}$", BASE64_SALT, "$", BASE64_KEY),
        form(
            "{scrypt",
            "[{]scrypt(?:@SpringSecurity_v5_8)?[}]$~H{5,6}$",
            BASE64_SALT,
            "$",
            BASE64_KEY,
        ),
        Form::new(
            "crypt$",
            super::Writing::Letters,
            [plain("crypt$[^$]{0,16}$"), salt("~L{2}"), digest("~L{11}")],
        )
        .without_decoy(),
    ];
    for phpass in ["$H", "$P"] {
        let before = plain(&format!(r"{phpass}[\\]2[abxy]?$~L[^$]{{8}}$[0-9]{{2}}[\\]"));
        let pieces = [before, salt("~L{22}"), plain("$"), digest("~L{31}")];
        let starts = format!(r"{phpass}\2");
        forms.push(Form::new(&starts, super::Writing::Letters, pieces).without_decoy());
    }
    // What could be the digest itself is not taken for the salt: nothing else tells the two apart.
    for starts in ["md5$", "sha1$", "sha224$", "sha256$", "sha384$", "sha512$"] {
        let before = format!("{starts}(?!(?:~H{{32,}}|~D{{21,}}={{1,2}})[$])");
        forms.push(form(starts, &before, text, "$", HEX_KEY));
    }
    forms
}

/// `…:salt:digest`, and digests with the salt behind them.
fn colons() -> Vec<Form> {
    vec![
        form(":pbkdf2:", ":pbkdf2:[0-9a-z-]{3,8}:~N:~N:", BASE64_SALT, ":", BASE64_KEY),
        Form::new(
            ":pbkdf2-legacy",
            Base64,
            [
                plain(":pbkdf2-legacy[AB]:![0-9a-z-]{3,8}:~N:~N![^!]{0,64}!~B{0,88}~=!"),
                digest(BASE64_KEY),
            ],
        )
        .without_decoy(),
        Form::new(
            ":bcrypt:",
            super::Writing::Letters,
            [plain(":bcrypt:[0-9]{1,2}$"), salt("~L{22}"), plain("$"), digest("~L{31}")],
        ),
        form(":B:", ":B:", "[^:]{0,40}", ":", "~H{32}"),
        Form::new(":A:", Hex, [plain(":A:"), digest("~H{32}")]),
        form(":A:", ":A:", "[^:]{1,31}", ":", "~H{32}"),
        form("s2:", "s2:", "[0-9A-Za-z]{1,40}", ":", "~H{128}"),
        form("md5:", "md5:~N:", BASE64_SALT, ":", BASE64_KEY),
        form("sha", "sha(?:1|256|512):~N:", BASE64_SALT, ":", BASE64_KEY),
        form("SCRYPT:", "SCRYPT:~N:~N:~N:", BASE64_SALT, ":", BASE64_KEY),
        form("grub.", "grub[.]pbkdf2[.]sha512[.]~N[.]", "~H*", "[.]", HEX_KEY),
        // Magento. Where no version tells, the salt must not be what could be a digest itself.
        Form::new(
            "",
            Hex,
            [
                digest("~H{64}"),
                plain(":"),
                salt("[0-9A-Za-z]{1,40}"),
                plain("(?::[0-3][0-9_]*){1,4}"),
            ],
        ),
        Form::new(
            "",
            Hex,
            [digest("~H{32}"), plain(":(?!~H{32,}:)"), salt("[0-9A-Za-z]{1,40}"), plain(":0")],
        ),
    ]
}

/// What database servers store.
fn servers() -> Vec<Form> {
    let first = |starts: &str, before: &str, own: &str, key: &str| {
        Form::new(starts, Hex, [plain(before), salt(own), digest(key)])
    };
    let last = |starts: &str, before: &str, key: &str, own: &str| {
        Form::new(starts, Hex, [plain(before), digest(key), salt(own)])
    };
    vec![
        Form::new("*", Hex, [plain("[*]"), digest("~H{40}")]),
        Form::new("md5", Hex, [plain("md5"), digest("~H{32}")]),
        first("0x0100", "0x0100", "~H{8}", "~H{40}"),
        Form::new(
            "0x0100",
            Hex,
            [plain("0x0100"), salt("~H{8}"), hidden("~H{40}"), digest("~H{40}")],
        ),
        first("0x0200", "0x0200", "~H{8}", "~H{128}"),
        last("S:", "S:", "~H{40}", "~H{20}"),
        last("T:", "T:", "~H{128}", "~H{32}"),
    ]
}

/// Forms that carry others inside.
fn nested() -> Vec<Form> {
    let xenforo = plain("a:[0-9]:[{]s:4:\"hash\";s:[0-9]{1,3}:\"");
    let mut bcrypt = bcrypt("a:", "a:[0-9]:[{]s:4:\"hash\";s:60:\"$2[abxy]?$[0-9]{2}$");
    bcrypt.pieces.push(plain("\";[}]"));
    // In an export the object is itself a text, in which quotation marks are escaped.
    let quote = r#"[\\]?""#;
    let member = |name: &str| format!("{quote}{name}{quote}: ?{quote}");
    let keycloak = |before: String, behind: String| {
        let value = plain(&format!("{before}[{{]{}", member("value")));
        let between = plain(&format!("{quote}, ?{}", member("salt")));
        let more = format!(
            "{quote}(?:, ?{quote}additionalParameters{quote}: ?[{{][^}}]{{0,200}}[}}])?[}}]"
        );
        let pieces =
            [value, digest(BASE64_KEY), between, salt("~B{0,88}~="), plain(&(more + &behind))];
        Form::new("{\"", Base64, pieces)
    };
    vec![
        bcrypt,
        Form::new(
            "a:",
            Hex,
            [
                xenforo,
                digest(HEX_KEY),
                plain("\";s:4:\"salt\";s:[0-9]{1,3}:\""),
                salt("[^\"]{1,70}"),
                plain("\";s:8:\"hashFunc\";s:[0-9]:\"sha(?:1|256)\";[}]"),
            ],
        ),
        keycloak(String::new(), String::new()).with_salt_column(),
        keycloak(
            "[{](?:\"[0-9A-Za-z_]+\": ?(?:\"[0-9A-Za-z -]*\"|[0-9]+), ?){0,6}\"secret_?[Dd]ata\": ?\"?".to_owned(),
"\"?, ?\"credential_?[Dd]ata\": ?\"?[{][^}]+[}]{1,2}\"?[}]".to_owned(),
        ),
    ]
}
