//! The connections to other nodes: sockets on the loop of the daemon, each with its state machine.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use daemon_core::prelude::*;
use daemon_core::{Readiness, WatchId};

use super::Kernel;
use crate::api::ChatEvent;
use crate::identity::Id;
use crate::node::talk::Talk;
use crate::node::{Closed, Connection, Event as NodeEvent, Packet};

/// How many connections are accepted in one turn.
const ACCEPTED: usize = 16;

/// How many connections may be open on which nobody has said who they are. One more, and the oldest of them is closed.
const MOST_OPENING: usize = 32;

/// How long nothing is accepted after the system has refused a descriptor.
const PAUSE: Duration = Duration::from_secs(1);

/// A connection to another node.
pub(super) struct Link {
    stream: TcpStream,
    watches: Watches,
    pub(super) connection: Connection,
    pub(super) address: SocketAddr,
    pub(super) outbound: bool,
    /// Who it must be, if this node has connected to a certain one.
    pub(super) expected: Option<Id>,
    pub(super) peer: Option<Id>,
    pub(super) nick: String,
    pub(super) talk: Talk,
    pub(super) since: Instant,
    pub(super) received: u64,
    pub(super) sent: u64,
    /// Messages to send here, by number.
    pub(super) queue: VecDeque<u64>,
    /// Messages that were sent here, and are not confirmed.
    pub(super) offered: BTreeSet<u64>,
    /// The ids that the node was asked for, and has not answered.
    pub(super) asked: BTreeSet<Id>,
}

#[derive(Default)]
struct Watches {
    read: Option<WatchId>,
    write: Option<WatchId>,
}

impl Kernel {
    /// Listens for other nodes.
    pub(super) fn listen(&mut self, context: &mut Context) -> Result<()> {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let address = SocketAddr::new(self.options.address.unwrap_or(any), self.options.port);
        let listener = bind(address).map_err(|error| {
            let tried = format!(
                "cannot listen for other nodes at {address}; choose another place with --address and --port"
            );
            daemon_core::Error::new(tried).because(error)
        })?;
        self.listens = Some(listener.local_addr()?);
        self.accept_from(listener, context)
    }

    fn accept_from(&mut self, listener: TcpListener, context: &mut Context) -> Result<()> {
        context
            .watch(listener, Readiness::Read, |kernel: &mut Kernel, listener, context| {
                for _ in 0..ACCEPTED {
                    match listener.accept() {
                        Ok((stream, address)) => kernel.admit(stream, address, context),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                        Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                        Err(error) => return kernel.pause_accepting(listener, &error, context),
                    }
                }
            })
            .map(|watch| self.accepting = Some(watch))
    }

    /// Accepts nothing for a while: the loop would do nothing else.
    fn pause_accepting(&mut self, listener: &TcpListener, error: &io::Error, context: &mut Context) {
        tracing::warn!("cannot accept a connection of another node: {error}");
        let (Some(watch), Ok(again)) = (self.accepting.take(), listener.try_clone()) else { return };
        context.unwatch(watch);
        context.after(PAUSE, move |kernel: &mut Kernel, context| {
            if let Err(error) = kernel.accept_from(again, context) {
                context.fail(error);
            }
        });
    }

    fn admit(&mut self, stream: TcpStream, address: SocketAddr, context: &mut Context) {
        if self.links.len() >= self.options.connections {
            return;
        }
        let opening = || self.links.iter().filter(|(_, link)| link.peer.is_none() && !link.outbound);
        if opening().count() >= MOST_OPENING
            && let Some(oldest) = opening().map(|(number, _)| *number).next()
        {
            self.drop_link(oldest, "it has not said who it is", context);
        }
        let connection = Connection::inbound(&self.identity, self.options.timing(), Instant::now());
        if let Err(error) = self.open(stream, address, None, connection, context) {
            tracing::warn!("cannot serve the node at {address}: {error}");
        }
    }

    /// Connects to another node, which must be `expected` if that is given.
    ///
    /// # Errors
    ///
    /// If the system refuses it, or there are as many connections as there may be.
    pub(super) fn dial(
        &mut self,
        address: SocketAddr,
        expected: Option<Id>,
        context: &mut Context,
    ) -> io::Result<u64> {
        if self.links.len() >= self.options.connections {
            return Err(io::Error::other("there are too many connections"));
        }
        let stream = TcpStream::from(std::os::fd::OwnedFd::from(mio::net::TcpStream::connect(address)?));
        let port = self.listens.map_or(0, |address| address.port());
        let connection =
            Connection::outbound(&self.identity, expected, self.options.timing(), Instant::now());
        self.open(stream, address, Some(expected), connection.introduce(&self.nick, port), context)
    }

    fn open(
        &mut self,
        stream: TcpStream,
        address: SocketAddr,
        dialled: Option<Option<Id>>,
        connection: Connection,
        context: &mut Context,
    ) -> io::Result<u64> {
        stream.set_nonblocking(true)?;
        let (number, outbound) = (self.links_ever, dialled.is_some());
        let connection = if outbound {
            connection
        } else {
            let _ = stream.set_nodelay(true);
            connection.introduce(&self.nick, self.listens.map_or(0, |address| address.port()))
        };
        let mut link = Link {
            stream,
            watches: Watches::default(),
            connection,
            address,
            outbound,
            expected: dialled.flatten(),
            peer: None,
            nick: String::new(),
            talk: Talk::None,
            since: Instant::now(),
            received: 0,
            sent: 0,
            queue: VecDeque::new(),
            offered: BTreeSet::new(),
            asked: BTreeSet::new(),
        };
        // A socket that is not connected yet can be written to once it is, or has failed.
        if outbound {
            watch_write(&mut link, number, context)?
        } else {
            watch_read(&mut link, number, context)?
        };
        self.links.insert(number, link);
        self.links_ever += 1;
        Ok(number)
    }

