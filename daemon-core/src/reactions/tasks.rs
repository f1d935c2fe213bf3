//! Timers: those declared by attribute, and those set at run time.
//!
//! A timer that user code cancels does not run any more in the same turn, although the command is applied at its end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::Panic;
use crate::context::{Context, DynTask, TimerId};
use crate::deadlines::Deadlines;
use crate::declare::Timer;
use crate::error::{Error, Result};
use crate::timers::{after, next_period};

/// The shortest period: with a period of zero, the loop would do nothing else.
const SHORTEST: Duration = Duration::from_millis(1);

/// The timers of a daemon or of a worker; `S` is its state.
pub(crate) struct Tasks<S: 'static> {
    panic: Panic,
    by_attribute: Vec<&'static Timer<S>>,
    /// The periods that those have now.
    periods: Vec<Duration>,
    /// Bounded by how many the program sets, never by a peer.
    set: HashMap<TimerId, Task>,
    due: Deadlines<Key>,
    /// Whether those declared by attribute do not become due.
    is_held: bool,
}

/// What names a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// Declared by attribute: its place in the table.
    Attribute(usize),
    Set(TimerId),
}

/// A timer that was set at run time.
struct Task {
    run: DynTask,
    /// `None` if it runs once.
    period: Option<Duration>,
}

impl<S: 'static> Tasks<S> {
    /// The timers declared by attribute, each due for the first time after one period.
    pub(crate) fn new(
        panic: Panic,
        timers: Vec<&'static Timer<S>>,
        state: &S,
        context: &Context,
        now: Instant,
    ) -> Self {
        let periods: Vec<Duration> = timers.iter().map(|timer| period(timer, state, context)).collect();
        let mut due = Deadlines::new();
        for (place, period) in periods.iter().enumerate() {
            due.arm(Key::Attribute(place), after(now, *period));
        }
        Tasks { panic, by_attribute: timers, periods, set: HashMap::new(), due, is_held: false }
    }

    /// Reads the periods that come from the state. A timer whose period has changed is due after the new one.
    pub(crate) fn reload(&mut self, state: &S, context: &Context, now: Instant) {
        if self.is_held {
            return;
        }
        for (place, timer) in self.by_attribute.iter().enumerate() {
            let new = period(timer, state, context);
            if std::mem::replace(&mut self.periods[place], new) != new {
                self.due.set(Key::Attribute(place), Some(after(now, new)));
            }
        }
    }

    /// Lets no timer declared by attribute become due: [`run_once`](Tasks::run_once) runs them.
    pub(crate) fn hold(&mut self) {
        (0..self.by_attribute.len()).for_each(|place| self.due.disarm(Key::Attribute(place)));
        self.is_held = true;
    }

    /// Runs a timer declared by attribute, by its place in the table.
    ///
    /// # Errors
    ///
    /// That of the timer, with its name.
    pub(crate) fn run_once(&mut self, place: usize, state: &mut S, context: &mut Context) -> Result<()> {
        let Some(timer) = self.by_attribute.get(place) else { return Ok(()) };
        let ended = self.panic.guard(timer.name, || (timer.tick)(state, context));
        ended.map_err(|error| Error::new(format!("`{}` failed", timer.name)).because(error))
    }

    /// Sets a timer.
    pub(crate) fn schedule(
        &mut self,
        timer: TimerId,
        now: Instant,
        delay: Duration,
        every: bool,
        run: DynTask,
    ) {
        let delay = if every { delay.max(SHORTEST) } else { delay };
        self.set.insert(timer, Task { run, period: every.then_some(delay) });
        self.due.arm(Key::Set(timer), after(now, delay));
    }

    /// Forgets a timer, unless it is gone already.
    pub(crate) fn cancel(&mut self, timer: TimerId) {
        self.due.disarm(Key::Set(timer));
        self.set.remove(&timer);
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.next()
    }

    /// Runs every timer that is due, each once.
    pub(crate) fn run(&mut self, state: &mut S, context: &mut Context, now: Instant) {
        let mut seen = 0;
        loop {
            context.cancelled(&mut seen).for_each(|timer| self.cancel(timer));
            let Some((due, key)) = self.due.pop(now) else { return };
            let period = match key {
                Key::Attribute(place) => self.run_declared(place, state, context),
                Key::Set(timer) => self.run_set(timer, state, context),
            };
            if let Some(period) = period {
                self.due.arm(key, next_period(due, period, now));
            }
        }
    }

    /// Runs a timer declared by attribute; returns its period.
    fn run_declared(&mut self, place: usize, state: &mut S, context: &mut Context) -> Option<Duration> {
        let timer = self.by_attribute.get(place)?;
        // Failures are in the log already.
        let _ = self.panic.log(timer.name, || (timer.tick)(state, context));
        self.periods[place] = period(timer, state, context);
        Some(self.periods[place])
    }

    /// Runs a timer set at run time; returns its period if it has one.
    fn run_set(&mut self, timer: TimerId, state: &mut S, context: &mut Context) -> Option<Duration> {
        let task = self.set.get_mut(&timer)?;
        let _ = self.panic.log("a task", || {
            (task.run)(state, context);
            Ok(())
        });
        let period = task.period;
        if period.is_none() {
            self.set.remove(&timer);
        }
        period
    }
}

/// Returns the period of a timer declared by attribute.
fn period<S: 'static>(timer: &Timer<S>, state: &S, context: &Context) -> Duration {
    timer.period.of(state, context).max(SHORTEST)
}

#[cfg(test)]
mod tests;
