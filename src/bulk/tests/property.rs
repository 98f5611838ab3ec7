//! Any recipe at all: what is translated must admit the same password and no other.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use zeroize::Zeroizing;

use super::reading::admits;
use super::{Import, account, json, settings, translate};
use crate::password::{
    Argon2Kind, BcryptVariant, Change, Digest, Encoding, Inputs, Kdf, Recipe, StoredHash, Variable,
};

const CASES: usize = 3000;
const PEPPER: &str = "pepper";

fn digest() -> impl Strategy<Value = Digest> {
    prop_oneof![
        4 => prop::sample::select(vec![
            Digest::Md4, Digest::Md5, Digest::Sha1, Digest::Sha256, Digest::Sha512,
        ]),
        1 => prop::sample::select(vec![
            Digest::Sha224, Digest::Sha384, Digest::Ripemd160, Digest::Whirlpool, Digest::Sha3x256,
        ]),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop::sample::select(vec![
        Change::Hex,
        Change::UpperHex,
        Change::Base64,
        Change::Lower,
        Change::Upper,
        Change::UnicodeLower,
        Change::UnicodeUpper,
        Change::AddSlashes,
        Change::Html { quotes: true },
        Change::Trim,
        Change::Utf16Le,
        Change::Utf16Be,
        Change::Latin1,
        Change::Nfc,
        Change::Nfkc,
        Change::Nfkd,
        Change::Saslprep,
        Change::Repeat(16),
        Change::Part { start: 1, length: 4 },
    ])
}

fn known() -> impl Strategy<Value = Recipe> {
    prop_oneof![
        Just(Recipe::SALT),
        Just(Recipe::Variable(Variable::Username)),
        Just(Recipe::Variable(Variable::Pepper)),
        Just(Recipe::Variable(Variable::OptionalPepper)),
        "[ -~]{0,6}".prop_map(|text| Recipe::Constant(text.into_bytes().into())),
        Just(Recipe::SALT.then(Change::Hex)),
        Just(Recipe::Digest(Digest::Md5, Box::new(Recipe::SALT)).then(Change::Hex)),
    ]
}

fn password() -> impl Strategy<Value = Recipe> {
    prop_oneof![
        4 => Just(Recipe::PASSWORD),
        1 => change().prop_map(|change| Recipe::PASSWORD.then(change)),
        1 => digest().prop_map(|of| Recipe::Digest(of, Box::new(Recipe::PASSWORD)).then(Change::Hex)),
    ]
}

fn message() -> impl Strategy<Value = Recipe> {
    let joined = prop_oneof![
        3 => password().prop_map(|password| vec![password]),
        2 => (vec(known(), 1..3), password()).prop_map(|(mut parts, password)| { parts.push(password); parts }),
        2 => (password(), vec(known(), 1..3)).prop_map(|(password, mut parts)| { parts.insert(0, password); parts }),
        1 => vec(prop_oneof![known(), password()], 1..5),
    ];
    (joined, prop::option::weighted(0.2, change())).prop_map(|(parts, change)| {
        let joined = Recipe::Join(parts);
        change.into_iter().fold(joined, Recipe::then)
    })
}

fn kdf() -> impl Strategy<Value = (Kdf, usize)> {
    let bcrypt =
        prop_oneof![4 => Just(BcryptVariant::Correct), 1 => Just(BcryptVariant::SignExtended)]
            .prop_map(|variant| (Kdf::Bcrypt { variant, cost: 4 }, 23));
    let kind = prop::sample::select(vec![Argon2Kind::D, Argon2Kind::I, Argon2Kind::Id]);
    let version = prop::sample::select(vec![0x10_u32, 0x13, 0x13, 0x13]);
    let argon2 = (kind, version, 40..200_u32, 1..3_u32, 1..6_u32, 12..70_usize).prop_map(
        |(kind, version, memory_kib, passes, lanes, length)| {
            (Kdf::Argon2 { kind, version, memory_kib, passes, lanes, keyed: false }, length)
        },
    );
    let pbkdf2 = (digest(), 1..40_u32, 16..100_usize)
        .prop_map(|(digest, iterations, length)| (Kdf::Pbkdf2 { digest, iterations }, length));
    let scrypt = (1..7_u8, 1..4_u32, 1..4_u32, 16..70_usize)
        .prop_map(|(log_n, r, p, length)| (Kdf::Scrypt { log_n, r, p }, length));
    prop_oneof![3 => bcrypt, 2 => argon2, 1 => pbkdf2, 1 => scrypt]
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let keyed = |(digest, key, message)| Recipe::Hmac {
        digest,
        key: Box::new(key),
        message: Box::new(message),
    };
    let salt = prop_oneof![5 => Just(Recipe::SALT), 1 => known(), 1 => message()];
    prop_oneof![
        5 => (digest(), message()).prop_map(|(digest, of)| Recipe::Digest(digest, Box::new(of))),
        2 => (digest(), prop_oneof![known(), message()], message()).prop_map(keyed),
        6 => (kdf(), prop_oneof![message(), password()], salt).prop_map(|((kdf, length), password, salt)| Recipe::Derive {
            kdf, password: Box::new(password), salt: Box::new(salt), length,
        }),
        1 => (digest(), message(), 1..4_u32).prop_map(|(digest, first, count)| Recipe::Iterate {
            first: Box::new(Recipe::Digest(digest, Box::new(first))),
            step: Box::new(Recipe::Digest(digest, Box::new(Recipe::Variable(Variable::Digest)))),
            count,
        }),
    ]
}

/// Passwords: mostly of people, some of Unicode's corners. Those alike under every change that only
/// warns begin and end with a plain letter and hold ASCII alone.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[ -~]{1,20}", 1 => "[a-z\u{e4}\u{e9}]{1,12}", 1 => "\\PC{1,12}", 1 => "[a-z]{60,80}"]
}

