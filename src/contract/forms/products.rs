//! Single products.

use super::Writing::{Base64, Hex, Letters};
use super::frameworks::{BASE64_KEY, BASE64_SALT, form};
use super::{Form, digest, plain, salt};

pub(super) fn forms() -> Vec<Form> {
    let mut forms = derived();
    forms.extend(others());
    forms.extend(oak());
    forms
}

/// PBKDF2 and scrypt that their prefix tells.
fn derived() -> Vec<Form> {
    let hex_salt = "~H{0,128}";
    vec![
        form("$pbkdf2$f=", "$pbkdf2$f=[0-9A-Za-z]{3,6},w=~N,l=~N$", BASE64_SALT, "$", BASE64_KEY),
        form("$pbkdf2", "$PBKDF2(?:-SHA[0-9]{1,3})?$iterations=~N$", hex_salt, "$", "~H{32,}"),
        form("$pbkdf2", "$PBKDF2$HMACSHA[0-9]{1,3}:~N:", hex_salt, "$", "~H{40,}"),
        form("$pbkdf2", "$PBKDF2$HMACSHA[+0-9{}]{1,7}:~N:", BASE64_SALT, "$", BASE64_KEY),
        form("PBKDF2WithHmac", "PBKDF2WithHmac[0-9A-Za-z]{3,6}:~N:", BASE64_SALT, ":", BASE64_KEY),
        form("PBKDF2SHA256$", "PBKDF2SHA256$~N$", hex_salt, "$", "~H{64}"),
        form("$s", "$s[01]$~H{4,8}$", BASE64_SALT, "$", BASE64_KEY),
        form("$s2$", "$s2$~N$~N$~N$", BASE64_SALT, "$", BASE64_KEY),
        form(
            "$fbscrypt$",
            "$fbscrypt$v=1,n=~N,r=~N,p=1,ss=~B{0,88}~=,sk=~B{86}==$",
            BASE64_SALT,
            "$",
            BASE64_KEY,
        ),
    ]
}

/// The rest.
fn others() -> Vec<Form> {
    vec![
        form("!sha512!", "!sha512!", "[^!]{0,40}", "!", "~B{86}~="),
        form(
            ":pbkdf2-sha",
            ":pbkdf2-sha[0-9]{1,3}:(?:sha[0-9]{1,3}:)?~N:(?:~N:)?",
            BASE64_SALT,
            ":",
            BASE64_KEY,
        ),
        form("", "[0-9a-z]{3,6}:~N:~N:", BASE64_SALT, ":", BASE64_KEY),
        form("", "~H{1,8}$~H{1,8}$~H{1,8}$", "~H{16,64}", "$", "~H{40,64}"),
        form(
            "{x-pbkdf2}",
            "[{][Xx]-[Pp][Bb][Kk][Dd][Ff]2[}]HMACSHA[+0-9]{1,5}:~B{2,8}~=:",
            BASE64_SALT,
            ":",
            BASE64_KEY,
        ),
        Form::new(
            "!bcrypt!",
            Letters,
            [plain("!bcrypt![0-9]{1,2}!"), salt("~L{22}"), digest("~L{31}")],
        ),
        Form::new(
            "BCRYPT:",
            Letters,
            [plain("BCRYPT:[0-9]{1,2}:"), salt(".{16}"), plain(":"), digest("~L{31}")],
        ),
        Form::new("", Base64, [salt("[^{}]{8}"), digest("~B{22,}"), plain("[{][0-9A-Z-]{3,8}[}]")]),
        Form::new(
            "{sha256}",
            Hex,
            [
                plain("[{][Ss][Hh][Aa]256[}]"),
                digest("~H{64}"),
                plain(":(?!.*(?:~H{32,}|~D{43}=))"),
                salt(".{1,70}"),
            ],
        ),
    ]
}

fn oak() -> Vec<Form> {
    let mut forms = vec![];
    for (starts, name) in [
        ("{sha-", "SHA-(?:1|256|384|512)"),
        ("{md5}", "MD5"),
        ("{pbkdf2withhmac", "PBKDF2WithHmac[0-9A-Z]{3,6}"),
    ] {
        forms.push(form(starts, &format!("[{{]{name}[}}]"), "~H{2,64}", "-(?:~N-)?", "~H{32,}"));
    }
    forms
}
