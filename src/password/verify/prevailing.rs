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

/// The schemes of the users who came last, each once: however often somebody logs in, it is one user. A
/// decoy costs what the dearest scheme costs that at least one in sixteen has: a cheaper decoy would
/// tell an unknown user from those, and a single dear row must not make every unknown user dear.
pub(super) struct Prevailing {
    configured: Recipe,
    /// What stands for the user, and the place of the scheme.
    latest: VecDeque<(u64, usize)>,
    /// Each scheme, and how many of those users have it.
    recipes: Vec<(Recipe, usize)>,
    dearest: Recipe,
    key: RandomState,
}

impl Prevailing {
    pub(super) fn new(configured: Recipe) -> Self {
        let (latest, recipes) = (VecDeque::new(), vec![]);
        Self { dearest: configured.clone(), configured, latest, recipes, key: RandomState::new() }
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
            && let Some((_, users)) = self.recipes.get_mut(place)
        {
            *users -= 1;
        }
        let place = self.place(&hash.recipe);
        self.latest.push_back((user, place));
        let enough = self.latest.len().div_ceil(SHARE);
        let usual = self.recipes.iter().filter(|(_, users)| *users >= enough);
        let dearest = usual.map(|(recipe, _)| recipe).max_by_key(|recipe| recipe.cost());
        self.dearest = dearest.unwrap_or(&self.configured).clone();
    }

    /// Counts one more of this scheme. A scheme that nobody has gives its place to a new one.
    fn place(&mut self, recipe: &Recipe) -> usize {
        let same = self.recipes.iter().position(|(known, users)| *users > 0 && known == recipe);
        let free = || self.recipes.iter().position(|(_, users)| *users == 0);
        let place = same.or_else(free).unwrap_or(self.recipes.len());
        match self.recipes.get_mut(place) {
            Some((_, users)) if *users > 0 => *users += 1,
            Some(unused) => *unused = (recipe.clone(), 1),
            None => self.recipes.push((recipe.clone(), 1)),
        }
        place
    }

    pub(super) fn decoy(&self) -> StoredHash {
        StoredHash::decoy(self.dearest.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Schemes;

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
}
