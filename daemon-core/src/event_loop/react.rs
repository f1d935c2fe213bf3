//! Signals, listeners, timers and commands: what code of the user's is called for, and what it has asked for.

use tracing::{debug, error, info};

use super::EventLoop;
use crate::context::{Command, OnReply};
use crate::declare::Daemon;
use crate::event::{Event, EventKind, Message, Signal};
use crate::fault::Fault;
use crate::logs;
use crate::signals::is_stop;

impl<D: Daemon> EventLoop<D> {
    /// Whether the daemon is to stop, by a signal that was not looked at yet or by what came before.
    pub(crate) fn is_stopping(&mut self) -> bool {
        self.handle_signals();
        self.apply();
        self.stopping.is_some()
    }

    /// Reacts to the signals that have arrived.
    pub(super) fn handle_signals(&mut self) {
        for signal in self.signals.take() {
            match signal {
                // Workers come and go: their supervisor says what there is to say.
                Signal::SIGCHLD => debug!(%signal, "signal"),
                signal if is_stop(signal) => info!(%signal, "signal"),
                _ => self.throttled_log.signal(signal),
            }
            self.emit(&Event::Signal(signal));
            match signal {
                signal if is_stop(signal) => self.stop_by_signal(),
                Signal::SIGHUP => drop(self.reload()),
                Signal::SIGCHLD => self.reap(),
                _ => {}
            }
        }
    }

    /// Reloads; gives back what has failed, in words. Workers are told, and not waited for.
    pub(super) fn reload(&mut self) -> Vec<String> {
        logs::reopen();
        self.workers.reload();
        self.tell(&Event::Reload)
    }

    fn reload_for(&mut self, send_late_replies: Option<OnReply>) {
        let failures = self.reload();
        let Some(send_late_replies) = send_late_replies else { return };
        let outcome = match failures.is_empty() {
            true => Ok(b"true".to_vec()),
            false => Err(Fault::reload_failed(&failures)),
        };
        send_late_replies(&mut self.state, outcome, &mut self.context);
    }

    pub(super) fn emit(&mut self, event: &Event) {
        self.tell(event);
    }

    /// Calls the listeners of an event; gives back what has failed, in words.
    fn tell(&mut self, event: &Event) -> Vec<String> {
        if !self.reactions.await_event(event.kind()) {
            return Vec::new();
        }
        self.context.enter(event.caller().cloned(), self.connections.len());
        let failures = self.reactions.emit(&mut self.state, event, &mut self.context);
        self.read_clock();
        failures
    }

    /// Runs what is due.
    pub(super) fn run_timers(&mut self) {
        if self.tasks.next().is_none_or(|due| due > self.now) {
            return;
        }
        self.context.enter(None, self.connections.len());
        self.tasks.run(&mut self.state, &mut self.context, self.now);
        self.read_clock();
    }

    /// Does what handlers have asked for. What that makes listeners ask for is done in the next turn.
    pub(super) fn apply(&mut self) {
        if !self.context.has_commands() {
            return;
        }
        for command in self.context.take_commands() {
            match command {
                Command::Stop => self.stop(),
                Command::Fail(error) => {
                    // The first one tells most: what comes after it may follow from it.
                    self.failure.get_or_insert(error);
                    self.stop();
                }
                Command::Reload(send_late_replies) => self.reload_for(send_late_replies),
                Command::HangUp(id) => self.leave(id),
                Command::Emit { topic, payload } => {
                    let from = self.context.name().into();
                    self.emit(&Event::Message(Message { from, topic, payload }));
                }
                Command::Call(call) => self.workers.call(&self.supervisor, call, self.now),
                Command::Manage(order, send_late_replies) => {
                    self.workers.manage(&mut self.supervisor, order, send_late_replies, self.now)
                }
                Command::Schedule { delay, every, task } => self.tasks.schedule(self.now, delay, every, task),
                Command::Listen(kind, listener) => {
                    if let EventKind::Signal(signal) = kind
                        && let Err(error) = self.signals.add(signal)
                    {
                        error!("{}", error.report());
                    }
                    self.reactions.add(kind, listener);
                }
            }
        }
    }
}
