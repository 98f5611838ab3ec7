//! A stored hash, put together from what a form holds.

use zeroize::Zeroizing;

use crate::password::primitives::{Digest, Kdf};
use crate::password::recipe::{Encoding, Recipe, grammar};
use crate::password::stored::hash::{StoredHash, Unverifiable};
use Unverifiable::Malformed;

/// What came of reading.
pub(in crate::password::stored) type Read = Result<StoredHash, Unverifiable>;

/// A scheme's name, and what came of reading a hash that claims to be of it.
pub(in crate::password::stored) type Told = (&'static str, Read);

/// A digest below 16 bytes can be met by chance; no scheme of variable length makes more than 1024.
const DIGEST_BYTES: std::ops::RangeInclusive<usize> = 16..=1024;

/// A hash by one key derivation over password and salt as they are. Where `digest` is empty, `usual`
/// bytes are derived, and the caller puts them in; a row without a digest is refused by `Schemes`.
pub(super) fn derived(
    scheme: &'static str,
    kdf: Kdf,
    salt: Vec<u8>,
    (encoding, digest): (Encoding, &str),
    usual: usize,
) -> Read {
    let digest = Zeroizing::new(encoding.read(digest).ok_or(Malformed)?);
    let length = if digest.is_empty() { usual } else { digest.len() };
    if !DIGEST_BYTES.contains(&length) {
        return Err(Malformed);
    }
    Ok(StoredHash { scheme, recipe: Recipe::derived(kdf, length), salt, digest, encoding })
}

/// The hash, if its digest has a length that software gives it. A shorter output of PBKDF2 or scrypt
/// begins like a longer one, so that a digest that a column has cut would still match.
pub(super) fn uncut(hash: StoredHash) -> Read {
    let length = hash.digest.len();
    let usual = length.is_multiple_of(16) || matches!(length, 20 | 24 | 28 | 40);
    if usual { Ok(hash) } else { Err(Malformed) }
}

/// The hash, if its digest has just this length.
pub(super) fn whole(hash: StoredHash, length: usize) -> Read {
    if hash.digest.is_empty() || hash.digest.len() == length { Ok(hash) } else { Err(Malformed) }
}

/// A digest of `of`, in hexadecimal or base64 as its length shows.
pub(super) fn plain_digest(
    scheme: &'static str,
    digest: Digest,
    of: Recipe,
    salt: Vec<u8>,
    written: &str,
) -> Read {
    let encoding = Encoding::of(written, digest.length()).ok_or(Malformed)?;
    let bytes = Zeroizing::new(encoding.read(written).ok_or(Malformed)?);
    let recipe = Recipe::Digest(digest, Box::new(of));
    Ok(StoredHash { scheme, recipe, salt, digest: bytes, encoding })
}

/// A hash by a recipe whose digest is written in hexadecimal or base64.
pub(super) fn by_recipe(
    scheme: &'static str,
    recipe: &str,
    salt: Vec<u8>,
    (encoding, written): (Encoding, &str),
) -> Read {
    let recipe = grammar::recipe(recipe).ok_or(Malformed)?;
    let digest = Zeroizing::new(encoding.read(written).ok_or(Malformed)?);
    if recipe.length() != Some(digest.len()) {
        return Err(Malformed);
    }
    Ok(StoredHash { scheme, recipe, salt, digest, encoding })
}

/// The hash, made from what the recipe makes of the password.
pub(super) fn over(mut hash: StoredHash, recipe: &str) -> Read {
    hash.recipe.over(&grammar::inner(recipe).ok_or(Malformed)?);
    Ok(hash)
}

/// The password itself.
pub(super) fn plain(body: &str) -> Told {
    let digest = Zeroizing::new(body.as_bytes().to_vec());
    let hash = StoredHash {
        scheme: "plaintext",
        recipe: Recipe::PASSWORD,
        salt: vec![],
        digest,
        encoding: Encoding::Text,
    };
    ("plaintext", Ok(hash))
}
