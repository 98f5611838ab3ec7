//! Forms that only a name tells, and digests that stand alone.

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
    // The salt behind the digest and a colon, for schemes that are stored so. What could be a
    // digest is not taken for the salt: somebody else's software has them the other way round.
    let salted = named(uses_a_salt) + MENTIONS_A_SALT;
    let behind = |writing, key: &str| {
        let own = salt(".*");
        let pieces = [digest(key), plain(":(?!~H{32,}$)"), own];
        Form::new("", writing, pieces).only_for(salted.clone()).with_salt_column()
    };
    let alone = |writing, key: &str| Form::new("", writing, [digest(key)]).with_salt_column();
    let digits = "~H{16,}";
    forms.extend([
        behind(Hex, digits),
        behind(Base64, "~B{22,}~="),
        alone(Hex, digits),
        alone(Base64, "~B{22,}~="),
        alone(Base64, "[0-9A-Za-z_-]{86}~="),
    ]);
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
