//! The connections of mail programs. Each has a thread, which waits for its mail program and for the kernel; there is a bound
//! on their number, and on how long one waits.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustls::ServerConfig;

use super::session::{Desk, Encryption, Farewell, Next, Opening, Password, Session, Turn};
use super::tls::Transport;
use crate::mailbox::Mailbox;

/// How long a mail program may take to read a piece of output.
const SLOWEST_READER: Duration = Duration::from_secs(60);

/// What a server offers.
pub struct Service {
    /// Makes a session.
    pub session: fn(Opening) -> Box<dyn Session>,
    /// Makes a mailbox for a thread.
    pub mailbox: Box<dyn Fn() -> Box<dyn Mailbox> + Send + Sync>,
    /// The password.
    pub password: Box<dyn Password + Send + Sync>,
    /// The certificate, if there is encryption.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether connections begin encrypted.
    pub begins_with_tls: bool,
    /// The most connections; further ones are sent away.
    pub limit: usize,
    /// How long to wait for a command, if not as long as the protocol says.
    pub patience: Option<Duration>,
}

/// The connections of a service. They end when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
}

struct Shared {
    service: Service,
    is_stopping: AtomicBool,
    /// What wakes the thread of each connection.
    wakers: Mutex<BTreeMap<u64, UnixStream>>,
    ended: Condvar,
    last: AtomicU64,
}

impl Server {
    /// Returns a server without connections.
    pub fn new(service: Service) -> Server {
        Server {
            shared: Arc::new(Shared {
                service,
                is_stopping: AtomicBool::new(false),
                wakers: Mutex::default(),
                ended: Condvar::new(),
                last: AtomicU64::new(0),
            }),
        }
    }

    /// Returns how many connections there are.
    pub fn connections(&self) -> usize {
        self.shared.wakers().len()
    }

    /// Serves a connection in a thread, or sends it away if there are too many.
    ///
    /// # Errors
    ///
    /// If the system has no thread or no descriptors for it.
    pub fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        stream.set_nonblocking(true)?;
        let is_local = stream.peer_addr()?.ip().is_loopback();
        let opening = shared.opening(is_local);
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let Some(place) = Place::take(&shared, wake) else {
            // Where encryption comes first, there is none yet to say it with.
            if shared.service.begins_with_tls {
                return Ok(());
            }
            return stream.write_all(&(shared.service.session)(opening).bye(Farewell::Crowded));
        };
        thread::Builder::new().name("mail".to_owned()).spawn(move || {
            let _place = place;
            // A connection that fails has ended; there is nobody to tell.
            let _ = Connection::new(&shared, stream, woken, opening).and_then(Connection::run);
        })?;
        Ok(())
    }

    /// Watches the mailbox in a thread, and wakes the sessions that idle when it changes.
    ///
    /// # Errors
    ///
    /// If the system has no thread for it.
    pub fn watch_mailbox(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        thread::Builder::new().name("changes".to_owned()).spawn(move || shared.watch_mailbox())?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::Relaxed);
        self.shared.wake_all();
        // Most say goodbye at once. One that waits for the kernel is not waited for.
        let wakers = self.shared.wakers();
        let _ =
            self.shared.ended.wait_timeout_while(wakers, Duration::from_secs(1), |wakers| !wakers.is_empty());
    }
}

impl Shared {
    fn wakers(&self) -> MutexGuard<'_, BTreeMap<u64, UnixStream>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    fn opening(&self, is_local: bool) -> Opening {
        let encryption = match self.service.tls {
            None => Encryption::Unavailable,
            Some(_) if self.service.begins_with_tls => Encryption::Active,
            Some(_) => Encryption::Offered,
        };
        Opening { encryption, is_local }
    }

    fn wake_all(&self) {
        for waker in self.wakers().values() {
            // One that is full has been woken.
            let _ = (&*waker).write(&[0]);
        }
    }

    fn watch_mailbox(&self) {
        let mut mailbox = (self.service.mailbox)();
        let mut seen = 0;
        while !self.is_stopping() {
            match mailbox.wait_for_change(seen, Duration::from_secs(5)) {
                Ok(change) if change == seen => {}
                Ok(change) => {
                    seen = change;
                    self.wake_all();
                }
                // Sessions are told that the kernel is away, and when it is there again.
                Err(_) => {
                    seen = 0;
                    self.wake_all();
                    thread::sleep(Duration::from_millis(500));
                }
            }
        }
    }
}

/// The place of a connection among those that there may be.
struct Place {
    shared: Arc<Shared>,
    id: u64,
}

impl Place {
    fn take(shared: &Arc<Shared>, wake: UnixStream) -> Option<Place> {
        let mut wakers = shared.wakers();
        if wakers.len() >= shared.service.limit {
            return None;
        }
        let id = shared.last.fetch_add(1, Ordering::Relaxed);
        wakers.insert(id, wake);
        Some(Place { shared: Arc::clone(shared), id })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.wakers().remove(&self.id);
        self.shared.ended.notify_all();
    }
}

/// A connection, in its thread.
struct Connection<'a> {
    shared: &'a Shared,
    stream: TcpStream,
    woken: UnixStream,
    transport: Transport,
    session: Box<dyn Session>,
    mailbox: Box<dyn Mailbox>,
    deadline: Instant,
}

