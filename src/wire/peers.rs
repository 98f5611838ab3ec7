//! How many connections each address has open, so that one alone cannot keep out all others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The open connections by where they come from.
#[derive(Clone)]
pub(super) struct Peers {
    /// Of one address.
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// Stands for one open connection of an address.
pub(super) struct Visit(Option<(Peers, IpAddr)>);

impl Peers {
    /// Lets each address have so many.
    pub(super) fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// One more connection of this address, if it may have one. This machine's own callers may be
    /// a proxy, and are not counted.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Visit> {
        let address = network(address);
        if address.is_loopback() {
            return Some(Visit(None));
        }
        let mut open = self.open();
        let count = open.entry(address).or_insert(0);
        if *count >= self.most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Visit(Some((self.clone(), address))))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let Some((peers, address)) = self.0.take() else { return };
        let mut open = peers.open();
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

/// Of IPv6 the first 64 bits: whoever has one of these addresses has all of them (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_share_and_no_more() {
        let peers = Peers::new(2);
        let enter = |text: &str| peers.enter(text.parse().expect("an address"));
        for [one, other] in [["192.0.2.1", "::ffff:192.0.2.1"], ["2001:db8::1", "2001:db8::ffff:2"]]
        {
            let (first, second) = (enter(one), enter(other));
            assert!(first.is_some() && second.is_some());
            assert!(enter(one).is_none() && enter(other).is_none(), "{one}");
            drop(first);
            assert!(enter(one).is_some(), "a place that came free");
        }
        assert!(enter("198.51.100.1").is_some() && enter("2001:db8:0:1::1").is_some());
        assert!(peers.open().is_empty(), "nothing is kept of who has gone");
        let local: Vec<_> = (0..5).map(|_| enter("127.0.0.1")).chain([enter("::1")]).collect();
        assert!(local.iter().all(Option::is_some));
    }
}
