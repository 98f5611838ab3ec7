//! What unknown users are charged for: what users who are known cost.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use super::settings::Account;
use crate::password::Columns;
use crate::password::recipe::Recipe;
use crate::password::stored::StoredHash;

/// How many users are remembered, and how many of them make a cost a usual one.
const REMEMBERED: usize = 256;
const SHARE: usize = 16;
/// The salt of a scheme that nobody was seen to have: as text in hexadecimal, in base64, and as bytes.
const SALT: &[u8] = b"5a5a5a5a5a5a5a5a";

/// The schemes of the users who came last, each once: however often somebody logs in, it is one user. A
/// decoy costs what the dearest scheme costs that at least one in sixteen has: a cheaper decoy would
/// tell an unknown user from those, and a single dear row must not make every unknown user dear.
pub(super) struct Prevailing {
    configured: Known,
    /// What stands for the user, and the place of the scheme.
    latest: VecDeque<(u64, usize)>,
    /// Each scheme, and how many of those users have it.
    known: Vec<(Known, usize)>,
    dearest: Known,
    key: RandomState,
}

/// A scheme, and a salt of its form: that of the first user who had it.
#[derive(Clone)]
struct Known {
    recipe: Recipe,
    salt: Vec<u8>,
}

impl Prevailing {
    pub(super) fn new(configured: Recipe) -> Self {
        let configured = Known { recipe: configured, salt: SALT.to_vec() };
        let (latest, known) = (VecDeque::new(), vec![]);
        Self { dearest: configured.clone(), configured, latest, known, key: RandomState::new() }
    }

    /// Notes the user who has this hash.
    pub(super) fn saw(&mut self, account: Account<'_>, hash: &StoredHash) {
        let Account { columns: Columns { hash: text, salt, .. }, username, email } = account;
        let user = self.key.hash_one((text, salt, username, email));
        if self.latest.iter().any(|(known, _)| *known == user) {
            return;
        }
        if self.latest.len() == REMEMBERED
            && let Some((_, place)) = self.latest.pop_front()
            && let Some((_, users)) = self.known.get_mut(place)
        {
            *users -= 1;
        }
        let place = self.place(hash);
        self.latest.push_back((user, place));
        let enough = self.latest.len().div_ceil(SHARE);
        let usual = self.known.iter().filter(|(_, users)| *users >= enough);
        let dearest = usual.map(|(known, _)| known).max_by_key(|known| known.recipe.cost());
        self.dearest = dearest.unwrap_or(&self.configured).clone();
    }

    /// Counts one more of this scheme. A scheme that nobody has gives its place to a new one.
    fn place(&mut self, hash: &StoredHash) -> usize {
        let is_it = |known: &Known| known.recipe == hash.recipe;
        let same = self.known.iter().position(|(known, users)| *users > 0 && is_it(known));
        let free = || self.known.iter().position(|(_, users)| *users == 0);
        let place = same.or_else(free).unwrap_or(self.known.len());
        let new = || Known { recipe: hash.recipe.clone(), salt: hash.salt.clone() };
        match self.known.get_mut(place) {
            Some((_, users)) if *users > 0 => *users += 1,
            Some(unused) => *unused = (new(), 1),
            None => self.known.push((new(), 1)),
        }
        place
    }

    pub(super) fn decoy(&self) -> StoredHash {
        let Known { recipe, salt } = self.dearest.clone();
        StoredHash::decoy(recipe, salt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::{Inputs, Schemes};

    const CHEAP: &str = "$2b$04$abcdefghijklmnopqrstuu";
    const DEAR: &str = "$2b$12$abcdefghijklmnopqrstuu";

    /// A login of the user of this number.
    fn login(prevailing: &mut Prevailing, cost: &str, user: usize) {
        let text = format!("{cost}{user:.>31}");
        let columns = Columns { hash: &text, salt: None, scheme: None };
        let hash = Schemes::default().read(columns).expect("a hash");
        prevailing.saw(Account { columns, username: None, email: None }, &hash);
    }

    fn dearest(prevailing: &Prevailing) -> u64 {
        prevailing.decoy().recipe.cost().nanoseconds
    }

    #[test]
    fn nobody_shapes_the_decoy_by_coming_often() {
        let schemes = Schemes::default();
        let mut prevailing = Prevailing::new(schemes.usual());
        (0..32).for_each(|user| login(&mut prevailing, DEAR, user));
        let dear = dearest(&prevailing);
        (0..10_000).for_each(|_| login(&mut prevailing, CHEAP, 0));
        assert_eq!(dearest(&prevailing), dear);
        // One in seventeen is not usual; one in sixteen is.
        (0..REMEMBERED).for_each(|user| login(&mut prevailing, CHEAP, user));
        let cheap = dearest(&prevailing);
        assert!(cheap < dear);
        (0..REMEMBERED / SHARE - 1).for_each(|user| login(&mut prevailing, DEAR, user));
        assert_eq!(dearest(&prevailing), cheap);
        login(&mut prevailing, DEAR, REMEMBERED);
        assert_eq!(dearest(&prevailing), dear);
    }

    /// Whether the decoy's digest can be made at all: what cannot be made costs nothing.
    fn is_made(decoy: &StoredHash) -> bool {
        let inputs = Inputs { password: b"pw", salt: &[], username: "", email: "", pepper: b"x" };
        decoy.derive(inputs).is_some()
    }

    /// One hash of each form that other software made.
    #[test]
    fn every_decoy_is_derived() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hashes");
        let mut seen = std::collections::BTreeSet::new();
        for file in ["published", "hashcat", "frameworks", "software", "products"] {
            let text = std::fs::read_to_string(format!("{folder}/{file}.jsonl")).expect("vectors");
            for line in text.lines() {
                let vector: serde_json::Value = serde_json::from_str(line).expect("a vector");
                let (row, scheme) = (&vector["columns"], vector["scheme"].as_str());
                let name = [&row["password_scheme"], &row["recipe"]];
                let name = name.into_iter().find_map(|it| it.as_str()).or(scheme);
                let hash = vector["hash"].as_str().expect("a hash");
                let columns = Columns { hash, salt: row["salt"].as_str(), scheme: name };
                let Ok(hash) = Schemes::default().read_even_weak(columns) else { continue };
                if hash.cost().nanoseconds > 20_000_000 || !seen.insert(name.map(str::to_owned)) {
                    continue;
                }
                let mut prevailing = Prevailing::new(Schemes::default().usual());
                prevailing.saw(Account { columns, username: None, email: None }, &hash);
                assert!(prevailing.decoy().recipe == hash.recipe, "{name:?}");
                assert!(is_made(&prevailing.decoy()), "{name:?}");
            }
        }
        assert!(seen.len() > 200, "{}", seen.len());
    }

    #[test]
    fn a_configured_decoy_is_derived_before_anybody_came() {
        for name in [
            "iterate(sha512_bin(unhex($salt).$pass), sha512_bin($digest), 3)",
            "sha1(unbase64($salt).$pass)",
            "md5($salt2.$pass)",
            "bcrypt",
            "argon2(m=64, t=1)",
            "pbkdf2_sha256(iterations=3)",
            "symfony_sha512",
        ] {
            let schemes = Schemes::default().with_default(name).expect("a scheme");
            assert!(is_made(&Prevailing::new(schemes.usual()).decoy()), "{name}");
        }
    }
}