#[test]
fn what_is_translated_admits_the_same_password_and_no_other() {
    // The same cases each time: raise CASES to search further.
    let mut runner = TestRunner::deterministic();
    let preparation = prop_oneof![
        4 => Just(Recipe::PASSWORD),
        2 => Just(Recipe::peppered()),
        1 => Just(Recipe::Join(vec![Recipe::Variable(Variable::Pepper), Recipe::PASSWORD])),
        1 => Just(Recipe::Digest(Digest::Sha256, Box::new(Recipe::PASSWORD)).then(Change::Hex)),
    ];
    let scheme = prop::sample::select(vec!["recipe", "ldap_salted_sha1"]);
    // bcrypt wants sixteen bytes.
    let salt = prop_oneof![vec(any::<u8>(), 0..12), vec(any::<u8>(), 16)];
    let case = (recipe(), preparation, salt, typed(), scheme);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..CASES {
        let (recipe, preparation, salt, password, scheme) =
            case.new_tree(&mut runner).expect("a case").current();
        let told = format!("{recipe:?}\n{preparation:?}\nsalt {salt:?} password {password:?}");
        let outcome = one(recipe, preparation, salt, &password, scheme)
            .unwrap_or_else(|fault| panic!("{fault}\n{told}"));
        *seen.entry(outcome).or_default() += 1;
    }
    for algorithm in [
        "argon2", "bcrypt", "hmac", "ldap", "md4", "md5", "sha1", "sha256", "sha512", "pbkdf2",
        "scrypt",
    ] {
        assert!(seen.get(algorithm).is_some_and(|n| *n > 5), "hardly any {algorithm}: {seen:?}");
    }
}

/// Translates one case; the algorithm, or why there is none.
fn one(
    recipe: Recipe,
    preparation: Recipe,
    salt: Vec<u8>,
    password: &str,
    scheme: &'static str,
) -> Result<String, String> {
    let settings = settings(Some(PEPPER), preparation);
    let inputs = Inputs {
        password: &[],
        salt: &salt,
        username: "ada",
        email: "",
        pepper: PEPPER.as_bytes(),
    };
    let derive = |password: &str| {
        let typed = Inputs { password: password.as_bytes(), ..inputs };
        if recipe.uses(Variable::Pepper) || recipe.uses(Variable::OptionalPepper) {
            return recipe.evaluate(typed);
        }
        let prepared =
            settings.preparation.evaluate(Inputs { salt: &[], username: "", ..typed })?;
        recipe.evaluate(Inputs { password: &prepared, ..inputs })
    };
    let Some(digest) = derive(password) else { return Ok("not derived".into()) };
    let hash = |digest: Zeroizing<Vec<u8>>| StoredHash {
        scheme,
        recipe: recipe.clone(),
        salt: salt.clone(),
        digest,
        encoding: Encoding::Hex,
    };
    let row = account("", None, None);
    let translation = match translate(&hash(digest), row, &settings) {
        Ok(translation) => translation,
        Err(reason) => return Ok(reason.code().to_owned()),
    };
    let Import::Ready(_) = translation.import else { return Ok("clear text".into()) };
    // Warnings say which passwords may differ: this one does not.
    let (password, translation) = if translation.warnings.is_empty() {
        (password.to_owned(), translation)
    } else {
        let plain = "plain".to_owned();
        let digest = derive(&plain).ok_or("not derived")?;
        (plain, translate(&hash(digest), row, &settings).map_err(|e| e.to_string())?)
    };
    let object = json(&translation);
    let digest = derive(&password);
    let admitted = |password: &str| admits(&object, password).map_err(|e| format!("{e}: {object}"));
    if !admitted(&password)? {
        return Err(format!("locked out: {object}"));
    }
    let algorithm = object["custom_password_hash"]["algorithm"].as_str().unwrap_or("password_hash");
    for other in [format!("x{password}"), format!("{password}x"), "another".to_owned()] {
        // The legacy system let in whoever agrees in the 72 bytes that bcrypt reads.
        let alike = derive(&other) == digest;
        if !alike && admitted(&other)? {
            return Err(format!("{other:?} is let in: {object}"));
        }
    }
    Ok(algorithm.to_owned())
}
