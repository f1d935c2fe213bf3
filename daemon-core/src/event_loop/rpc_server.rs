//! The server: listening sockets, connections, methods and their calls in flight.
//!
//! The loop gives it a share of each turn, with the user's code. It reports when it needs the next one.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use mio::Registry;
use mio::event::Event as Readiness;
use nix::unistd::geteuid;
use tracing::{error, warn};

use super::accept::Acceptor;
use super::serve::Buffers;
use super::user_code::UserCode;
use crate::caller::ConnectionId;
use crate::context::CallId;
use crate::deadlines::Deadlines;
use crate::dialect::Dialects;
use crate::error::Result;
use crate::fault::Fault;
use crate::logs::Throttled;
use crate::net::{Connections, Endpoint, ListeningSocket};
use crate::poller::Source;
use crate::rpc::dispatch::{Dispatcher, Outgoing, Recipient, Reply};
use crate::rpc::subscription::ItemQueue;
use crate::settings::limits::Limits;
use crate::settings::{Settings, Shared};
use crate::timers::earliest;

/// The sockets and methods of a daemon; `S` is its state.
pub(super) struct RpcServer<S: 'static> {
    pub(super) dispatcher: Dispatcher<S>,
    pub(super) acceptors: Vec<Acceptor>,
    pub(super) connections: Connections,
    /// Connections with more work than their last share allowed; at most all of them.
    pub(super) ready: VecDeque<ConnectionId>,
    /// When to continue with the connections on which something wrong was shown.
    pub(super) muted: Deadlines<ConnectionId>,
    /// The callers that have shown something wrong.
    pub(super) wrong: Throttled<String>,
    /// When to check a connection again.
    pub(super) deadlines: Deadlines<ConnectionId>,
    /// Whether late replies were written since connections were last served.
    has_late: bool,
    pub(super) buffers: Buffers,
    /// Why connections are refused.
    pub(super) refused: Throttled<String>,
    /// How many were refused since the start.
    pub(super) refusals: u64,
    /// The dialects that the daemon names.
    pub(super) dialects: Option<Dialects>,
    settings: Shared,
    /// The settings of this turn.
    current: Rc<Settings>,
    pub(super) registry: Rc<Registry>,
}

