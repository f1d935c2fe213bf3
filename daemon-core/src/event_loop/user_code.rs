//! The user's code: the state, its listeners and timers, and the clock, which must be read again after user code has
//! run.

use std::process::ExitStatus;
use std::time::Instant;

use crate::caller::Caller;
use crate::context::{Context, OnExit, OnReply};
use crate::declare::{Hook, Listener, Timer};
use crate::error::Result;
use crate::event::{Event, EventKind};
use crate::fault::Fault;
use crate::reactions::{Panic, Reactions, Tasks, Watches, run_jobs};
use crate::settings::limits::Limits;

/// The user's code, and its context.
pub(super) struct UserCode<S: 'static> {
    pub(super) state: S,
    pub(super) context: Context,
    pub(super) reactions: Reactions<S>,
    pub(super) tasks: Tasks<S>,
    pub(super) watches: Watches,
    now: Instant,
}

impl<S: 'static> UserCode<S> {
    pub(super) fn new(
        state: S,
        context: Context,
        listeners: Vec<&'static Listener<S>>,
        timers: Vec<&'static Timer<S>>,
    ) -> Self {
        let now = Instant::now();
        UserCode {
            reactions: Reactions::new(Panic::Fails, listeners),
            tasks: Tasks::new(Panic::Fails, timers, &state, &context, now),
            watches: Watches::new(Panic::Fails),
            state,
            context,
            now,
        }
    }

    /// Returns the time when the turn began, or when user code last returned.
    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// Reads the clock: once per turn, and after user code, which may take long.
    pub(super) fn read_clock(&mut self) {
        self.now = Instant::now();
    }

    /// Takes over the limits on what user code may have waiting and running.
    pub(super) fn read_limits(&mut self, limits: &Limits) {
        self.context.inbox().set_limit(limits.handle);
        self.context.set_permits(limits.threads, limits.futures);
    }

    /// Sets the caller of the call that runs next.
    pub(super) fn enter(&mut self, caller: Option<Caller>) {
        self.context.enter(caller);
    }

    /// Calls a hook, if there is one.
    pub(super) fn hook(&mut self, hook: Option<Hook<S>>, name: &str) -> Result<()> {
        self.enter(None);
        match hook {
            Some(hook) => Panic::Fails.guard(name, || hook(&mut self.state, &mut self.context)),
            None => Ok(()),
        }
    }

    /// Records an event, and calls its listeners; returns the failures of listeners as text.
    #[inline]
    pub(super) fn emit(&mut self, event: &Event) -> Vec<String> {
        self.context.recent().note(event);
        match self.listens_to(event.kind()) {
            true => self.call_listeners(event),
            false => Vec::new(),
        }
    }

    fn call_listeners(&mut self, event: &Event) -> Vec<String> {
        self.enter(event.caller().cloned());
        let failures = self.reactions.emit(&mut self.state, event, &mut self.context);
        self.read_clock();
        failures
    }

    /// Calls the listeners of a reload, then reads the periods of the timers; returns the failures as text.
    pub(super) fn reload(&mut self) -> Vec<String> {
        let failures = self.emit(&Event::Reload);
        self.tasks.reload(&self.state, &self.context, self.now);
        failures
    }

    fn listens_to(&self, kind: EventKind) -> bool {
        self.reactions.await_event(kind)
    }

    /// Calls the handlers of descriptors that are ready.
    pub(super) fn run_watches(&mut self) {
        if self.watches.has_ready() {
            self.enter(None);
            self.watches.run(&mut self.state, &mut self.context);
            self.read_clock();
        }
    }

    /// Runs the timers that are due.
    pub(super) fn run_timers(&mut self) {
        if self.tasks.next().is_none_or(|due| due > self.now) {
            return;
        }
        self.enter(None);
        self.tasks.run(&mut self.state, &mut self.context, self.now);
        self.read_clock();
    }

    /// Runs a timer declared by attribute, whenever it is due.
    pub(super) fn run_timer(&mut self, place: usize) -> Result<()> {
        self.enter(None);
        let ended = self.tasks.run_once(place, &mut self.state, &mut self.context);
        self.read_clock();
        ended
    }

    /// Calls the handler of the end of a program.
    pub(super) fn run_exit(&mut self, on_exit: OnExit, status: ExitStatus) {
        self.enter(None);
        // A failure is in the log by then.
        let _ = Panic::Fails.log("the handler of the end of a program", || {
            on_exit(&mut self.state, status, &mut self.context);
            Ok(())
        });
        self.read_clock();
    }

    /// Runs closures that other threads have sent, up to a bounded number.
    pub(super) fn run_jobs(&mut self) {
        if self.context.inbox().has_jobs() {
            self.enter(None);
            run_jobs(Panic::Fails, &mut self.state, &mut self.context);
            self.read_clock();
        }
    }

    /// Accepts no more closures from other threads, and runs those that were accepted.
    pub(super) fn close_inbox(&mut self) {
        self.context.inbox().close();
        while self.context.inbox().has_jobs() {
            self.run_jobs();
        }
    }

    /// Passes the reply to a call to the handler that made it.
    pub(super) fn reply(&mut self, on_reply: OnReply, outcome: Result<Vec<u8>, Fault>) {
        self.enter(None);
        let _ = Panic::Fails.log("the reply of a worker", || {
            on_reply(&mut self.state, outcome, &mut self.context);
            Ok(())
        });
    }
}