    /// Something has happened to a socket that was to be written to.
    fn writable(&mut self, number: u64, context: &mut Context) {
        let Some(link) = self.links.get_mut(&number) else { return };
        let connecting = link.watches.read.is_none();
        let failed = link.stream.take_error().and_then(|error| error.map_or(Ok(()), Err));
        if let Err(error) = failed {
            return self.drop_link(number, &error.to_string(), context);
        }
        if connecting {
            let _ = link.stream.set_nodelay(true);
            if let Err(error) = watch_read(link, number, context) {
                return self.drop_link(number, &error.to_string(), context);
            }
        }
        self.pump(number, context);
    }

    fn readable(&mut self, number: u64, context: &mut Context) {
        let Some(link) = self.links.get_mut(&number) else { return };
        let mut bytes = [0; 64 * 1024];
        match link.stream.read(&mut bytes) {
            Ok(0) => self.drop_link(number, "the node has hung up", context),
            Ok(length) => {
                link.received += length as u64;
                self.traffic.0 += length as u64;
                link.connection.receive(bytes.get(..length).unwrap_or_default(), Instant::now());
                self.pump(number, context);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => self.drop_link(number, &error.to_string(), context),
        }
    }

    /// Handles what has happened on a connection, and sends what it has to send.
    pub(super) fn pump(&mut self, number: u64, context: &mut Context) {
        while let Some(event) = self.links.get_mut(&number).and_then(|link| link.connection.next_event()) {
            match event {
                NodeEvent::Ready(peer) => self.meet(number, peer, context),
                NodeEvent::Packet(packet) => self.react(number, packet, context),
                NodeEvent::Closed(reason) => return self.end_link(number, &reason, context),
            }
        }
        if let Err(error) = self.flush(number, context) {
            self.drop_link(number, &error.to_string(), context);
        }
    }

    fn flush(&mut self, number: u64, context: &mut Context) -> io::Result<()> {
        let Some(link) = self.links.get_mut(&number) else { return Ok(()) };
        if link.watches.read.is_none() {
            // Not connected yet.
            return Ok(());
        }
        while !link.connection.output().is_empty() {
            match link.stream.write(link.connection.output()) {
                Ok(length) => {
                    link.connection.sent(length);
                    link.sent += length as u64;
                    self.traffic.1 += length as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return if link.watches.write.is_none() {
                        watch_write(link, number, context)
                    } else {
                        Ok(())
                    };
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(watch) = link.watches.write.take() {
            context.unwatch(watch);
        }
        Ok(())
    }

    /// Sends a packet to a node; returns whether it was taken.
    pub(super) fn send(&mut self, number: u64, packet: &Packet, context: &mut Context) -> bool {
        let Some(link) = self.links.get_mut(&number) else { return false };
        let taken = link.connection.send(packet, Instant::now()).is_ok();
        if taken && let Err(error) = self.flush(number, context) {
            tracing::debug!("cannot send to a node: {error}");
        }
        taken
    }

    /// The connection is over; what it has to say is still sent, if there is room.
    fn end_link(&mut self, number: u64, reason: &Closed, context: &mut Context) {
        let _ = self.flush(number, context);
        if let (Closed::WrongNode(_), Some(link)) = (reason, self.links.get(&number)) {
            tracing::warn!("the node at {}: {reason}", link.address);
        }
        self.drop_link(number, &reason.to_string(), context);
    }

    /// Closes a connection, and does what follows.
    pub(super) fn drop_link(&mut self, number: u64, reason: &str, context: &mut Context) {
        let Some(link) = self.links.remove(&number) else { return };
        for watch in [link.watches.read, link.watches.write].into_iter().flatten() {
            context.unwatch(watch);
        }
        tracing::debug!("connection to {} is over: {reason}", link.address);
        self.lose(number, link, reason);
    }

    /// Closes a connection in order.
    pub(super) fn close_link(&mut self, number: u64, context: &mut Context) {
        if let Some(link) = self.links.get_mut(&number) {
            link.connection.close(Instant::now());
            self.pump(number, context);
        }
    }

    /// Does what is due on all connections.
    pub(super) fn pass_time(&mut self, context: &mut Context) {
        let now = Instant::now();
        for number in self.links.keys().copied().collect::<Vec<_>>() {
            if let Some(link) = self.links.get_mut(&number) {
                link.connection.pass_time(now);
                self.pump(number, context);
            }
        }
    }

    /// Returns the connection to a node.
    pub(super) fn link_to(&self, node: Id) -> Option<u64> {
        let is_it = |link: &Link| link.peer == Some(node) && link.connection.is_ready();
        self.links.iter().find(|(_, link)| is_it(link)).map(|(number, _)| *number)
    }

    /// Tells the subscribers.
    pub(super) fn publish(&mut self, event: &ChatEvent) {
        self.subscribers.publish(event);
    }
}

fn watch_read(link: &mut Link, number: u64, context: &mut Context) -> io::Result<()> {
    let watched = link.stream.try_clone()?;
    let call =
        move |kernel: &mut Kernel, _: &mut TcpStream, context: &mut Context| kernel.readable(number, context);
    let watch = context.watch(watched, Readiness::Read, call).map_err(io::Error::other)?;
    link.watches.read = Some(watch);
    Ok(())
}

fn watch_write(link: &mut Link, number: u64, context: &mut Context) -> io::Result<()> {
    let watched = link.stream.try_clone()?;
    let call =
        move |kernel: &mut Kernel, _: &mut TcpStream, context: &mut Context| kernel.writable(number, context);
    let watch = context.watch(watched, Readiness::Write, call).map_err(io::Error::other)?;
    link.watches.write = Some(watch);
    Ok(())
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
