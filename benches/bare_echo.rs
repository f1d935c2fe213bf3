//! The baseline of the benches: an echo server that parses nothing.
//!
//! One thread, one level-triggered epoll, one shared buffer: the bytes of each read are written back unchanged. A
//! ping-pong round costs it three system calls (`epoll_wait`, `recv`, `send`), and no server that waits, reads and
//! answers can do with fewer. It is only a yardstick: sockets block, so a peer that does not read its replies stalls
//! all the others. Run it as `bare-echo SOCKET`; SIGTERM ends it.

#![allow(clippy::print_stderr, reason = "its one line of output reports that it serves")]

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

const BUFFER: usize = 64 * 1024;
const EVENTS: usize = 256;
const LISTENER: u64 = u64::MAX;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: bare-echo SOCKET")?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let mut server = Server::listen(UnixListener::bind(&path)?)?;
    eprintln!("ready on unix:{}", path.display());
    server.serve()
}

/// The listener and its connections; epoll knows each by its index in the list.
struct Server {
    epoll: Epoll,
    listener: UnixListener,
    connections: Vec<Option<UnixStream>>,
    vacant: Vec<usize>,
    buffer: Box<[u8]>,
}

impl Server {
    fn listen(listener: UnixListener) -> Result<Self, Box<dyn Error>> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Ok(Self { epoll, listener, connections: Vec::new(), vacant: Vec::new(), buffer })
    }

    fn serve(&mut self) -> Result<(), Box<dyn Error>> {
        let mut events = [EpollEvent::empty(); EVENTS];
        loop {
            let count = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Err(Errno::EINTR) => 0,
                outcome => outcome?,
            };
            for event in &events[..count] {
                match event.data() {
                    LISTENER => self.accept()?,
                    place => self.echo(place as usize),
                }
            }
        }
    }

    fn accept(&mut self) -> Result<(), Box<dyn Error>> {
        let (stream, _) = self.listener.accept()?;
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        self.epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, place as u64))?;
        self.connections[place] = Some(stream);
        Ok(())
    }

    /// Writes back the bytes of one read; closes a connection that ended or failed.
    fn echo(&mut self, place: usize) {
        let Some(stream) = &mut self.connections[place] else {
            return;
        };
        let answered = match stream.read(&mut self.buffer) {
            Ok(0) => false,
            Ok(length) => stream.write_all(&self.buffer[..length]).is_ok(),
            Err(error) => error.kind() == ErrorKind::Interrupted,
        };
        if !answered {
            self.connections[place] = None;
            self.vacant.push(place);
        }
    }
}
