//! One service: what it is, what is wanted of it, and what is known about it.

use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::output::Output;
use super::plan::Plan;
use super::readiness::Awaiting;
use crate::service::Service;
use crate::supervisor::ChildId;
use crate::sys::exit::Exit;

/// A service.
pub(super) struct Entry {
    pub(super) name: Rc<str>,
    pub(super) service: Rc<Service>,
    pub(super) child: ChildId,
    pub(super) origin: Origin,
    /// What is held back until other services are in another state.
    pub(super) held: Option<Held>,
    /// Whether it is not down, as its needs count it.
    pub(super) is_alive: bool,
    /// How many services that need it are not down.
    pub(super) alive_dependents: usize,
    /// Whether it is forgotten as soon as it is down.
    pub(super) is_removed: bool,
    /// Its process, if it has one.
    pub(super) pid: Option<i32>,
    /// When its latest process was started, and when one last ended.
    pub(super) started: Option<Moment>,
    pub(super) ended: Option<Moment>,
    /// Why its process ended or was killed, could not be started, or is not started.
    pub(super) reason: Option<String>,
    /// How its latest process ended.
    pub(super) exit: Option<Exit>,
    /// What it says about itself.
    pub(super) status: Option<String>,
    pub(super) output: Option<Output>,
    /// What tells that it is ready, while it starts.
    pub(super) awaiting: Awaiting,
    /// The command that finds out whether it is ready, once it was needed.
    pub(super) probe: Option<ChildId>,
    /// When its schedule starts it.
    pub(super) plan: Plan,
}

/// When something happened, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Instant,
    /// Seconds since 1970.
    pub(super) unix: i64,
}

impl Moment {
    /// Returns the present moment.
    pub(super) fn new(now: Instant) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment { at: now, unix: i64::try_from(since.as_secs()).unwrap_or(i64::MAX) }
    }
}

/// Who has declared a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The program.
    Program,
    /// The file.
    File,
    /// A caller, or user code.
    Request,
}

/// What is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Its start, until all that it needs is ready.
    Start,
    /// Its stop, until all that needs it is down.
    Stop,
}

impl Entry {
    pub(super) fn new(name: Rc<str>, service: Service, child: ChildId, origin: Origin) -> Self {
        Entry {
            name,
            service: Rc::new(service),
            child,
            origin,
            held: None,
            is_alive: false,
            alive_dependents: 0,
            is_removed: false,
            pid: None,
            started: None,
            ended: None,
            reason: None,
            exit: None,
            status: None,
            output: None,
            awaiting: Awaiting::Nothing,
            probe: None,
            plan: Plan::default(),
        }
    }

    /// Whether its latest process ended by itself with exit code 0.
    pub(super) fn has_ended_well(&self) -> bool {
        self.exit.is_some_and(Exit::is_clean)
    }
}
