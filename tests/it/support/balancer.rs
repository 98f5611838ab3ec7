//! A plain TCP balancer, as it stands in front of several gates: it copies bytes, looks at `/ready`, and knows
//! nothing of HTTP.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::gate::Gate;
use super::wait_until;
use super::wire::Request;

/// Between two looks at each gate.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
struct Backend {
    to: SocketAddr,
    management: SocketAddr,
    ready: bool,
}

#[derive(Debug, Default)]
struct State {
    backends: Mutex<Vec<Backend>>,
    turn: AtomicUsize,
    over: AtomicBool,
}

/// The balancer. It takes no more connections once it is dropped.
#[derive(Debug)]
pub struct Balancer {
    pub address: SocketAddr,
    state: Arc<State>,
}

impl Balancer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("its address");
        let state = Arc::<State>::default();
        let (accepting, looking) = (Arc::clone(&state), Arc::clone(&state));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.over.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&accepting);
                thread::spawn(move || drop(state.serve(client)));
            }
        });
        thread::spawn(move || {
            while !looking.over.load(Ordering::SeqCst) {
                looking.look();
                thread::sleep(LOOK);
            }
        });
        Self { address, state }
    }

    /// Sends connections to this gate as well, from its first good look on.
    pub fn add(&self, gate: &Gate) {
        let management = gate.management.expect("management.bind is configured");
        let backend = Backend { to: gate.address, management, ready: false };
        self.state.backends.lock().unwrap().push(backend);
        let ready = || self.state.ready().contains(&gate.address);
        wait_until("the balancer finds the gate ready", Duration::from_secs(10), ready);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn look(&self) {
        let known = self.backends.lock().unwrap().clone();
        for backend in known {
            let answer = Request::new("GET", "/ready").send(backend.management);
            let ready = answer.is_ok_and(|answer| answer.status == 200);
            let mut backends = self.backends.lock().unwrap();
            let mut same = backends.iter_mut().filter(|it| it.to == backend.to);
            same.by_ref().for_each(|it| it.ready = ready);
        }
    }

    fn ready(&self) -> Vec<SocketAddr> {
        let backends = self.backends.lock().unwrap();
        backends.iter().filter(|backend| backend.ready).map(|backend| backend.to).collect()
    }

    /// Copies both ways until both sides have ended. A gate that refuses the connection is passed over.
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let ready = self.ready();
        let first = self.turn.fetch_add(1, Ordering::SeqCst);
        let in_turn = (0..ready.len()).map(|step| ready[(first + step) % ready.len()]);
        let server = in_turn.filter_map(|to| TcpStream::connect(to).ok()).next();
        let server = server.ok_or_else(|| io::Error::other("no gate"))?;
        for stream in [&client, &server] {
            stream.set_nodelay(true)?;
        }
        let (from, to) = (server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || copy(from, to));
        copy(client, server);
        let _ = back.join();
        Ok(())
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
