//! How many connections each public address has open, so that one alone cannot keep out all others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
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

    /// One more connection of this address, if it may have one. Addresses that are not public are not
    /// counted: who calls from there may be a balancer, through which everybody comes.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Visit> {
        let Some(address) = public(address) else { return Some(Visit(None)) };
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

/// A public address; of IPv6 its first 64 bits, which are one host's. What NAT64 wrote stands for the IPv4 address in it
/// (RFC 6052 section 2.1).
fn public(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            // Also what carriers and clouds share within (RFC 6598).
            let is_shared = u32::from(address) >> 22 == 0x6440_0000 >> 22;
            let is_near = address.is_loopback() || address.is_private() || address.is_link_local();
            (!is_near && !is_shared).then_some(address.into())
        }
        IpAddr::V6(address) => {
            if let [0x64, 0xff9b, 0, 0, 0, 0, ..] = address.segments() {
                let [.., a, b, c, d] = address.octets();
                return public(Ipv4Addr::new(a, b, c, d).into());
            }
            let is_near = address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local();
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            (!is_near).then_some(network.into())
        }
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
        for near in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "192.168.0.1",
            "100.64.0.1",
            "fd00::1",
            "fe80::1",
            "64:ff9b::a01:203",
        ] {
            let many = [enter(near), enter(near), enter(near)];
            assert!(many.iter().all(Option::is_some), "{near}");
        }
    }
}
