//! The events of a daemon, as one closed enum.
//!
//! The event loop creates events; listeners, declared by attribute or registered at run time, receive them.

pub(crate) mod report;

use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::caller::Caller;
use crate::signal::Signal;

/// Something that happened to the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The daemon is about to serve: its sockets are bound and `setup` has run.
    Start,
    /// The daemon is stopping; accepted requests are still answered.
    Stop,
    /// The daemon reloads, on SIGHUP or `daemon.reload`.
    Reload,
    /// A turn of the loop has ended.
    Turn,
    /// A client has connected.
    Connect(Caller),
    /// A client has disconnected, or was cut off.
    HangUp(Caller),
    /// A signal arrived. Signals of one kind that arrive together are one event (signal(7)).
    Signal(Signal),
    /// A worker has changed its state. On the daemon's loop.
    Worker(WorkerChange),
    /// A service has changed its state.
    Service(ServiceChange),
    /// A worker, or the daemon itself, has emitted a message.
    Message(Message),
    /// A worker reports its progress.
    Progress(Progress),
    /// This worker pauses: its ticks stop. In a worker's process.
    Pause,
    /// This worker resumes. In a worker's process.
    Resume,
}

/// A change of a worker's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerChange {
    /// The name of the worker.
    pub worker: Rc<str>,
    /// Which of its processes, counted from 0.
    pub process: usize,
    /// Its new state.
    pub state: WorkerState,
    /// The reason, as text, if its process has ended or will be ended.
    pub reason: Option<String>,
}

/// The state of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// It is not meant to run.
    Down,
    /// It has ended and will be started again: at once, or after its back-off.
    Waiting,
    /// Its process runs, and has not finished its spinup.
    Spinup,
    /// It works.
    Looping,
    /// It answers calls, but its ticks are stopped.
    Paused,
    /// It is stopping.
    Spindown,
    /// It has ended and will not be restarted: its restart policy forbids that, or it failed too often.
    Failed,
}

impl WorkerState {
    /// Returns its name, as it is on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            WorkerState::Down => "down",
            WorkerState::Waiting => "waiting",
            WorkerState::Spinup => "spinup",
            WorkerState::Looping => "looping",
            WorkerState::Paused => "paused",
            WorkerState::Spindown => "spindown",
            WorkerState::Failed => "failed",
        }
    }
}

impl fmt::Display for WorkerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A change of a service's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceChange {
    /// The name of the service.
    pub service: Rc<str>,
    /// Its new state.
    pub state: ServiceState,
    /// The number of its process, if it has one.
    pub pid: Option<i32>,
    /// The reason, as text, if its process has ended or will be ended, or if it could not be started.
    pub reason: Option<String>,
}

/// The state of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    /// It is not meant to run.
    Down,
    /// It is about to be started: when what it needs is ready, when its delay has passed, or at once.
    Waiting,
    /// It does not run, and is started at the next time of its schedule.
    Scheduled,
    /// Its process runs, and is not ready.
    Starting,
    /// It is ready.
    Running,
    /// It is stopping.
    Stopping,
    /// It has ended by itself with exit code 0, and is not restarted.
    Ended,
    /// It has ended and is not restarted: its restart policy forbids that, or it failed too often.
    Failed,
}

impl ServiceState {
    /// Returns its name, as it is on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            ServiceState::Down => "down",
            ServiceState::Waiting => "waiting",
            ServiceState::Scheduled => "scheduled",
            ServiceState::Starting => "starting",
            ServiceState::Running => "running",
            ServiceState::Stopping => "stopping",
            ServiceState::Ended => "ended",
            ServiceState::Failed => "failed",
        }
    }
}

impl fmt::Display for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A message from a worker or from the daemon itself: see [`Context::emit`](crate::Context::emit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The name of the worker; that of the daemon for its own messages.
    pub from: Rc<str>,
    /// The topic of the message.
    pub topic: String,
    /// The content of the message.
    pub payload: Value,
}

/// The progress of a worker: see [`Context::progress`](crate::Context::progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The name of the worker.
    pub worker: Rc<str>,
    /// Which of its processes, counted from 0.
    pub process: usize,
    /// How much is done.
    pub done: u64,
    /// How much there is to do in total.
    pub total: u64,
}

/// The kind of an [`Event`], by which a listener is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// [`Event::Start`]
    Start,
    /// [`Event::Stop`]
    Stop,
    /// [`Event::Reload`]
    Reload,
    /// [`Event::Turn`]
    Turn,
    /// [`Event::Connect`]
    Connect,
    /// [`Event::HangUp`]
    HangUp,
    /// [`Event::Signal`] of this signal
    Signal(Signal),
    /// [`Event::Worker`]
    Worker,
    /// [`Event::Service`]
    Service,
    /// [`Event::Message`]
    Message,
    /// [`Event::Progress`]
    Progress,
    /// [`Event::Pause`]
    Pause,
    /// [`Event::Resume`]
    Resume,
}

impl Event {
    /// The kind of this event.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Start => EventKind::Start,
            Event::Stop => EventKind::Stop,
            Event::Reload => EventKind::Reload,
            Event::Turn => EventKind::Turn,
            Event::Connect(_) => EventKind::Connect,
            Event::HangUp(_) => EventKind::HangUp,
            Event::Signal(signal) => EventKind::Signal(*signal),
            Event::Worker(_) => EventKind::Worker,
            Event::Service(_) => EventKind::Service,
            Event::Message(_) => EventKind::Message,
            Event::Progress(_) => EventKind::Progress,
            Event::Pause => EventKind::Pause,
            Event::Resume => EventKind::Resume,
        }
    }

    /// The client of a `Connect` or `HangUp` event.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        match self {
            Event::Connect(caller) | Event::HangUp(caller) => Some(caller),
            Event::Start
            | Event::Stop
            | Event::Reload
            | Event::Turn
            | Event::Signal(_)
            | Event::Worker(_)
            | Event::Service(_)
            | Event::Message(_)
            | Event::Progress(_)
            | Event::Pause
            | Event::Resume => None,
        }
    }
}
