//! Listeners and timers: what is called when something happens, by attribute and registered at run time.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use slab::Slab;
use tracing::error;

use crate::context::{Context, DynListener, DynTask};
use crate::declare::{Daemon, Timer};
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::timers::{Deadlines, after, next_turn};

/// The shortest period, so that a period of zero does not keep the loop from everything else.
const SHORTEST: Duration = Duration::from_millis(1);

/// Calls a function of the user's; a panic becomes an error.
pub(super) fn guarded(name: &str, call: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(Error::new(format!("`{name}` panicked"))))
}

/// Calls a function of the user's that nobody waits for: a failure is logged.
fn logged(name: &str, call: impl FnOnce() -> Result<()>) {
    if let Err(error) = guarded(name, call) {
        error!("`{name}` failed: {}", error.report());
    }
}

/// The listeners of a daemon.
pub(super) struct Reactions<D> {
    registered: Vec<(EventKind, DynListener)>,
    state: std::marker::PhantomData<fn(&mut D)>,
}

impl<D: Daemon> Reactions<D> {
    pub(super) fn new() -> Self {
        Reactions { registered: Vec::new(), state: std::marker::PhantomData }
    }

    pub(super) fn add(&mut self, kind: EventKind, listener: DynListener) {
        self.registered.push((kind, listener));
    }

    /// Whether anybody listens to this kind of event.
    pub(super) fn await_event(&self, kind: EventKind) -> bool {
        let by_attribute = D::LISTENERS.iter().map(|listener| listener.kind);
        by_attribute.chain(self.registered.iter().map(|(wanted, _)| *wanted)).any(|wanted| wanted == kind)
    }

    /// Calls every listener of this kind of event, those by attribute first.
    pub(super) fn emit(&mut self, state: &mut D, event: &Event, context: &mut Context) {
        let kind = event.kind();
        for listener in D::LISTENERS.iter().filter(|listener| listener.kind == kind) {
            logged(listener.name, || (listener.handle)(state, event, context));
        }
        for (_, listener) in self.registered.iter_mut().filter(|(wanted, _)| *wanted == kind) {
            let state: &mut dyn Any = state;
            logged("a listener", || {
                listener(state, event, context);
                Ok(())
            });
        }
    }
}

/// The timers of a daemon.
pub(super) struct Tasks<D: 'static> {
    tasks: Slab<Task<D>>,
    due: Deadlines<usize>,
}

struct Task<D: 'static> {
    run: Run<D>,
    period: Option<Duration>,
}

enum Run<D: 'static> {
    Attribute(&'static Timer<D>),
    Registered(DynTask),
}

impl<D: Daemon> Tasks<D> {
    /// The timers by attribute, each due for the first time after one period.
    pub(super) fn new(now: Instant) -> Self {
        let mut tasks = Tasks { tasks: Slab::new(), due: Deadlines::new() };
        for timer in D::TIMERS {
            tasks.add(now, timer.period, true, Run::Attribute(timer));
        }
        tasks
    }

    pub(super) fn schedule(&mut self, now: Instant, delay: Duration, every: bool, task: DynTask) {
        self.add(now, delay, every, Run::Registered(task));
    }

    fn add(&mut self, now: Instant, delay: Duration, every: bool, run: Run<D>) {
        let delay = if every { delay.max(SHORTEST) } else { delay };
        let key = self.tasks.insert(Task { run, period: every.then_some(delay) });
        self.due.arm(key, after(now, delay));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.due.next()
    }

    /// Runs every task whose time has come, each once.
    pub(super) fn run(&mut self, state: &mut D, context: &mut Context, now: Instant) {
        while let Some((due, key)) = self.due.pop(now) {
            let Some(task) = self.tasks.get_mut(key) else {
                continue;
            };
            task.run.call(state, context);
            match task.period {
                Some(period) => self.due.arm(key, next_turn(due, period, now)),
                None => drop(self.tasks.remove(key)),
            }
        }
    }
}

impl<D: Daemon> Run<D> {
    fn call(&mut self, state: &mut D, context: &mut Context) {
        match self {
            Run::Attribute(timer) => logged(timer.name, || (timer.tick)(state, context)),
            Run::Registered(task) => logged("a task", || {
                task(state, context);
                Ok(())
            }),
        }
    }
}
