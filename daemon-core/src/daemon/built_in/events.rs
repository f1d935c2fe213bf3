//! `daemon.events`: what listeners see, for callers.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OWNER;
use crate::caller::Caller;
use crate::context::Command;
use crate::event::{Event, WorkerState};
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::reading;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;
use crate::rpc::param::Param;
use crate::rpc::signature::returns;

const PARAMS: &[Param] = &[Param {
    doc: "The kinds of events; without them, every kind but `turn`",
    ..Param::of::<Option<Vec<Kind>>>("kinds")
}];

pub(super) fn method<S>() -> (MethodSpec, Run<S>) {
    let spec = MethodSpec {
        params: PARAMS,
        items: returns::<Report<'static>>(),
        allow: OWNER,
        ..reading::<u64>("daemon.events", "The events of the daemon, as they happen.")
    };
    (spec, Run::Loop(events))
}

/// The kinds of events, by the names that `#[on(…)]` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Kind {
    Start,
    Stop,
    Reload,
    Turn,
    Connect,
    HangUp,
    Signal,
    Worker,
    Message,
    Progress,
    Pause,
    Resume,
}

/// An event, as a caller sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Report<'a> {
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
    Message { from: &'a str, topic: &'a str, payload: &'a Value },
    Progress { worker: &'a str, process: usize, done: u64, total: u64 },
}

fn events(mut call: Call<'_>) -> Outcome {
    let (kinds,) = call.params::<(Option<Vec<Kind>>,)>()?;
    let subscription = call.subscribe::<Report<'static>>()?;
    let observe = move |event: &Event| {
        let kind = Kind::of(event);
        let wanted = match &kinds {
            Some(kinds) => kinds.contains(&kind),
            None => kind != Kind::Turn,
        };
        if wanted { subscription.send_as(&report(kind, event)).is_ok() } else { !subscription.is_ended() }
    };
    call.context().command(Command::Observe(Box::new(observe)));
    call.subscribed()
}

impl Kind {
    fn of(event: &Event) -> Self {
        match event {
            Event::Start => Kind::Start,
            Event::Stop => Kind::Stop,
            Event::Reload => Kind::Reload,
            Event::Turn => Kind::Turn,
            Event::Connect(_) => Kind::Connect,
            Event::HangUp(_) => Kind::HangUp,
            Event::Signal(_) => Kind::Signal,
            Event::Worker(_) => Kind::Worker,
            Event::Message(_) => Kind::Message,
            Event::Progress(_) => Kind::Progress,
            Event::Pause => Kind::Pause,
            Event::Resume => Kind::Resume,
        }
    }
}

fn report(kind: Kind, event: &Event) -> Report<'_> {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    Report { time, event: kind, details: details(event) }
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
