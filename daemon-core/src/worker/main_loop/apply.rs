//! What the handlers of a worker have requested.

use std::time::Instant;

use tracing::warn;

use super::MainLoop;
use crate::context::{Command, ReplyTo};
use crate::event::EventKind;
use crate::fault::Fault;
use crate::rpc::call::Completed;

impl<S: 'static> MainLoop<S> {
    /// Carries out what handlers requested.
    pub(super) fn apply(&mut self) {
        if !self.context.has_commands() {
            return;
        }
        for command in self.context.take_commands() {
            match command {
                Command::Stop => self.leaving = true,
                Command::Fail(error) => {
                    self.leaving = true;
                    self.failure.get_or_insert(error);
                }
                Command::Reload(_) => self.reload(),
                Command::Schedule { timer, delay, every, task } => {
                    self.tasks.schedule(timer, Instant::now(), delay, every, task);
                }
                Command::CancelTimer(timer) => self.tasks.cancel(timer),
                Command::Watch(watch) => self.watches.add(watch),
                Command::Unwatch(watch) => self.watches.remove(watch),
                Command::Listen(kind, listener) => {
                    if let EventKind::Signal(signal) = kind
                        && let Err(error) = self.port.signals().add(signal)
                    {
                        warn!("{}", error.report());
                    }
                    self.reactions.add(kind, listener);
                }
                Command::Call(_, reply_to) => self.refuse_call(reply_to),
                // The connections, methods and listeners belong to the daemon.
                Command::HangUp(_)
                | Command::CancelCall(_)
                | Command::TellReadiness(_)
                | Command::Attach(..)
                | Command::Adopt(_)
                | Command::StopProgram(_)
                | Command::Delegate(..)
                | Command::Manage(..)
                | Command::Emit { .. } => {}
                #[cfg(feature = "metrics")]
                Command::Measure(_) => {}
                #[cfg(feature = "services")]
                Command::AskServices(_, reply_to) => self.refuse_call(reply_to),
                #[cfg(feature = "services")]
                Command::ManageServices(..) => {}
            }
        }
    }

    /// Refuses a call that a handler of this worker made.
    fn refuse_call(&mut self, reply_to: ReplyTo) {
        let outcome = Err(Fault::internal("a worker has no workers and no services of its own"));
        match reply_to {
            ReplyTo::Handler(on_reply) => on_reply(&mut self.state, outcome, &mut self.context),
            ReplyTo::Call(call_id) => self.outbox.complete(Completed { call_id, outcome }),
            ReplyTo::Connection(_) | ReplyTo::Element { .. } | ReplyTo::Nobody => {}
        }
    }
}
