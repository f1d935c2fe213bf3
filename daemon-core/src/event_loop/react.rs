//! Reactions to signals, which call user code, and to the commands of user code.

use std::time::Instant;

use tracing::{debug, error, info};

use super::EventLoop;
use crate::context::{CallId, Command};
use crate::declare::Daemon;
use crate::event::{Event, EventKind, Message};
use crate::fault::Fault;
use crate::logs;
use crate::signal::Signal;
use crate::signals::is_stop;

impl<D: Daemon> EventLoop<D> {
    /// Whether the daemon is stopping, or will stop because of a signal that has not been handled yet.
    pub(crate) fn is_stopping(&mut self) -> bool {
        self.handle_signals();
        self.apply();
        self.stopping.is_some()
    }

    /// Reacts to the signals that have arrived.
    pub(super) fn handle_signals(&mut self) {
        for signal in self.turn.take_signals() {
            match signal {
                // Workers come and go: their supervisor logs what matters.
                Signal::SIGCHLD => debug!(%signal, "signal"),
                signal if is_stop(signal) => info!(%signal, "signal"),
                _ => self.signalled.count(signal),
            }
            self.user.emit(&Event::Signal(signal));
            match signal {
                signal if is_stop(signal) => self.stop_by_signal(),
                Signal::SIGHUP => drop(self.reload()),
                Signal::SIGCHLD => self.reap(),
                _ => {}
            }
        }
    }

    /// Logs the signals that have arrived, at most once a second.
    pub(super) fn log_signals(&mut self, now: Instant) {
        if let Some((count, signal)) = self.signalled.take(now) {
            info!(%signal, count, "signals");
        }
    }

    /// Reloads; returns the failures as text. Workers are notified without waiting for them.
    fn reload(&mut self) -> Vec<String> {
        logs::reopen();
        self.workers.reload();
        let of_services = self.services.reload(&mut self.turn.supervisor, self.user.now());
        of_services.iter().for_each(|failure| error!("{failure}"));
        of_services.into_iter().chain(self.rpc.reload()).chain(self.user.reload()).collect()
    }

    fn reload_for(&mut self, call: Option<CallId>) {
        let failures = self.reload();
        let Some(call) = call else { return };
        let outcome = match failures.is_empty() {
            true => Ok(b"true".to_vec()),
            false => Err(Fault::reload_failed(&failures)),
        };
        self.rpc.complete(call, outcome, &mut self.user);
    }

    /// Replies to a call whether this daemon can serve calls, or what is missing.
    fn tell_readiness(&mut self, call: CallId) {
        let missing = self.workers.missing(&self.turn.supervisor);
        let outcome = match (&self.stopping, missing) {
            (Some(_), _) => Err(Fault::stopping()),
            (None, Some(worker)) => Err(Fault::worker_down(&worker)),
            (None, None) => Ok(br#""ok""#.to_vec()),
        };
        self.rpc.complete(call, outcome, &mut self.user);
    }

    /// Carries out the commands of handlers. Commands that listeners issue meanwhile are carried out in the next turn.
    pub(super) fn apply(&mut self) {
        if !self.user.context.has_commands() {
            return;
        }
        for command in self.user.context.take_commands() {
            match command {
                Command::Stop => self.stop(),
                Command::Fail(error) => {
                    // The first error is the most useful: later ones may follow from it.
                    self.failure.get_or_insert(error);
                    self.stop();
                }
                Command::Reload(call) => self.reload_for(call),
                Command::TellReadiness(call) => self.tell_readiness(call),
                #[cfg(feature = "metrics")]
                Command::Measure(call) => self.measure(call),
                Command::CancelCall(call) => self.rpc.abandon(call, Fault::cancelled(), &mut self.user),
                Command::HangUp(id) => self.rpc.leave(id, self.user.now()),
                Command::Emit { topic, payload } => {
                    let from = self.user.context.name().into();
                    self.user.emit(&Event::Message(Message { from, topic, payload }));
                }
                Command::Call(call, reply_to) => {
                    let now = self.user.now();
                    let patience = call.deadline.map(|deadline| deadline.saturating_duration_since(now));
                    let id = self.rpc.dispatcher.start(reply_to, call.caller.clone(), patience);
                    self.call_worker(id, call);
                }
                Command::Attach(call, task) => self.rpc.dispatcher.attach(call, task, self.user.now()),
                Command::Delegate(call, id) => self.call_worker(id, call),
                Command::Manage(request, call) => {
                    self.workers.manage(&mut self.turn.supervisor, request, call, self.user.now())
                }
                #[cfg(feature = "services")]
                Command::ManageServices(request, call) => self.manage_services(request, call),
                #[cfg(feature = "services")]
                Command::AskServices(request, reply_to) => {
                    let call = self.rpc.dispatcher.start(reply_to, None, None);
                    self.manage_services(request, Some(call));
                }
                Command::Schedule { timer, delay, every, task } => {
                    self.user.tasks.schedule(timer, self.user.now(), delay, every, task)
                }
                Command::CancelTimer(timer) => self.user.tasks.cancel(timer),
                Command::Watch(watch) => self.user.watches.add(watch),
                Command::Unwatch(watch) => self.user.watches.remove(watch),
                Command::Adopt(program) => self.adopt(program),
                Command::StopProgram(program) => {
                    self.programs.stop(&mut self.turn.supervisor, program, self.user.now())
                }
                Command::Listen(kind, listener) => {
                    if let EventKind::Signal(signal) = kind
                        && let Err(error) = self.turn.add_signal(signal)
                    {
                        error!("{}", error.report());
                    }
                    self.user.reactions.add(kind, listener);
                }
            }
        }
    }
}
