//! `worker.*`: the methods that a daemon with workers has about them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::context::CrewOrder;
use crate::crew::{Listing, ProcessReport};
use crate::rpc::access::Rule;
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::about;
use crate::rpc::method::{About, Answers};
use crate::rpc::methods::Run;
use crate::rpc::param::Param;

/// Who may start, stop and change workers.
const OWNER: &[Rule] = &[Rule::Owner, Rule::Root];

const ANY: &[Param] =
    &[Param::of::<Option<String>>("name").doc("The name of a worker; all if it is left out")];
const ONE: &[Param] = &[Param::of::<String>("name").doc("The name of a worker")];
const SCALE: &[Param] = &[
    Param::of::<String>("name").doc("The name of a worker"),
    Param::of::<usize>("count").doc("How many processes it has then"),
];

pub(super) fn methods<S>() -> Vec<(About, Run<S>)> {
    vec![
        entry::<Vec<Listing>, S>("worker.list", "The workers, and how they loop.", |call| {
            call.params::<()>()?;
            call.manage(CrewOrder::List)
        }),
        any::<OneOrAll<u8>, S>(
            "worker.status",
            "How a worker is, or how all are: 0 spinup, 1 looping, 2 paused, 3 spindown.",
            |call| any_of(call, CrewOrder::Status),
        ),
        any::<Vec<ProcessReport>, S>(
            "worker.info",
            "All that is known of the processes of a worker, or of all.",
            |call| any_of(call, CrewOrder::Info),
        ),
        owners(any::<OneOrAll<bool>, S>(
            "worker.pause",
            "Let a worker rest, or all: their ticks stop.",
            |call| any_of(call, CrewOrder::Pause),
        )),
        owners(any::<OneOrAll<bool>, S>("worker.resume", "Let a worker go on, or all.", |call| {
            any_of(call, CrewOrder::Resume)
        })),
        one::<S>("worker.start", "Start a worker that is down; answers when it is ready.", |call| {
            one_of(call, CrewOrder::Start)
        }),
        one::<S>("worker.stop", "Stop a worker; answers when it is down.", |call| {
            one_of(call, CrewOrder::Stop)
        }),
        one::<S>("worker.restart", "Restart a worker; answers when it is ready again.", |call| {
            one_of(call, CrewOrder::Restart)
        }),
        owners({
            let (about, run) = entry::<bool, S>(
                "worker.scale",
                "Set how many processes a worker has; answers when they are ready.",
                |call| {
                    let (name, count) = call.params::<(String, usize)>()?;
                    call.manage(CrewOrder::Scale(name, count))
                },
            );
            (About { params: SCALE, ..about }, run)
        }),
    ]
}

/// What is answered about one worker, or about all by name.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code)] // A schema: the crew writes the answers.
enum OneOrAll<T> {
    One(T),
    All(BTreeMap<String, T>),
}

type Entry<S> = (About, Run<S>);
type Answer = fn(Call<'_>) -> Outcome;

fn entry<T: Answers, S>(name: &'static str, doc: &'static str, answer: Answer) -> Entry<S> {
    (about(name).doc(doc).returns::<T>().about, Run::Loop(answer))
}

fn any<T: Answers, S>(name: &'static str, doc: &'static str, answer: Answer) -> Entry<S> {
    let (about, run) = entry::<T, S>(name, doc, answer);
    (About { params: ANY, ..about }, run)
}

fn one<S>(name: &'static str, doc: &'static str, answer: Answer) -> Entry<S> {
    let (about, run) = entry::<bool, S>(name, doc, answer);
    owners((About { params: ONE, ..about }, run))
}

fn owners<S>((about, run): Entry<S>) -> Entry<S> {
    (About { allow: OWNER, ..about }, run)
}

fn any_of(call: Call<'_>, order: fn(Option<String>) -> CrewOrder) -> Outcome {
    let (name,) = call.params::<(Option<String>,)>()?;
    call.manage(order(name))
}

fn one_of(call: Call<'_>, order: fn(String) -> CrewOrder) -> Outcome {
    let (name,) = call.params::<(String,)>()?;
    call.manage(order(name))
}
