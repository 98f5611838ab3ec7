//! A TCP proxy between the gate and its database, with the faults that networks and restarting
//! servers have.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

use super::wait_until;

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// All goes through.
    Open,
    /// Nobody listens, and whoever was connected is cut off.
    Refusing,
    /// Connections are accepted, and nothing goes through, on those that were there before either.
    Silent,
    /// As `Silent` for new connections; the old ones go on.
    SilentToNew,
    /// What the server says goes through one byte at a time, ten a second.
    Dripping,
    /// Whoever says something is cut off with a reset.
    Resetting,
    /// New connections are told this, and closed.
    Saying(&'static [u8]),
}

#[derive(Debug, Default)]
struct Open {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One connection that is open.
struct Counted(Arc<Open>);

impl Counted {
    fn new(open: &Arc<Open>) -> Self {
        let now = open.now.fetch_add(1, Ordering::SeqCst) + 1;
        open.most.fetch_max(now, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Debug, Clone, Copy)]
struct State {
    network: Network,
    /// Connections before this number are over.
    cut_before: usize,
    /// Connections before this number never carry a byte again.
    deaf_before: usize,
}

/// The proxy. It goes when dropped, with all connections.
#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    state: watch::Sender<State>,
    /// How many connections were accepted, and how the listener stands.
    accepted: Arc<AtomicUsize>,
    /// How many are open now, as far as this end has seen, and how many there have been at once.
    open: Arc<Open>,
    listening: watch::Receiver<Option<Network>>,
}

impl Proxy {
    /// A proxy on 127.0.0.1 before the server of this database URL, and the URL that leads through
    /// it.
    pub fn before(url: &str) -> (Self, String) {
        Self::on([127, 0, 0, 1].into(), url)
    }

    /// The same on another loopback address.
    pub fn on(ip: IpAddr, url: &str) -> (Self, String) {
        let mut url = Url::parse(url).expect("a URL");
        let usual = if url.scheme() == "mysql" { 3306 } else { 5432 };
        let host = url.host_str().expect("a host");
        let target = format!("{host}:{}", url.port().unwrap_or(usual)).parse().expect("an address");
        let proxy = Self::start(ip, target);
        url.set_host(Some(&ip.to_string())).expect("a URL with a host");
        url.set_port(Some(proxy.address.port())).expect("a URL with a host");
        (proxy, url.to_string())
    }

    fn start(ip: IpAddr, target: SocketAddr) -> Self {
        let address = SocketAddr::new(ip, free_port(ip));
        let first = State { network: Network::Open, cut_before: 0, deaf_before: 0 };
        let (state, orders) = watch::channel(first);
        let (report, listening) = watch::channel(None);
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        let open = Arc::<Open>::default();
        let counter = Arc::clone(&open);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(run(
                address,
                target,
                orders,
                &report,
                (&count, &counter),
            ));
        });
        let proxy = Self { address, state, accepted, open, listening };
        proxy.set(Network::Open);
        proxy
    }

    /// Changes the network; done when the change is in force.
    #[track_caller]
    pub fn set(&self, network: Network) {
        let over = if network == Network::Refusing { self.accepted() } else { 0 };
        self.state.send_modify(|state| {
            state.network = network;
            state.cut_before = state.cut_before.max(over);
        });
        wait_until("the proxy follows", Duration::from_secs(10), || {
            *self.listening.borrow() == Some(network)
        });
    }

    /// Ends all connections; new ones are as welcome as before.
    pub fn cut(&self) {
        let over = self.accepted();
        self.state.send_modify(|state| state.cut_before = over);
    }

    /// Ends the first connections, so many of all that were accepted.
    pub fn cut_first(&self, connections: usize) {
        self.state.send_modify(|state| state.cut_before = state.cut_before.max(connections));
    }

    /// The connections that are open now never carry a byte again, as after a firewall forgot them.
    pub fn strand(&self) {
        let deaf = self.accepted();
        self.state.send_modify(|state| state.deaf_before = deaf);
    }

    /// The most connections that were open at once.
    pub fn most(&self) -> usize {
        self.open.most.load(Ordering::SeqCst)
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// A port below the range from which the system picks, so that nobody takes it while the proxy
/// refuses. The issuer's own fake takes the range below this one.
fn free_port(ip: IpAddr) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 50).expect("below 50");
    loop {
        let port = 12_000 + process * 160 + NEXT.fetch_add(1, Ordering::SeqCst) % 8_000;
        if std::net::TcpListener::bind((ip, port)).is_ok() {
            return port;
        }
    }
}

async fn run(
    address: SocketAddr,
    target: SocketAddr,
    mut orders: watch::Receiver<State>,
    report: &watch::Sender<Option<Network>>,
    (count, open): (&AtomicUsize, &Arc<Open>),
) {
    let mut listener = None;
    loop {
        let state = *orders.borrow_and_update();
        if state.network == Network::Refusing {
            listener = None;
        } else if listener.is_none() {
            listener = Some(TcpListener::bind(address).await.expect("the proxy's own port"));
        }
        report.send_replace(Some(state.network));
        tokio::select! {
            order = orders.changed() => if order.is_err() { return },
            client = accept(listener.as_ref()) => {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let counted = Counted::new(open);
                let relay = relay(number, client, target, orders.clone());
                tokio::spawn(async move {
                    let _counted = counted;
                    relay.await;
                });
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    match listener.map(TcpListener::accept) {
        Some(client) => client.await.expect("a client").0,
        None => std::future::pending().await,
    }
}

/// Passes bytes on, both ways, as far as the network lets them.
async fn relay(
    number: usize,
    mut client: TcpStream,
    target: SocketAddr,
    mut orders: watch::Receiver<State>,
) {
    let born = orders.borrow_and_update().network;
    if let Network::Saying(words) = born {
        return say(client, words).await;
    }
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    let (mut asked, mut said) = ([0; 16_384], [0; 16_384]);
    loop {
        let State { network, cut_before, deaf_before } = *orders.borrow_and_update();
        if number < cut_before || network == Network::Refusing {
            return;
        }
        let deaf = number < deaf_before
            || network == Network::Silent
            || born == Network::SilentToNew && network == born;
        let room = if network == Network::Dripping { 1 } else { said.len() };
        tokio::select! {
            order = orders.changed() => if order.is_err() { return },
            read = client.read(&mut asked), if !deaf => {
                let Ok(n @ 1..) = read else { return };
                if network == Network::Resetting {
                    client.set_zero_linger().ok();
                    return;
                }
                if server.write_all(&asked[..n]).await.is_err() { return }
            }
            read = server.read(&mut said[..room]), if !deaf => {
                let Ok(n @ 1..) = read else { return };
                if network == Network::Dripping {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                if client.write_all(&said[..n]).await.is_err() { return }
            }
        }
    }
}

/// Closing with something unread would be a reset, which takes the words away again.
async fn say(mut client: TcpStream, words: &[u8]) {
    client.write_all(words).await.ok();
    client.shutdown().await.ok();
    let until_closed = async { while client.read(&mut [0; 1024]).await.is_ok_and(|n| n > 0) {} };
    tokio::time::timeout(Duration::from_secs(2), until_closed).await.ok();
}
