//! Listeners and timers, which are called when something happens. They are declared by attribute or registered at run
//! time.
//!
//! Both the daemon's loop and that of a worker have them. They differ in the effect of a panic: the daemon continues, a
//! worker ends and is replaced.

mod tasks;
mod watches;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::error;

pub(crate) use self::tasks::Tasks;
pub(crate) use self::watches::Watches;
use crate::context::{Context, DynListener};
use crate::declare::Listener;
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};

/// The effect of a panic in a user function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panic {
    /// It is an error like any other.
    Fails,
    /// It ends the process.
    Ends,
}

impl Panic {
    /// Calls a user function.
    pub(crate) fn guard<T>(self, name: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
        match self {
            Panic::Ends => call(),
            Panic::Fails => catch_unwind(AssertUnwindSafe(call))
                .unwrap_or_else(|_| Err(Error::new(format!("`{name}` panicked")))),
        }
    }

    /// Calls a user function. Logs a failure and returns it as text.
    pub(crate) fn log(self, name: &str, call: impl FnOnce() -> Result<()>) -> Result<(), String> {
        self.guard(name, call).map_err(|error| {
            let failure = format!("`{name}` failed: {}", error.report());
            error!("{failure}");
            failure
        })
    }
}

/// The most closures of handles that run in one turn.
const JOBS_PER_TURN: usize = 128;

/// Runs closures that other threads have sent, a bounded number.
pub(crate) fn run_jobs<S: 'static>(panic: Panic, state: &mut S, context: &mut Context) {
    for _ in 0..JOBS_PER_TURN {
        let Some(job) = context.inbox().pop() else { return };
        // Failures are in the log already.
        let _ = panic.log("a closure of a handle", || {
            job(state, context);
            Ok(())
        });
    }
}

/// The listeners of a daemon or of a worker; `S` is its state.
pub(crate) struct Reactions<S: 'static> {
    panic: Panic,
    by_attribute: Vec<&'static Listener<S>>,
    /// Bounded by how often the program registers one, never by a peer.
    registered: Vec<(EventKind, DynListener)>,
}

impl<S: 'static> Reactions<S> {
    pub(crate) fn new(panic: Panic, by_attribute: Vec<&'static Listener<S>>) -> Self {
        Reactions { panic, by_attribute, registered: Vec::new() }
    }

    pub(crate) fn add(&mut self, kind: EventKind, listener: DynListener) {
        self.registered.push((kind, listener));
    }

    /// Whether there is a listener for this kind of event.
    pub(crate) fn await_event(&self, kind: EventKind) -> bool {
        let by_attribute = self.by_attribute.iter().map(|listener| listener.kind);
        by_attribute.chain(self.registered.iter().map(|(wanted, _)| *wanted)).any(|wanted| wanted == kind)
    }

    /// Calls every listener of this kind of event, those declared by attribute first. Returns the failures as text.
    pub(crate) fn emit(&mut self, state: &mut S, event: &Event, context: &mut Context) -> Vec<String> {
        let kind = event.kind();
        let mut failures = Vec::new();
        for listener in self.by_attribute.iter().filter(|listener| listener.kind == kind) {
            failures.extend(self.panic.log(listener.name, || (listener.handle)(state, event, context)).err());
        }
        for (_, listener) in self.registered.iter_mut().filter(|(wanted, _)| *wanted == kind) {
            let state: &mut dyn Any = state;
            let called = self.panic.log("a listener", || {
                listener(state, event, context);
                Ok(())
            });
            failures.extend(called.err());
        }
        failures
    }
}
