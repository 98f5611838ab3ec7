use zeroize::Zeroizing;

use super::Bcrypt;
use super::blowfish::{Lane, SEATS, expand_first};

/// How often at most each lane mixes in its key and salt in one step: 3 to 5 ms on a core of 2024.
const STEP: u32 = 64;

/// Up to six computations side by side; whoever owns one is `T`.
///
/// A computation enters at any step and leaves at its own end: nobody waits for the others.
pub struct Lanes<T> {
    /// The first `seats.len()` are in use.
    lanes: Vec<Lane>,
    seats: Vec<Seat<T>>,
}

struct Seat<T> {
    owner: T,
    left: u64,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Lanes<T> {
    /// Nobody is there yet.
    #[must_use]
    pub fn new() -> Self {
        Self { lanes: vec![Lane::empty(); SEATS], seats: Vec::with_capacity(SEATS) }
    }

    /// How many computations are under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }

    /// Whether another one has a place.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.seats.len() < SEATS
    }

    /// Whose computations are under way.
    pub fn owners(&mut self) -> impl Iterator<Item = &mut T> {
        self.seats.iter_mut().map(|seat| &mut seat.owner)
    }

    /// Takes a computation in. Where there is no room its owner comes back.
    pub fn enter(&mut self, bcrypt: Bcrypt, owner: T) -> Option<T> {
        let Some(lane) = self.lanes.get_mut(self.seats.len()) else { return Some(owner) };
        let Bcrypt { key, salt, times } = bcrypt;
        lane.begin(&key, salt);
        self.seats.push(Seat { owner, left: times });
        None
    }

    /// Takes every computation on by one short step, and gives those that end with it: 24 bytes, of which 23 are stored.
    pub fn step(&mut self) -> Vec<(T, Zeroizing<Vec<u8>>)> {
        let least = self.seats.iter().map(|seat| seat.left).min().unwrap_or(0);
        let times = u32::try_from(least).unwrap_or(STEP).min(STEP);
        expand_first(&mut self.lanes, self.seats.len(), times);
        for seat in &mut self.seats {
            seat.left = seat.left.saturating_sub(times.into());
        }
        let mut ended = vec![];
        self.remove(|seat| seat.left == 0, |owner, lane| ended.push((owner, lane.finish())));
        ended
    }

    /// Gives up the computations whose owners are gone, and returns these.
    pub fn give_up(&mut self, gone: impl Fn(&T) -> bool) -> Vec<T> {
        let mut owners = vec![];
        self.remove(|seat| gone(&seat.owner), |owner, _| owners.push(owner));
        owners
    }

    /// Empties the seats that say so, and closes the gaps.
    fn remove(&mut self, leaves: impl Fn(&Seat<T>) -> bool, mut see: impl FnMut(T, &Lane)) {
        let mut at = 0;
        while let Some(seat) = self.seats.get(at) {
            if !leaves(seat) {
                at += 1;
                continue;
            }
            let seat = self.seats.swap_remove(at);
            let last = self.seats.len();
            self.lanes.swap(at, last);
            if let Some(lane) = self.lanes.get_mut(last) {
                see(seat.owner, lane);
                lane.wipe();
            }
        }
    }
}