impl<'a> Connection<'a> {
    fn new(
        shared: &'a Shared,
        stream: TcpStream,
        woken: UnixStream,
        opening: Opening,
    ) -> io::Result<Connection<'a>> {
        let service = &shared.service;
        let transport = match &service.tls {
            Some(config) if service.begins_with_tls => Transport::encrypted(config)?,
            _ => Transport::Plain,
        };
        let session = (service.session)(opening);
        let mailbox = (service.mailbox)();
        Ok(Connection { shared, stream, woken, transport, session, mailbox, deadline: Instant::now() })
    }

    fn run(mut self) -> io::Result<()> {
        let greeting = self.session.greet();
        self.send(&greeting)?;
        self.renew_deadline();
        loop {
            let (has_input, is_woken) = self.wait()?;
            if self.shared.is_stopping() {
                return self.farewell(Farewell::Stopping);
            }
            if is_woken {
                self.drain_wakes();
                if self.session.is_idling() && !self.take_turns(Input::Change)? {
                    return Ok(());
                }
            }
            if has_input && !self.read()? {
                return Ok(());
            }
            if Instant::now() >= self.deadline {
                return self.farewell(Farewell::Silent);
            }
        }
    }

    /// Waits for the mail program, a wake-up or the deadline; returns which of the first two came.
    fn wait(&self) -> io::Result<(bool, bool)> {
        let input = PollFd::new(self.stream.as_fd(), PollFlags::POLLIN);
        let woken = PollFd::new(self.woken.as_fd(), PollFlags::POLLIN);
        let mut descriptors = [input, woken];
        wait(&mut descriptors, self.deadline)?;
        let [input, woken] = descriptors.map(|descriptor| descriptor.any().unwrap_or(true));
        Ok((input, woken))
    }

    fn drain_wakes(&mut self) {
        let mut bytes = [0; 64];
        while self.woken.read(&mut bytes).is_ok_and(|length| length > 0) {}
    }

    /// Reads once; returns whether the connection goes on.
    fn read(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 16 * 1024];
        let length = match self.stream.read(&mut bytes) {
            Ok(0) => return Ok(false),
            Ok(length) => length,
            Err(error) if is_not_ready(&error) => return Ok(true),
            Err(error) => return Err(error),
        };
        let plain = match self.transport.receive(&bytes[..length]) {
            Ok(plain) => plain,
            Err(error) => {
                // The other side learns from the alert what was wrong.
                self.send(&[])?;
                return Err(error);
            }
        };
        // A handshake has something to send.
        self.send(&[])?;
        if plain.is_empty() { Ok(true) } else { self.take_turns(Input::Bytes(plain)) }
    }

    /// Gives the session input, and does what follows; returns whether the connection goes on.
    fn take_turns(&mut self, input: Input) -> io::Result<bool> {
        let mut turn = self.turn(&input);
        loop {
            self.pause(turn.pause)?;
            self.send(&turn.output)?;
            if !turn.output.is_empty() {
                self.renew_deadline();
            }
            match turn.next {
                Next::Read => return Ok(true),
                Next::Close => return Ok(false),
                Next::Continue if self.shared.is_stopping() => return Ok(true),
                Next::Continue => turn = self.turn(&Input::Bytes(Vec::new())),
                Next::Encrypt => {
                    let Some(config) = &self.shared.service.tls else { return Ok(false) };
                    self.transport = Transport::encrypted(config)?;
                    self.session.encrypted();
                    self.renew_deadline();
                    return Ok(true);
                }
            }
        }
    }

    fn turn(&mut self, input: &Input) -> Turn {
        let mut desk = Desk { mailbox: &mut *self.mailbox, password: &*self.shared.service.password };
        match input {
            Input::Bytes(bytes) => self.session.receive(bytes, &mut desk),
            Input::Change => self.session.mailbox_changed(&mut desk),
        }
    }

    fn renew_deadline(&mut self) {
        let patience = self.shared.service.patience.unwrap_or_else(|| self.session.patience());
        self.deadline = Instant::now() + patience;
    }

    /// Lets time pass, but not the end of the daemon.
    fn pause(&mut self, pause: Duration) -> io::Result<()> {
        let end = Instant::now() + pause;
        while !self.shared.is_stopping() && Instant::now() < end {
            self.drain_wakes();
            wait(&mut [PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)], end)?;
        }
        Ok(())
    }

    fn farewell(&mut self, farewell: Farewell) -> io::Result<()> {
        let words = self.session.bye(farewell);
        self.send(&words)
    }

    /// Sends bytes of the session, and what the transport has to send.
    fn send(&mut self, plain: &[u8]) -> io::Result<()> {
        let wire = self.transport.send(plain)?;
        let end = Instant::now() + SLOWEST_READER;
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(length) => rest = &rest[length..],
                Err(error) if is_not_ready(&error) && Instant::now() < end && !self.shared.is_stopping() => {
                    let stream = PollFd::new(self.stream.as_fd(), PollFlags::POLLOUT);
                    wait(&mut [stream, PollFd::new(self.woken.as_fd(), PollFlags::empty())], end)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What a session is given.
enum Input {
    Bytes(Vec<u8>),
    Change,
}

fn is_not_ready(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Waits until a descriptor is ready, or the time has come.
fn wait(descriptors: &mut [PollFd<'_>], until: Instant) -> io::Result<()> {
    let left = until.saturating_duration_since(Instant::now()).as_millis() + 1;
    let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
    match poll(descriptors, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