impl<S: 'static> RpcServer<S> {
    /// Serves these methods on these sockets. From here on readiness is reported.
    pub(super) fn new(
        dispatcher: Dispatcher<S>,
        sockets: Vec<ListeningSocket>,
        dialects: Option<Dialects>,
        settings: Shared,
        registry: Rc<Registry>,
    ) -> Result<Self> {
        let open = |(index, socket)| Acceptor::open(socket, &registry, Source::Listener(index).into());
        Ok(RpcServer {
            dispatcher,
            acceptors: sockets.into_iter().enumerate().map(open).collect::<Result<_>>()?,
            connections: Connections::new(geteuid().as_raw()),
            ready: VecDeque::new(),
            muted: Deadlines::new(),
            wrong: Throttled::default(),
            deadlines: Deadlines::new(),
            has_late: false,
            buffers: Buffers::new(),
            refused: Throttled::default(),
            refusals: 0,
            dialects,
            current: settings.get(),
            settings,
            registry,
        })
    }

    /// Reads the current settings: once per turn, so that changed settings apply from the next turn on.
    pub(super) fn read_settings(&mut self) {
        if !self.settings.is_current(&self.current) {
            self.current = self.settings.get();
            self.dispatcher.set_limits(self.current.limits);
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.dispatcher.limits
    }

    /// The endpoints it listens on.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.acceptors.iter().map(Acceptor::endpoint)
    }

    /// Reads the files again that callers are known by, and the certificate of TLS sockets; returns the failures as text.
    pub(super) fn reload(&mut self) -> impl Iterator<Item = String> + use<S> {
        let of_credentials = self.dispatcher.credentials.reload();
        [self.reload_certificate(), of_credentials].into_iter().flatten()
    }

    /// All TLS sockets share the certificate.
    fn reload_certificate(&self) -> Option<String> {
        let identity = self.acceptors.iter().find_map(Acceptor::identity)?;
        let error = identity.reload().err()?.report();
        error!("the certificate stays as it is: {error}");
        Some(error)
    }

    /// Whether there is work that needs no waiting.
    pub(super) fn is_busy(&self) -> bool {
        !self.ready.is_empty() || self.dispatcher.outbox.has_mail()
    }

    /// Returns when there is something to do without readiness.
    pub(super) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let accept = self.acceptors.iter().filter_map(|acceptor| acceptor.next_accept(now)).min();
        earliest([
            accept,
            self.deadlines.next(),
            self.muted.next(),
            self.dispatcher.calls.next_deadline(),
            self.refused.due(),
            self.wrong.due(),
            self.dispatcher.slow.due(),
        ])
    }

    /// Records that a listening socket is ready.
    pub(super) fn on_acceptable(&mut self, index: usize) {
        if let Some(acceptor) = self.acceptors.get_mut(index) {
            acceptor.on_readable();
        }
    }

    /// Records that a connection is ready.
    pub(super) fn on_ready(&mut self, id: ConnectionId, readiness: &Readiness) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.readable |= readiness.is_readable() || readiness.is_read_closed() || readiness.is_error();
        connection.ended |= readiness.is_read_closed() || readiness.is_error();
        connection.gone |= readiness.is_write_closed();
        self.enqueue(id);
    }

    /// Adds a connection to the queue of those that have work.
    pub(super) fn enqueue(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(id)
            && !std::mem::replace(&mut connection.queued, true)
        {
            self.ready.push_back(id);
        }
    }

    /// Sends the replies and items that handlers gave since the last turn.
    pub(super) fn send_late_replies(&mut self, user: &mut UserCode<S>) {
        while let Some(outgoing) = self.dispatcher.next_outgoing() {
            match outgoing {
                Outgoing::Reply(reply) => self.deliver(reply, user),
                Outgoing::Items(queue) => self.deliver_items(queue),
            }
        }
        self.after_calls(user);
        // Their peers have waited long enough: do not wait for another turn.
        if std::mem::take(&mut self.has_late) {
            self.serve_connections(user);
        }
    }

    /// Ends a call in flight, and delivers the reply.
    pub(super) fn complete(&mut self, call: CallId, outcome: Result<Vec<u8>, Fault>, user: &mut UserCode<S>) {
        if let Some(reply) = self.dispatcher.complete(call, outcome) {
            self.deliver(reply, user);
        }
        self.after_calls(user);
    }

    /// Replies to a call with a fault, as its caller waits no longer.
    pub(super) fn abandon(&mut self, call: CallId, fault: Fault, user: &mut UserCode<S>) {
        if let Some(reply) = self.dispatcher.abandon(call, fault) {
            self.deliver(reply, user);
        }
        self.after_calls(user);
    }

    /// Calls the daemon's hooks for late calls that have ended.
    fn after_calls(&mut self, user: &mut UserCode<S>) {
        if !self.dispatcher.has_ended() {
            return;
        }
        for call in self.dispatcher.take_ended() {
            user.enter(call.caller().cloned());
            self.dispatcher.after(&call, &mut user.state, &mut user.context);
        }
    }

    fn deliver(&mut self, Reply { to, outcome }: Reply, user: &mut UserCode<S>) {
        match to {
            Recipient::Peer(id, call) => {
                let Some(connection) = self.connections.get_mut(id) else { return };
                connection.reply(call, outcome);
                // Even if nothing was written: the call may have kept the connection from being read, idle, or closed.
                self.arm_deadline(id);
                self.enqueue(id);
                self.has_late = true;
            }
            Recipient::Handler(on_reply) => user.reply(on_reply, outcome.map(|part| part.bytes)),
        }
    }

    /// Passes a subscription that has something to send to its connection.
    fn deliver_items(&mut self, queue: Arc<ItemQueue>) {
        let id = queue.connection;
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.send_items(queue);
        // It may have been the last one that kept the connection from being idle.
        self.arm_deadline(id);
        self.enqueue(id);
        self.has_late = true;
    }

    /// Ends the subscriptions of a connection, after the items that wait.
    pub(super) fn end_subscriptions(&mut self, id: ConnectionId) {
        for queue in self.dispatcher.subscriptions.finish(id) {
            self.deliver_items(queue);
        }
    }

    /// Logs refused connections, wrong tokens and slow handlers, each at most once a second.
    pub(super) fn log_throttled(&mut self, now: Instant) {
        if let Some((count, reason)) = self.refused.take(now) {
            warn!(count, "refused connections: {reason}");
        }
        if let Some((count, caller)) = self.wrong.take(now) {
            warn!(count, "wrong tokens, the latest from {caller}");
        }
        if let Some((count, slow)) = self.dispatcher.slow.take(now) {
            warn!(count, "a handler held the loop for long: {slow}");
        }
    }

    /// Accepts no more connections; existing ones get one more read.
    pub(super) fn drain(&mut self) {
        self.acceptors.clear();
        for id in self.connections.ids() {
            // A stop does not wait for those who guess.
            self.unmute(id);
            if let Some(connection) = self.connections.get_mut(id) {
                connection.stop();
            }
            self.end_subscriptions(id);
            self.enqueue(id);
        }
    }

    /// Ends everything that the drain left: every call without a reply gets a fault, and every connection is closed.
    pub(super) fn shut_down(&mut self, user: &mut UserCode<S>) {
        self.dispatcher.fail_all(Fault::stopped);
        self.send_late_replies(user);
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                // The peer's last chance to get it.
                let _ = connection.send(&self.registry, user.now());
            }
            self.close(id, user);
        }
        // The last chance to log them: the loop has ended.
        if let Some((count, reason)) = self.refused.flush() {
            warn!(count, "refused connections: {reason}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;
    use crate::context::{Context, Facts};
    use crate::poller::Poller;
    use crate::rpc::access::Nobody;
    use crate::rpc::call::Outbox;
    use crate::rpc::hooks::Hooks;
    use crate::rpc::introspect;
    use crate::rpc::methods::{Listed, Methods};
    use crate::settings::Settings;

    /// Runs one turn of the server alone.
    fn turn(server: &mut RpcServer<()>, poller: &mut Poller, user: &mut UserCode<()>) {
        poller.wait(Some(Duration::from_secs(10))).unwrap();
        for (source, readiness) in poller.ready() {
            match source {
                Source::Listener(index) => server.on_acceptable(index),
                Source::Connection(id) => server.on_ready(id, readiness),
                other => panic!("{other:?} is not registered"),
            }
        }
        server.accept(user);
        server.serve_connections(user);
        server.send_late_replies(user);
    }

    #[test]
    fn a_peer_is_served_without_a_loop() {
        let mut poller = Poller::new().unwrap();
        let settings = Shared::new(Settings::resolve(&[], Default::default()).unwrap().1);
        let methods = Methods::new(Listed::built_in(introspect::methods()), &Nobody).unwrap();
        let dispatcher = Dispatcher::new(
            methods,
            Hooks::from_iter([]),
            Outbox::new(4096, || {}),
            settings.get().limits,
            Instant::now,
        );
        let socket =
            ListeningSocket::bind(&"tcp://127.0.0.1:0".parse().unwrap(), 0o600, false, None).unwrap();
        let registry = Rc::new(poller.registry().try_clone().unwrap());
        let mut server = RpcServer::new(dispatcher, vec![socket], None, settings, registry).unwrap();
        let mut user =
            UserCode::new((), Context::new::<()>(Facts::new("alone", "0")), Vec::new(), Vec::new());
        let Some(Endpoint::Tcp(address)) = server.endpoints().next() else { panic!("it listens on tcp") };

        let mut peer = TcpStream::connect(address).unwrap();
        let request =
            r#"{"jsonrpc":"2.0","id":1,"method":"system.methodHelp","params":["system.multicall"]}"#;
        writeln!(peer, "{request}").unwrap();
        while server.connections.is_empty() || user.context.connections() == 0 {
            turn(&mut server, &mut poller, &mut user);
        }
        turn(&mut server, &mut poller, &mut user);
        let mut reply = String::new();
        BufReader::new(&peer).read_line(&mut reply).unwrap();
        assert!(reply.starts_with(r#"{"jsonrpc":"2.0","id":1,"result":""#), "{reply}");

        peer.shutdown(std::net::Shutdown::Write).unwrap();
        while !server.connections.is_empty() {
            turn(&mut server, &mut poller, &mut user);
        }
        assert_eq!(user.context.connections(), 0);
    }
}
