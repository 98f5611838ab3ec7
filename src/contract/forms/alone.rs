//! Forms that only a name tells, and digests that stand alone.

use std::collections::BTreeSet;

use super::Writing::{Base64, Hex, Letters};
use super::{Form, MENTIONS_A_SALT, digest, plain, salt};
use crate::password::{Kind, Scheme, Unmarked};

pub(super) fn forms() -> Vec<Form> {
    let bare = |bare: Unmarked| named(|scheme| scheme.kind == Kind::Bare(bare));
    let des = |letters: &str| Form::new("", Letters, [salt("~L{2}"), digest(letters)]);
    let mut forms = vec![
        des("~L{11}").only_for(bare(Unmarked::DesCrypt)),
        des("~L{11,}").only_for(bare(Unmarked::Bigcrypt)),
        des("~L{22}").only_for(bare(Unmarked::Crypt16)),
        Form::new("_", Letters, [plain("_~L{4}"), salt("~L{4}"), digest("~L{11}")])
            .only_for(named(|scheme| scheme.name == "bsdi_crypt")),
    ];
    forms.extend(salt_first());
    for scheme in Scheme::all() {
        if let Kind::Salted(length, recipe) = scheme.kind {
            let digits = if recipe.starts_with("left") { 30 } else { 64 };
            let pieces = [salt(&format!(".{{{length}}}")), digest(&format!("~H{{{digits}}}"))];
            let form = Form::new("", Hex, pieces);
            forms.push(form.only_for(named(|other| other.name == scheme.name)));
        }
    }
    forms.extend(behind_a_colon());
    let alone = |writing, key: &str| Form::new("", writing, [digest(key)]).with_salt_column();
    let digits = "~H{16,}";
    forms.extend([
        alone(Hex, digits),
        alone(Base64, "~B{22,}~="),
        alone(Base64, "[0-9A-Za-z_-]{86}~="),
    ]);
    forms
}

/// The salt behind the digest and a colon, for schemes that are stored so. What could be a digest is
/// not taken for the salt: somebody else's software has them the other way round.
fn behind_a_colon() -> Vec<Form> {
    let salted =
        |scheme: &Scheme, told: bool| uses_a_salt(scheme) && scheme.length().is_some() == told;
    // Of these the name tells how long the digest is, and so the lengths of its base64.
    let lengths = Scheme::all().filter(|it| salted(it, true)).filter_map(Scheme::length);
    let letters: BTreeSet<_> = lengths.map(|bytes| (bytes * 4).div_ceil(3)).collect();
    let letters = letters.iter().map(|letters| format!("~D{{{letters}}}"));
    let letters = letters.collect::<Vec<_>>().join("|");
    // Also where something stands around it.
    let alone = format!("(?:.*[^0-9A-Za-z+/._-])?(?:{letters})~=(?:[^0-9A-Za-z+/._=-]|~E)");
    let rows = [
        (named(|it| salted(it, true)), format!(".*~H{{32,}}|{alone}")),
        (named(|it| salted(it, false)) + MENTIONS_A_SALT, ".*~D{22,}".to_owned()),
    ];
    let mut forms = vec![];
    for (names, could_be_a_digest) in rows {
        for (writing, key) in [(Hex, "~H{16,}"), (Base64, "~B{22,}~=")] {
            let between = plain(&format!(":(?!{could_be_a_digest})"));
            let form = Form::new("", writing, [digest(key), between, salt(".*")]);
            forms.push(form.only_for(names.clone()).with_salt_column());
        }
    }
    // The other way round: a digest of 64 bytes is never the first of the two.
    let of_64_bytes = named(|scheme| match scheme.kind {
        Kind::Pbkdf2(digest) => digest.length() == 64,
        Kind::Scrypt => true,
        Kind::Digest(..) => uses_a_salt(scheme) && scheme.length() == Some(64),
        _ => scheme.name == "better_auth",
    });
    let pieces = [salt("~H{32}"), plain(":"), digest("~H{128}")];
    forms.push(Form::new("", Hex, pieces).only_for(of_64_bytes));
    forms
}

/// A salt and a digest of known lengths with nothing between.
fn salt_first() -> Vec<Form> {
    let (hex, bytes) = ([true].as_slice(), [true, false].as_slice());
    let rows = [
        (Unmarked::SpringStandard, hex, 16, 64),
        (Unmarked::SpringPbkdf2, bytes, 32, 64),
        (Unmarked::SpringPbkdf2, bytes, 16, 64),
        (Unmarked::SpringPbkdf2, bytes, 16, 40),
        (Unmarked::Jasypt, &[false], 16, 32),
        (Unmarked::Jasypt, &[false], 32, 64),
    ];
    let mut forms = vec![];
    for (bare, writings, own, key) in rows {
        let pieces = [salt(&format!("~H{{{own}}}")), digest(&format!("~H{{{key}}}"))];
        for is_hex in writings {
            let pieces = pieces.clone();
            let form =
                if *is_hex { Form::new("", Hex, pieces) } else { Form::bytes("", "", pieces) };
            forms.push(form.only_for(named(|scheme| scheme.kind == Kind::Bare(bare))));
        }
    }
    forms
}

fn uses_a_salt(scheme: &Scheme) -> bool {
    match scheme.kind {
        Kind::Digest(recipe, _) => recipe.contains("$salt"),
        Kind::Pbkdf2(_) | Kind::Scrypt | Kind::Argon2 | Kind::Firebase => true,
        _ => false,
    }
}

/// The names of schemes.
fn named(wanted: impl Fn(&Scheme) -> bool) -> String {
    let names = Scheme::all().filter(|scheme| wanted(scheme));
    let names = names.flat_map(|it| std::iter::once(it.name).chain(it.aliases.split_whitespace()));
    format!(" {} ", names.collect::<Vec<_>>().join(" "))
}
