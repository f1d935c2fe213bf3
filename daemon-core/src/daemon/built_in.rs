//! `daemon.*`: the methods of every daemon that concern the daemon itself.

mod events;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "services")]
pub(super) mod services;
#[cfg(feature = "supervisorctl")]
pub(super) mod supervisorctl;
#[cfg(feature = "workers")]
pub(super) mod workers;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::context::Command;
use crate::rpc::access::Rule;
use crate::rpc::call::{Call, Outcome};
use crate::rpc::calls;
#[cfg(feature = "tokens")]
use crate::rpc::dispatch::showing;
use crate::rpc::introspect::{built_in, reading};
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::{Methods, Run};
#[cfg(feature = "http")]
use crate::rpc::openapi;
use crate::rpc::stats::Summary;
use crate::rpc::subscriptions;

/// Who may stop or reload a daemon, and who may start, stop and change workers.
const OWNER: &[Rule] = &[Rule::Owner, Rule::Root];

const READY: &str = "Whether the daemon can serve calls: \"ok\", or a fault.\n\nThe fault names a worker that has no process which is up.";
const CANCEL: &str = "Cancel a call of this connection that has no reply yet.\n\nIt gets the fault -32800. The result is false if there is no such call.";
#[cfg(feature = "tokens")]
const DROP_RIGHTS: &str = "Give up the rights of the calling user, for the calls that follow on this connection.\n\nWho passes on calls of others does so first.";
#[cfg(feature = "tokens")]
const AUTH: &str = "Show a token: it holds for the calls that follow on this connection.\n\nThe fault for a wrong one comes late.";
const UNSUBSCRIBE: &str = "End a subscription of this connection.\n\nNo item comes after the reply. The result is false if there is no such subscription.";

pub(super) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    let mut methods = vec![
        (reading::<Status<'static>>("daemon.status", "The status of the daemon."), Run::System(status)),
        (
            MethodSpec {
                allow: OWNER,
                destructive: true,
                ..built_in::<bool>("daemon.shutdown", "Stop the daemon in order.")
            },
            Run::System(|_, mut call| {
                call.params::<()>()?;
                call.context().stop();
                call.reply(true)
            }),
        ),
        (
            MethodSpec {
                allow: OWNER,
                ..built_in::<bool>(
                    "daemon.reload",
                    "Tell every listener to reload; a fault says which ones failed, and why.",
                )
            },
            Run::Loop(|call| {
                call.params::<()>()?;
                call.later(|on_reply| Command::Reload(Some(on_reply)))
            }),
        ),
    ];
    methods.push((
        reading::<String>("daemon.ready", READY),
        Run::Loop(|call| {
            call.params::<()>()?;
            call.later(Command::TellReadiness)
        }),
    ));
    methods.push(events::method());
    #[cfg(feature = "http")]
    methods.push(openapi::method());
    #[cfg(feature = "metrics")]
    methods.push(metrics::method());
    methods.push((
        MethodSpec { params: calls::PARAMS, ..built_in::<bool>("daemon.cancel", CANCEL) },
        Run::Cancel,
    ));
    #[cfg(feature = "tokens")]
    methods.push((
        MethodSpec { params: showing::PARAMS, call_only: true, ..built_in::<bool>("auth", AUTH) },
        Run::Auth,
    ));
    #[cfg(feature = "tokens")]
    methods.push((
        MethodSpec { call_only: true, ..built_in::<bool>("daemon.drop_rights", DROP_RIGHTS) },
        Run::DropRights,
    ));
    methods.push((
        MethodSpec { params: subscriptions::PARAMS, ..built_in::<bool>("daemon.unsubscribe", UNSUBSCRIBE) },
        Run::Unsubscribe,
    ));
    methods
}

/// The status of a daemon.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Status<'a> {
    name: &'a str,
    version: &'a str,
    pid: u32,
    /// Seconds since the start.
    uptime: f64,
    sockets: &'a [String],
    /// Open connections.
    connections: usize,
    /// Calls since the start.
    requests: u64,
    /// How many of them ended in a fault.
    errors: u64,
    /// How long a call took on average, in microseconds.
    mean: f64,
    /// The arguments and the directory that the daemon was started with.
    command: &'a [String],
    directory: &'a str,
    detached: bool,
    /// By method: the number of calls and their durations, in microseconds.
    methods: BTreeMap<&'a str, Summary>,
}

fn status<S>(methods: &Methods<S>, call: Call<'_>) -> Outcome {
    call.params::<()>()?;
    let context = &*call.context;
    let facts = context.facts();
    let (requests, errors) = methods.totals();
    let status = Status {
        name: &facts.name,
        version: &facts.version,
        pid: facts.pid,
        uptime: context.uptime().as_secs_f64(),
        sockets: &facts.sockets,
        connections: context.connections(),
        requests,
        errors,
        mean: methods.mean(),
        command: &facts.command,
        directory: &facts.directory,
        detached: facts.detached,
        methods: methods
            .iter()
            .filter_map(|entry| Some((entry.name.as_str(), entry.stats.summary()?)))
            .collect(),
    };
    call.output.json(&status)?;
    Ok(crate::rpc::call::Completion::Written)
}
