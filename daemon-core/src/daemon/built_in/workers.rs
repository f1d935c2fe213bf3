//! `worker.*`: the methods of a daemon with workers that concern the workers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::OWNER;
use crate::context::WorkerRequest;
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::built_in;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;
use crate::rpc::param::Param;
use crate::schemars::JsonSchema;
use crate::workers::{ProcessReport, WorkerSummary};

const NAME: Param = Param { doc: "The name of a worker", ..Param::of::<String>("name") };
const ONE: &[Param] = &[NAME];
const ANY: &[Param] =
    &[Param { doc: "The name of a worker; all if it is left out", ..Param::of::<Option<String>>("name") }];
const SCALE: &[Param] = &[NAME, Param { doc: "The new number of processes", ..Param::of::<usize>("count") }];

pub(in crate::daemon) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    vec![
        reading(entry::<Vec<WorkerSummary>, S>("worker.list", "The workers and their settings.", |call| {
            call.params::<()>()?;
            call.manage(WorkerRequest::List)
        })),
        reading(any::<OneOrAll<u8>, S>(
            "worker.status",
            "The state of a worker, or of all: 0 spinup, 1 looping, 2 paused, 3 spindown.",
            |call| any_of(call, WorkerRequest::Status),
        )),
        reading(any::<Vec<ProcessReport>, S>(
            "worker.info",
            "All that is known about the processes of a worker, or of all.",
            |call| any_of(call, WorkerRequest::Info),
        )),
        owners(any::<OneOrAll<bool>, S>(
            "worker.pause",
            "Pause a worker, or all: their ticks stop.",
            |call| any_of(call, WorkerRequest::Pause),
        )),
        owners(any::<OneOrAll<bool>, S>("worker.resume", "Resume a worker, or all.", |call| {
            any_of(call, WorkerRequest::Resume)
        })),
        one::<S>("worker.start", "Start a worker that is down; replies when it is ready.", |call| {
            one_of(call, WorkerRequest::Start)
        }),
        destructive(one::<S>("worker.stop", "Stop a worker; replies when it is down.", |call| {
            one_of(call, WorkerRequest::Stop)
        })),
        destructive(one::<S>(
            "worker.restart",
            "Restart a worker; replies when it is ready again.",
            |call| one_of(call, WorkerRequest::Restart),
        )),
        destructive(owners({
            let (spec, run) = entry::<bool, S>(
                "worker.scale",
                "Set how many processes a worker has; replies when they are ready.",
                |call| {
                    let (name, count) = call.params::<(String, usize)>()?;
                    call.manage(WorkerRequest::Scale(name, count))
                },
            );
            (MethodSpec { params: SCALE, ..spec }, run)
        })),
    ]
}

/// A reply about one worker, or about all by name.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[allow(dead_code)] // Only for its schema: `workers` writes the replies.
enum OneOrAll<T> {
    One(T),
    All(BTreeMap<String, T>),
}

type Entry<S> = (MethodSpec, Run<S>);
type Ask = fn(Call<'_>) -> Outcome;

fn entry<T: Serialize + JsonSchema, S>(name: &'static str, doc: &'static str, ask: Ask) -> Entry<S> {
    (built_in::<T>(name, doc), Run::Loop(ask))
}

fn any<T: Serialize + JsonSchema, S>(name: &'static str, doc: &'static str, ask: Ask) -> Entry<S> {
    let (spec, run) = entry::<T, S>(name, doc, ask);
    (MethodSpec { params: ANY, ..spec }, run)
}

fn one<S>(name: &'static str, doc: &'static str, ask: Ask) -> Entry<S> {
    let (spec, run) = entry::<bool, S>(name, doc, ask);
    owners((MethodSpec { params: ONE, ..spec }, run))
}

fn owners<S>((spec, run): Entry<S>) -> Entry<S> {
    (MethodSpec { allow: OWNER, ..spec }, run)
}

/// Marks a method that changes nothing.
fn reading<S>((spec, run): Entry<S>) -> Entry<S> {
    (MethodSpec { read_only: true, ..spec }, run)
}

/// Marks a method that ends processes.
fn destructive<S>((spec, run): Entry<S>) -> Entry<S> {
    (MethodSpec { destructive: true, ..spec }, run)
}

fn any_of(call: Call<'_>, order: fn(Option<String>) -> WorkerRequest) -> Outcome {
    let (name,) = call.params::<(Option<String>,)>()?;
    call.manage(order(name))
}

fn one_of(call: Call<'_>, order: fn(String) -> WorkerRequest) -> Outcome {
    let (name,) = call.params::<(String,)>()?;
    call.manage(order(name))
}
