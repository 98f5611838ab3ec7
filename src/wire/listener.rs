//! Listening: one task accepts, workers serve, each on a thread of its own.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::ends::Ends;
use super::handshake::Handshakes;
use super::peers::{Peers, Visit};
use super::stream::Stream;
use super::{Handler, Limits};

/// Connections at once; who comes later waits to be accepted. One of a stranger costs up to 76 KiB: a handshake whose first
/// message is as large as TLS allows and lacks its end.
const MAX_CONNECTIONS: usize = 2_500;
/// What part of them one public address may have: Auth0 calls from few.
const SHARE: usize = 4;
/// File descriptors that no caller gets: the way to the database, the issuer and the certificates needs some.
const KEPT_BACK: usize = 256;
/// For a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(3);
/// Before the next try where a connection cannot be accepted, mostly for want of file descriptors, and
/// before a worker that failed begins anew.
const RETRY: Duration = Duration::from_millis(100);

/// A connection on its way to a worker.
type Accepted = (std::net::TcpStream, Counted);

/// Stands for an open connection.
struct Counted(#[expect(dead_code, reason = "held")] (OwnedSemaphorePermit, Visit));

impl Counted {
    fn new(permit: OwnedSemaphorePermit, visit: Visit) -> Self {
        metrics::gauge!("narrowgate_connections").increment(1);
        Self((permit, visit))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("narrowgate_connections").decrement(1);
    }
}

/// A running server. Dropped, it goes on.
pub struct Server {
    ends: Arc<Ends>,
    working: mpsc::Receiver<()>,
}

/// Opens a listener.
///
/// # Errors
/// What the system says.
pub fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves with so many workers, each with a handler of its own. It has to be called within a
/// runtime.
///
/// # Errors
/// Threads or an event queue that cannot be had.
pub fn serve<H: Handler>(
    listener: TcpListener,
    workers: usize,
    limits: Limits,
    (tls, ends): (Option<ServerConfig>, Arc<Ends>),
    handler: impl Fn(usize) -> H + Send + Clone + 'static,
) -> io::Result<Server> {
    let (done, working) = mpsc::channel(1);
    let tls = tls.map(|mut config| {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    });
    let (handshakes, mut queues) = (Arc::<Handshakes>::default(), vec![]);
    let at_work = TaskTracker::new();
    at_work.close();
    for number in 0..workers {
        let (queue, mut accepted) = mpsc::unbounded_channel();
        let (handler, done) = (handler.clone(), done.clone());
        let (at_work, this_works) = (at_work.clone(), at_work.token());
        let worker = Worker {
            limits,
            ends: Arc::clone(&ends),
            tls: tls.clone(),
            handshakes: Arc::clone(&handshakes),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name(format!("worker {number}")).spawn(move || {
            let worker = Rc::new(worker);
            let mut work = || {
                let run = async { Rc::clone(&worker).run(&mut accepted, handler(number)).await };
                LocalSet::new().block_on(&runtime, run);
            };
            // A panic costs what is under way here, but neither the thread nor who waits in its queue.
            while catch_unwind(AssertUnwindSafe(&mut work)).is_err() {
                std::thread::sleep(RETRY);
            }
            // What this thread opened, such as a connection to the database, may carry others' answers.
            drop(this_works);
            runtime.block_on(at_work.wait());
            drop(done);
            // Not to wait for what blocks: the grace is over.
            runtime.shutdown_background();
        })?;
        queues.push(queue);
    }
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(accept(listener, queues, Arc::clone(&ends)));
    Ok(Server { ends, working })
}

impl Server {
    /// Accepts no more, and waits until what is under way has finished or the grace is over.
    pub async fn stop(mut self) {
        self.ends.end_all();
        let _ = self.working.recv().await;
    }
}

/// How many connections a listener takes: of the open files that the system allows, each of the two listeners gets
/// half.
fn room() -> usize {
    use rustix::process::{Resource, getrlimit};
    let allowed = getrlimit(Resource::Nofile).current;
    let allowed = allowed.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    let for_callers = allowed.saturating_sub(KEPT_BACK.min(allowed / 2)) / 2;
    for_callers.clamp(1, MAX_CONNECTIONS)
}

/// Says so where the system allows fewer open files than two full listeners need.
pub fn tell_room() {
    let (connections, wanted) = (room(), 2 * MAX_CONNECTIONS + KEPT_BACK);
    if connections < MAX_CONNECTIONS {
        let remedy = format!("let it have {wanted} open files (LimitNOFILE, ulimit -Hn)");
        tracing::warn!(connections, remedy, "few connections at once");
    }
}

/// Accepts until the end, and gives the workers their connections in turn.
async fn accept(
    listener: tokio::net::TcpListener,
    queues: Vec<mpsc::UnboundedSender<Accepted>>,
    ends: Arc<Ends>,
) {
    let places = room();
    let (room, peers) = (Arc::new(Semaphore::new(places)), Peers::new(places.div_ceil(SHARE)));
    let mut queues = queues.iter().cycle();
    let mut hand_over = |stream: std::net::TcpStream, permit, from: SocketAddr| {
        let Some(visit) = peers.enter(from.ip()) else {
            metrics::counter!("narrowgate_connections_refused_total").increment(1);
            return;
        };
        let _ = stream.set_nodelay(true);
        if let Some(queue) = queues.next() {
            let _ = queue.send((stream, Counted::new(permit, visit)));
        }
    };
    let open = async {
        // Nobody closes it, so this goes on for ever.
        while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
            match listener.accept().await.and_then(|(stream, from)| Ok((stream.into_std()?, from)))
            {
                Ok((stream, from)) => hand_over(stream, permit, from),
                Err(_) => sleep(RETRY).await,
            }
        }
    };
    tokio::select! {
        () = open => {}
        () = ends.ended() => {}
    }
    // For those whom the system has connected already, closing would be an error in the middle of a request.
    let Ok(listener) = listener.into_std() else { return };
    while let Ok(permit) = Arc::clone(&room).try_acquire_owned()
        && let Ok((stream, from)) = listener.accept()
    {
        if stream.set_nonblocking(true).is_ok() {
            hand_over(stream, permit, from);
        }
    }
}

struct Worker {
    limits: Limits,
    ends: Arc<Ends>,
    tls: Option<TlsAcceptor>,
    handshakes: Arc<Handshakes>,
}

impl Worker {
    async fn run<H: Handler>(
        self: Rc<Self>,
        accepted: &mut mpsc::UnboundedReceiver<Accepted>,
        handler: H,
    ) {
        let (worker, handler, tasks) = (self, Rc::new(handler), TaskTracker::new());
        while let Some((stream, permit)) = accepted.recv().await {
            let (worker, handler) = (Rc::clone(&worker), Rc::clone(&handler));
            let inner = tasks.clone();
            tasks.spawn_local(async move {
                // Before its certificate is looked at.
                let (limits, end) = (worker.limits, worker.ends.of_connection());
                if let Some(stream) = worker.open(stream).await {
                    super::serve::serve(Connection::new(stream, limits, end, inner), &*handler)
                        .await;
                }
                drop(permit);
            });
        }
        tasks.close();
        let _ = timeout(worker.limits.grace, tasks.wait()).await;
    }

    async fn open(&self, stream: std::net::TcpStream) -> Option<Stream> {
        let stream = TcpStream::from_std(stream).ok()?;
        let Some(tls) = &self.tls else { return Some(Stream::Plain(stream)) };
        match timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => return Some(Stream::Tls(Box::new(stream))),
            Ok(Err(error)) => self.handshakes.failed(Some(&error)),
            Err(_) => self.handshakes.failed(None),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::wire::{Answer, Exchange, Fault};

    struct Plain;

    impl Handler for Plain {
        async fn answer(&self, _: &mut Exchange<'_>) -> Answer {
            Answer::new(200, "text/plain", vec![])
        }

        fn refuse(&self, _: Fault) -> Answer {
            Answer::new(400, "text/plain", vec![])
        }
    }

    fn ask(address: SocketAddr) -> String {
        let mut stream = std::net::TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let question = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        stream.write_all(question).expect("taken");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("an answer");
        said
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_worker_that_fails_loses_nobody_who_waits_for_it() {
        let (listener, address) = bind(([127, 0, 0, 1], 0).into()).expect("a listener");
        let (second, begun) = (Duration::from_secs(1), Arc::new(AtomicUsize::new(0)));
        let limits = Limits { head: 5 * second, keep_alive: second, grace: second };
        let handler = move |_| {
            assert!(begun.fetch_add(1, Ordering::SeqCst) >= 4, "each of two fails twice");
            Plain
        };
        let server = serve(listener, 2, limits, Default::default(), handler).expect("a server");
        let callers: Vec<_> =
            (0..6).map(|_| tokio::task::spawn_blocking(move || ask(address))).collect();
        for caller in callers {
            let said = caller.await.expect("an answer");
            assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
        }
        server.stop().await;
    }
}
