//! crypt(3), the modular crypt format, and the PHC's strings.

use super::Writing::{Base64, Hex, Letters};
use super::{Form, any_case, digest, hidden, plain, salt};

/// Those that a brace may stand before.
fn inner() -> Vec<Form> {
    let crypt = |starts, before: &str, own: &str| {
        Form::new(starts, Letters, [plain(before), salt(own), plain("$"), digest("~L+")])
    };
    let phpass = |starts: &str| {
        let before = plain(&format!("{starts}~L"));
        Form::new(starts, Letters, [before, salt("[^$]{8}"), digest("~L{22,}")])
    };
    vec![
        bcrypt("$2", "$2[abxy]?$[0-9]{2}$"),
        argon2("$argon2", "$argon2"),
        crypt("$6$", "$6$(?:rounds=~N$)?", "[^$:]{0,16}"),
        crypt("$5$", "$5$(?:rounds=~N$)?", "[^$:]{0,16}"),
        crypt("$1$", "$1$", "[^$:]{0,8}"),
        crypt("$apr1$", "$apr1$", "[^$:]{0,8}"),
        phpass("$P$"),
        phpass("$H$"),
        phpass("$S$"),
        crypt("$y$", "$y$~L+$", "~L*"),
        crypt("$gy$", "$gy$~L+$", "~L*"),
        crypt("$7$", "$7$~L{11}", "[^$]{0,40}"),
        crypt("$sha1$", "$sha1$~N$", "[^$:]{0,40}"),
        crypt("$md5", "$md5(?:,rounds=~N)?$", "[^$:]{0,40}$?"),
        Form::new("$3$$", Hex, [plain("$3$$"), digest("~H{32}")]),
        pbkdf2(),
        Form::new(
            "$scrypt$",
            Base64,
            [plain("$scrypt$[nlrp=,0-9]+$"), salt("~B{0,88}~="), plain("$"), digest("~B{22,}~=")],
        ),
    ]
}

pub(super) fn bcrypt(starts: &str, before: &str) -> Form {
    Form::new(starts, Letters, [plain(before), salt("~L{22}"), digest("~L{31}")])
}

fn argon2(starts: &str, before: &str) -> Form {
    let before = plain(&format!("{before}(?:id|i|d)$(?:v=[0-9]{{1,3}}$)?[mtp=,0-9]+$"));
    Form::new(starts, Base64, [before, salt("~B{1,90}~="), plain("$"), digest("~B{20,}~=")])
}

/// passlib's and the PHC's.
fn pbkdf2() -> Form {
    let before = plain("$pbkdf2(?:-[0-9a-z-]{3,8})?$(?:i=)?~N(?:,l=~N)?$");
    let key = digest("~A{22,}~=");
    Form::new("$pbkdf2", Base64, [before, salt("~A{0,88}~="), plain("$"), key])
}

pub(super) fn forms() -> Vec<Form> {
    let mut forms = inner();
    for form in &mut forms {
        form.inner = true;
    }
    // Letters of DES alone could be anything: only a brace or a name makes them a hash.
    for (starts, name) in [("{crypt}", "CRYPT"), ("{des-crypt}", "DES-CRYPT")] {
        let brace = format!("[{{]{}[}}]", any_case(name));
        let bsdi = plain(&format!("{brace}_~L{{4}}"));
        let bigcrypt = digest("(?:~L{11})+");
        forms.push(Form::new(starts, Letters, [plain(&brace), salt("~L{2}"), bigcrypt]));
        forms.push(Form::new(starts, Letters, [bsdi, salt("~L{4}"), digest("~L{11}")]));
    }
    for (starts, before) in [
        ("bcrypt$$2", "bcrypt$"),
        ("bcrypt_sha256$$2", "bcrypt_sha256$"),
        ("$wp$2", "$wp"),
        ("1|$2", "1[|]"),
        ("#jbcrypt:$2", "#jbcrypt:"),
        ("bcrypt=>$2", "bcrypt=>"),
        ("$shiro2$2", "$shiro2"),
    ] {
        forms.push(bcrypt(starts, &format!("{before}$2[abxy]?$[0-9]{{2}}$")));
    }
    forms.extend([
        argon2("argon2$argon2", "argon2$argon2"),
        argon2(":argon2:$argon2", ":argon2:$argon2"),
        argon2("2|$argon2", "2[|]$argon2"),
        argon2("3|$argon2", "3[|]$argon2"),
        argon2("$shiro2$argon2", "$shiro2$argon2"),
        Form::new("U$", Letters, [plain("U$S$~L"), salt("[^$]{8}"), digest("~L{22,}")]),
        Form::new("U$", Letters, [plain("U$[PH]$~L"), salt("[^$]{8}"), digest("~L{22,}")]),
    ]);
    forms.extend(own_letters());
    forms
}

/// The layouts that one scheme alone has.
fn own_letters() -> Vec<Form> {
    let base64 = |starts, before, own, between, key| {
        Form::new(starts, Base64, [plain(before), salt(own), plain(between), digest(key)])
    };
    let mut scram = base64("SCRAM-SHA-256$", "SCRAM-SHA-256$~N:", "~B{1,88}~=", "$", "~B{43}=");
    scram.pieces.push(hidden(":~B{43}="));
    let passlib = "$bcrypt-sha256$(?:v=2,t=2[aby],r=[0-9]{1,2}|2[aby],[0-9]{1,2})$";
    let shiro = "$shiro1$[0-9A-Za-z-]{3,10}$~N$";
    let p5k2 = ("[./0-9A-Za-z_=-]{0,64}", "[./0-9A-Za-z_-]{27,32}~=");
    vec![
        Form::new(
            "$bcrypt-sha256$",
            Letters,
            [plain(passlib), salt("~L{22}"), plain("$"), digest("~L{31}")],
        ),
        base64("$bcrypt$", "$bcrypt$v=98$r=[0-9]{1,2}$", "~B{22}", "$", "~B{31}"),
        base64("$p5k2$", "$p5k2$[0-9A-Fa-f]{0,8}$", p5k2.0, "$", p5k2.1),
        base64("$shiro1$", shiro, "~B{0,88}~=", "$", "~B{22,}~="),
        base64(
            "$episerver$",
            "$episerver$[*][01][*]",
            "[+/0-9A-Za-z=]{1,64}",
            "[*]",
            "~B{27,43}~=",
        ),
        scram,
    ]
}
