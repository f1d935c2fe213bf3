//! Accepting and closing connections.

use std::io;
use std::time::{Duration, Instant};

use mio::{Registry, Token};
use tracing::{debug, info, warn};

use super::rpc_server::RpcServer;
use super::user_code::UserCode;
use crate::caller::ConnectionId;
use crate::dialect::{Dialect, Dialects, Farewell};
use crate::error::{OrError, Result};
use crate::event::Event;
use crate::net::{Accepted, Connection, Endpoint, Identity, ListeningSocket, Overdue};
use crate::rpc::output::Output;
use crate::settings::limits::LINGER;

/// The most connections that one socket accepts in one turn; more wait for the next.
const ACCEPTS_PER_TURN: usize = 64;
/// How long a socket accepts nothing when the system has no descriptors left, unless a connection closes earlier.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// The most reads of input from a refused peer.
const MOST_SAID: usize = 16;

/// A listening socket, and whether a connection may be waiting.
pub(super) struct Acceptor {
    listener: ListeningSocket,
    ready: bool,
    /// When to accept again, if no descriptor was left.
    retry_at: Option<Instant>,
}

impl<S: 'static> RpcServer<S> {
    /// Accepts the waiting connections.
    pub(super) fn accept(&mut self, user: &mut UserCode<S>) {
        for acceptor in 0..self.acceptors.len() {
            for _ in 0..ACCEPTS_PER_TURN {
                let Some(accepted) = self.acceptors[acceptor].next(user.now()) else {
                    break;
                };
                let is_open = !self.acceptors[acceptor].endpoint().is_local();
                self.admit(accepted, is_open, user);
            }
        }
    }

    /// Serves a connection. If the socket `is_open` to other machines, its callers have to show something first.
    fn admit(&mut self, accepted: Accepted, is_open: bool, user: &mut UserCode<S>) {
        if let Some(objection) = self.connections.objection(&accepted.peer, self.limits().connections) {
            self.refusals += 1;
            self.refused.count(format!("{objection} (--limit connections=N)"));
            return refuse(accepted, &objection);
        }
        let (limits, now) = (*self.limits(), user.now());
        let is_inet = accepted.stream.is_inet();
        let dialect = Dialect::new(is_inet, Dialects::of_socket(self.dialects, is_inet));
        let make = |stream, caller| Connection::new(stream, caller, dialect, &limits, now);
        let connection = self.connections.insert(accepted.stream, accepted.peer, make);
        if is_open {
            connection.caller.shown.demand();
        }
        let caller = connection.caller.clone();
        if let Err(error) = connection.register(&self.registry) {
            warn!(%caller, "cannot poll a connection: {error}");
            self.connections.remove(caller.connection);
            return;
        }
        debug!(%caller, "connected");
        self.arm_deadline(caller.connection);
        user.context.set_connections(self.connections.len());
        user.emit(&Event::Connect(caller));
    }

    /// Does what is due: closes the connections whose deadline has passed.
    pub(super) fn close_expired(&mut self, user: &mut UserCode<S>) {
        while let Some((_, id)) = self.deadlines.pop(user.now()) {
            let waits = self.dispatcher.owed(id) > 0;
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            match connection.deadline(&self.dispatcher.limits, waits) {
                Some((at, Overdue::HalfFrame)) if at <= user.now() => {
                    connection.farewell(Farewell::Unfinished);
                    self.leave(id, user.now());
                }
                Some((at, Overdue::Separator)) if at <= user.now() => {
                    connection.end_waiting();
                    self.arm_deadline(id);
                    self.enqueue(id);
                }
                Some((at, why)) if at <= user.now() => {
                    info!(caller = %connection.caller, "cut a connection: {why}");
                    self.close(id, user);
                }
                _ => self.arm_deadline(id),
            }
        }
    }

    /// Schedules a check of a connection for its next deadline.
    pub(super) fn arm_deadline(&mut self, id: ConnectionId) {
        let waits = self.dispatcher.owed(id) > 0;
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if let Some((at, _)) = connection.deadline(&self.dispatcher.limits, waits) {
            self.deadlines.arm(id, at);
        }
    }

    pub(super) fn close(&mut self, id: ConnectionId, user: &mut UserCode<S>) {
        self.unmute(id);
        let Some(mut connection) = self.connections.remove(id) else {
            return;
        };
        if let Err(error) = connection.deregister(&self.registry) {
            warn!(caller = %connection.caller, "cannot take a connection from the poll: {error}");
        }
        self.deadlines.disarm(id);
        self.dispatcher.forget(id);
        // A descriptor is available again.
        self.acceptors.iter_mut().for_each(Acceptor::retry);
        debug!(caller = %connection.caller, "hung up");
        user.context.set_connections(self.connections.len());
        user.emit(&Event::HangUp(connection.caller.clone()));
    }

    /// Stops serving a connection. It is closed once its peer has the replies.
    pub(super) fn leave(&mut self, id: ConnectionId, now: Instant) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.leave(now, LINGER);
            self.end_subscriptions(id);
            self.arm_deadline(id);
            self.enqueue(id);
        }
    }
}

impl Acceptor {
    pub(super) fn open(mut listener: ListeningSocket, registry: &Registry, token: Token) -> Result<Self> {
        let registered = listener.register(registry, token);
        registered.or_error(|| format!("cannot poll `{}`", listener.endpoint()))?;
        Ok(Acceptor { listener, ready: false, retry_at: None })
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        self.listener.endpoint()
    }

    /// What it shows to its peers, if it speaks TLS.
    pub(super) fn identity(&self) -> Option<&Identity> {
        self.listener.identity()
    }

    /// Records that a connection may be waiting.
    pub(super) fn on_readable(&mut self) {
        self.ready = true;
    }

    /// Allows accepting again: a descriptor is available.
    pub(super) fn retry(&mut self) {
        self.retry_at = None;
    }

    /// Returns when to accept again; `None` if the poll reports it.
    pub(super) fn next_accept(&self, now: Instant) -> Option<Instant> {
        self.ready.then(|| self.retry_at.unwrap_or(now))
    }

    /// Accepts the next connection, if one may be waiting and there is a descriptor for it.
    fn next(&mut self, now: Instant) -> Option<Accepted> {
        if !self.ready || self.retry_at.is_some_and(|until| now < until) {
            return None;
        }
        self.retry_at = None;
        match self.listener.accept() {
            Ok(Some(accepted)) => Some(accepted),
            Ok(None) => {
                self.ready = false;
                None
            }
            Err(error) if is_of_peer(&error) => None,
            Err(error) => {
                warn!("cannot accept on {}: {error}; trying again later", self.listener.endpoint());
                self.retry_at = Some(now + ACCEPT_RETRY);
                None
            }
        }
    }
}

/// Whether accepting failed only because that peer is already gone (accept(2)); accepting the next one may succeed.
fn is_of_peer(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
        || matches!(error.raw_os_error(), Some(nix::libc::EPROTO | nix::libc::ENOTCONN))
}

/// Reports to a peer that the connection limit is reached. Best effort.
fn refuse(accepted: Accepted, objection: &str) {
    let mut output = Output::new(usize::MAX);
    Dialect::new(true, Dialects::NONE).farewell(Farewell::Because(objection), &mut output);
    let mut stream = accepted.stream;
    let _ = stream.write(output.bytes());
    stream.end();
    // If unread input remains, the system discards the reply on an inet socket.
    let mut said = [0; 4096];
    let _ = (0..MOST_SAID).take_while(|_| stream.read(&mut said).is_ok_and(|count| count > 0)).count();
}
