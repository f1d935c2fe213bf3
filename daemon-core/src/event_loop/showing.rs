//! What follows from what callers show: it holds for the connection; if it is wrong, the connection waits.

use std::time::Instant;

use super::rpc_server::RpcServer;
use super::serve::ConnectionTurn;
use super::user_code::UserCode;
use crate::caller::ConnectionId;
use crate::credentials::MOST_OF_CONNECTION;
use crate::rpc::dispatch::Wrong;
use crate::settings::limits::LINGER;
use crate::timers::after;

impl<S> ConnectionTurn<'_, S> {
    /// Keeps what the caller has shown, for its next turn.
    pub(super) fn keep_shown(&mut self) {
        if let Some(caller) = self.server.context.caller()
            && !caller.shown.is_same(&self.connection.caller.shown)
        {
            self.connection.caller.shown = caller.shown.clone();
        }
    }

    /// Slows down a connection on which something wrong was shown; returns until when nothing is read from it and nothing is
    /// sent. After several wrong ones it is closed.
    pub(super) fn slow_down(&mut self, wrong: Wrong) -> Option<Instant> {
        let guesser = self.connection.caller.guesser();
        self.wrong.count(self.connection.caller.to_string());
        if wrong == Wrong::Ends {
            self.leave();
            return None;
        }
        let until = after(self.now, self.server.dispatcher.guesses.record(guesser, self.now));
        self.connection.mistakes = self.connection.mistakes.saturating_add(1);
        if self.connection.mistakes >= MOST_OF_CONNECTION {
            self.connection.leave(until, LINGER);
            self.end_subscriptions();
        }
        self.connection.hold(true, self.now);
        self.connection.is_muted = true;
        self.deadline_changed = true;
        Some(until)
    }
}

impl<S: 'static> RpcServer<S> {
    /// Continues with the connections that have waited long enough.
    pub(super) fn unmute_all(&mut self, user: &UserCode<S>) {
        while let Some((_, id)) = self.muted.pop(user.now()) {
            self.end_wait(id);
        }
    }

    /// Continues with a connection before its time.
    pub(super) fn unmute(&mut self, id: ConnectionId) {
        if self.muted.is_armed(id) {
            self.muted.disarm(id);
            self.end_wait(id);
        }
    }

    fn end_wait(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        connection.is_muted = false;
        self.dispatcher.guesses.has_waited(connection.caller.guesser());
        self.enqueue(id);
    }
}
