//! Events as `daemon.events` reports them.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Event, ServiceState, WorkerState};
use crate::caller::Caller;

/// The kinds of events, by the names that `#[on(…)]` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Start,
    Stop,
    Reload,
    Turn,
    Connect,
    HangUp,
    Signal,
    Worker,
    Service,
    Message,
    Progress,
    Pause,
    Resume,
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u16);

impl Kinds {
    /// Every kind but `turn`.
    pub(crate) const USUAL: Kinds = Kinds(!(1 << Kind::Turn as u16));

    /// Returns the set of these kinds.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        Kinds(kinds.iter().fold(0, |set, kind| set | 1 << *kind as u16))
    }

    pub(crate) fn contains(self, kind: Kind) -> bool {
        self.0 & 1 << kind as u16 != 0
    }
}

/// An event, as a caller sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Report<'a> {
    /// Its number: it grows, also over restarts. A turn has that of the event before it.
    id: u64,
    /// Seconds since 1970.
    time: f64,
    event: Kind,
    #[serde(flatten)]
    details: Details<'a>,
}

/// What an event is about.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum Details<'a> {
    None {},
    Caller { connection: u64, pid: Option<i32>, uid: Option<u32>, address: Option<String> },
    Signal { signal: &'static str },
    Worker { worker: &'a str, process: usize, state: WorkerState, reason: Option<&'a str> },
    Service { service: &'a str, state: ServiceState, pid: Option<i32>, reason: Option<&'a str> },
    Message { from: &'a str, topic: &'a str, payload: &'a Value },
    Progress { worker: &'a str, process: usize, done: u64, total: u64 },
}

impl Kind {
    pub(crate) fn of(event: &Event) -> Self {
        match event {
            Event::Start => Kind::Start,
            Event::Stop => Kind::Stop,
            Event::Reload => Kind::Reload,
            Event::Turn => Kind::Turn,
            Event::Connect(_) => Kind::Connect,
            Event::HangUp(_) => Kind::HangUp,
            Event::Signal(_) => Kind::Signal,
            Event::Worker(_) => Kind::Worker,
            Event::Service(_) => Kind::Service,
            Event::Message(_) => Kind::Message,
            Event::Progress(_) => Kind::Progress,
            Event::Pause => Kind::Pause,
            Event::Resume => Kind::Resume,
        }
    }
}

/// Writes an event as JSON.
pub(crate) fn report(id: u64, kind: Kind, event: &Event) -> Vec<u8> {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let report = Report { id, time, event: kind, details: details(event) };
    // Nothing in it that JSON could not express.
    serde_json::to_vec(&report).unwrap_or_default()
}

fn details(event: &Event) -> Details<'_> {
    match event {
        Event::Start | Event::Stop | Event::Reload | Event::Turn | Event::Pause | Event::Resume => {
            Details::None {}
        }
        Event::Connect(caller) | Event::HangUp(caller) => about(caller),
        Event::Signal(signal) => Details::Signal { signal: signal.name() },
        Event::Worker(change) => Details::Worker {
            worker: &change.worker,
            process: change.process,
            state: change.state,
            reason: change.reason.as_deref(),
        },
        Event::Service(change) => Details::Service {
            service: &change.service,
            state: change.state,
            pid: change.pid,
            reason: change.reason.as_deref(),
        },
        Event::Message(message) => {
            Details::Message { from: &message.from, topic: &message.topic, payload: &message.payload }
        }
        Event::Progress(progress) => Details::Progress {
            worker: &progress.worker,
            process: progress.process,
            done: progress.done,
            total: progress.total,
        },
    }
}

fn about(caller: &Caller) -> Details<'_> {
    Details::Caller {
        connection: caller.connection().0,
        pid: caller.pid(),
        uid: caller.uid(),
        address: caller.address().map(|address| address.to_string()),
    }
}
