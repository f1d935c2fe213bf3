//! `service.*`: the methods of a daemon with services that concern the services.

use std::time::Duration;

use serde::Serialize;

use super::OWNER;
use crate::context::{Command, ServiceRequest, TailRequest};
use crate::event::ServiceState;
use crate::fault::service::FAULTS;
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::built_in;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;
use crate::rpc::param::Param;
use crate::rpc::signature::returns;
use crate::schemars::JsonSchema;
use crate::service::{Name, Service, ServiceInfo, ServiceSummary, StopSignal};
use crate::span::Span;

const NAME: Param =
    Param { doc: "The name of a service, GROUP:* for those of a group, or *", ..Param::of::<String>("name") };
const ONE: &[Param] = &[NAME];
const ANY: &[Param] = &[Param {
    doc: "The name of a service, GROUP:* for those of a group; all if it is left out",
    ..Param::of::<Option<String>>("name")
}];
const SIGNAL: &[Param] = &[NAME, Param { doc: "Such as SIGUSR1", ..Param::of::<StopSignal>("signal") }];
const ADD: &[Param] = &[
    Param { doc: "The name of the new service", ..Param::of::<Name>("name") },
    Param { doc: "The service, as in a file of services", ..Param::of::<Service>("service") },
];
const WAIT: &[Param] = &[
    NAME,
    Param {
        doc: "The state to wait for; running if it is left out",
        ..Param::of::<Option<ServiceState>>("state")
    },
    Param { doc: "How long to wait; 1min if it is left out", ..Param::of::<Option<Span>>("within") },
];
const TAIL: &[Param] = &[
    Param { doc: "The name of a service with a log", ..Param::of::<String>("name") },
    Param { doc: "How many lines; 10 if it is left out", ..Param::of::<Option<usize>>("lines") },
    Param { doc: "Whether to go on with the lines to come", ..Param::of::<Option<bool>>("follow") },
];

/// How long a caller waits for a state by default.
const WAIT_WITHIN: Duration = Duration::from_secs(60);
/// How many lines of a log are sent by default.
const LINES: usize = 10;

type Entry<S> = (MethodSpec, Run<S>);
type Ask = fn(Call<'_>) -> Outcome;

pub(in crate::daemon) fn methods<S>() -> Vec<Entry<S>> {
    vec![
        reading(entry::<Vec<ServiceSummary>, S>("service.list", "What the services are.", &[], |call| {
            call.params::<()>()?;
            call.manage_services(ServiceRequest::List)
        })),
        reading(entry::<Vec<ServiceInfo>, S>("service.status", "What the services do.", ANY, |call| {
            let (name,) = call.params::<(Option<String>,)>()?;
            call.manage_services(ServiceRequest::Status(name))
        })),
        owners(entry::<bool, S>("service.start", START, ONE, |call| named(call, ServiceRequest::Start))),
        destructive(entry::<bool, S>("service.stop", STOP, ONE, |call| named(call, ServiceRequest::Stop))),
        destructive(entry::<bool, S>("service.restart", RESTART, ONE, |call| {
            named(call, ServiceRequest::Restart)
        })),
        destructive(entry::<usize, S>("service.signal", SEND, SIGNAL, |call| {
            let (name, signal) = call.params::<(String, StopSignal)>()?;
            call.manage_services(ServiceRequest::Signal(name, signal))
        })),
        owners(entry::<bool, S>(
            "service.add",
            "Add a service, and start it unless it says otherwise.",
            ADD,
            |call| {
                let (name, service) = call.params::<(Name, Service)>()?;
                call.manage_services(ServiceRequest::Add(vec![(name, service)]))
            },
        )),
        destructive(entry::<bool, S>(
            "service.remove",
            "Stop a service, and forget it; replies then.",
            ONE,
            |call| named(call, ServiceRequest::Remove),
        )),
        waiting(),
        owners(entry::<bool, S>("service.reload", RELOAD, &[], |call| {
            call.params::<()>()?;
            call.manage_services(ServiceRequest::Reload)
        })),
        tail(),
    ]
}

const START: &str = "Start a service, and what it needs; replies when it is ready.";
const STOP: &str = "Stop a service, after those that need it; replies when it is down.";
const RESTART: &str = "Restart a service; replies when it is ready again.";
const SEND: &str = "Send a signal to a service; replies to how many processes.";
const RELOAD: &str =
    "Read the file of services again.\n\nOnly what has changed in it is started, stopped or restarted.";

fn waiting<S>() -> Entry<S> {
    let (spec, run) = entry::<bool, S>("service.wait", "Wait until a service is in a state.", WAIT, |call| {
        let (name, state, within) = call.params::<(String, Option<ServiceState>, Option<Span>)>()?;
        let state = state.unwrap_or(ServiceState::Running);
        call.manage_services(ServiceRequest::Wait {
            name,
            state,
            within: within.map_or(WAIT_WITHIN, Into::into),
        })
    });
    owners((MethodSpec { read_only: true, ..spec }, run))
}

fn tail<S>() -> Entry<S> {
    let (spec, run) = entry::<u64, S>("service.tail", "The last lines of a service's log.", TAIL, read_tail);
    owners((MethodSpec { read_only: true, items: returns::<String>(), ..spec }, run))
}

fn read_tail(mut call: Call<'_>) -> Outcome {
    let (name, lines, follow) = call.params::<(String, Option<usize>, Option<bool>)>()?;
    let mut subscription = Some(call.subscribe::<String>()?);
    let send = Box::new(move |line: Result<&str, _>| match line {
        Ok(line) => subscription.as_ref().is_some_and(|to| to.send_as(&line).is_ok()),
        Err(fault) => {
            if let Some(subscription) = subscription.take() {
                subscription.fail(fault);
            }
            false
        }
    });
    let (lines, follow) = (lines.unwrap_or(LINES), follow.unwrap_or(false));
    let request = ServiceRequest::Tail(TailRequest { name, lines, follow, send });
    call.context().command(Command::ManageServices(request, None));
    call.subscribed()
}

fn entry<T: Serialize + JsonSchema, S>(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    ask: Ask,
) -> Entry<S> {
    let spec = MethodSpec { params, faults: || &FAULTS, ..built_in::<T>(name, doc) };
    (spec, Run::Loop(ask))
}

/// Marks a method that changes nothing.
fn reading<S>((spec, run): Entry<S>) -> Entry<S> {
    (MethodSpec { read_only: true, ..spec }, run)
}

fn owners<S>((spec, run): Entry<S>) -> Entry<S> {
    (MethodSpec { allow: OWNER, ..spec }, run)
}

/// Marks a method that ends processes.
fn destructive<S>(entry: Entry<S>) -> Entry<S> {
    let (spec, run) = owners(entry);
    (MethodSpec { destructive: true, ..spec }, run)
}

fn named(call: Call<'_>, request: fn(String) -> ServiceRequest) -> Outcome {
    let (name,) = call.params::<(String,)>()?;
    call.manage_services(request(name))
}
