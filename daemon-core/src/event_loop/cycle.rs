//! A single cycle: each timer runs once, and when nothing that they began goes on any more, the daemon stops.

use std::collections::VecDeque;

use tracing::{debug, error};

use super::EventLoop;
use crate::declare::{Daemon, Timer};
use crate::error::Error;

/// A single cycle of timers.
pub(super) struct Cycle {
    /// The places of the timers that have not run yet, in order.
    left: VecDeque<usize>,
    /// How many handles there were before the first timer ran. Those that are made later belong to work of the cycle.
    handles: Option<usize>,
    end: End,
}

/// How a cycle ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not yet, or because user code stopped the daemon.
    Open,
    Done,
    /// A signal stopped the daemon before it was done.
    Interrupted,
}

impl Cycle {
    /// The timers with these names, or all if there are no names, in the order of their declaration.
    pub(super) fn of<S>(names: &[String], timers: &[&'static Timer<S>]) -> Self {
        let is_meant = |timer: &Timer<S>| names.is_empty() || names.iter().any(|name| name == timer.name);
        let places = timers.iter().enumerate().filter(|(_, timer)| is_meant(timer));
        Cycle { left: places.map(|(place, _)| place).collect(), handles: None, end: End::Open }
    }

    /// Whether a timer has not run yet.
    pub(super) fn has_next(&self) -> bool {
        self.end == End::Open && !self.left.is_empty()
    }

    /// Notes that a signal stops the daemon.
    pub(super) fn interrupt(&mut self) {
        if self.end == End::Open {
            self.end = End::Interrupted;
        }
    }

    /// Why the cycle is not done, if a signal has ended it.
    pub(super) fn unfinished(&self) -> Option<Error> {
        (self.end == End::Interrupted).then(|| Error::new("a signal ended the cycle before it was done"))
    }
}

impl<D: Daemon> EventLoop<D> {
    /// Runs the next timer of the cycle; when all have run and nothing goes on any more, stops the daemon.
    pub(super) fn advance_cycle(&mut self) {
        // A stop that has arrived takes precedence over the next timer.
        if self.cycle.is_none() || self.is_stopping() {
            return;
        }
        let handles = self.user.context.inbox().handles();
        let is_idle = self.is_idle();
        let Some(cycle) = &mut self.cycle else { return };
        let before = *cycle.handles.get_or_insert(handles);
        if let Some(place) = cycle.left.pop_front() {
            self.run_timer_of_cycle(place);
        } else if is_idle && handles <= before {
            cycle.end = End::Done;
            self.stop();
        } else {
            debug!(handles = handles.saturating_sub(before), "the cycle waits for what its timers began");
        }
    }

    /// Runs a timer. The first failure is that of the cycle; the others go to the log.
    fn run_timer_of_cycle(&mut self, place: usize) {
        let Err(failure) = self.user.run_timer(place) else { return };
        match &self.failure {
            None => self.failure = Some(failure),
            Some(_) => error!("{}", failure.report()),
        }
    }

    /// Whether neither a call, nor a program, nor a closure goes on.
    fn is_idle(&self) -> bool {
        !self.user.context.has_commands()
            && !self.user.context.inbox().has_jobs()
            && !self.workers.is_busy()
            && self.programs.is_empty()
            && self.rpc.dispatcher.calls.is_empty()
    }
}
