//! What unknown users are charged for: what users who are known cost.

use std::collections::VecDeque;

use crate::password::recipe::Recipe;
use crate::password::stored::StoredHash;

/// How many logins are remembered, and how many of them make a cost a usual one.
pub(super) const REMEMBERED: usize = 64;
pub(super) const SHARE: usize = 16;

/// The schemes of the latest logins. A decoy costs what the dearest of them costs that at least
/// one in sixteen had: a cheaper decoy would tell an unknown user from those, and a single dear
/// row must not make every unknown user dear.
pub(super) struct Prevailing {
    configured: Recipe,
    latest: VecDeque<Recipe>,
    dearest: Recipe,
}

impl Prevailing {
    pub(super) fn new(configured: Recipe) -> Self {
        Self { dearest: configured.clone(), configured, latest: VecDeque::new() }
    }

    pub(super) fn saw(&mut self, hash: &StoredHash) {
        if self.latest.len() == REMEMBERED {
            self.latest.pop_front();
        }
        self.latest.push_back(hash.recipe.clone());
        let enough = self.latest.len().div_ceil(SHARE);
        let usual =
            |recipe: &&Recipe| self.latest.iter().filter(|it| it == recipe).count() >= enough;
        let dearest = self.latest.iter().filter(usual).max_by_key(|recipe| recipe.cost());
        self.dearest = dearest.unwrap_or(&self.configured).clone();
    }

    pub(super) fn decoy(&self) -> StoredHash {
        StoredHash::decoy(self.dearest.clone())
    }
}
