//! `supervisor.*`: the methods of a daemon with services that Supervisor's clients call, such as `supervisorctl`.

use serde::Serialize;
use serde_json::Value;

use super::OWNER;
use crate::context::{Command, LogOutput, ServiceRequest, SupervisorRequest as Request, Which};
use crate::fault::supervisor::FAULTS;
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::built_in;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;
use crate::rpc::param::Param;
use crate::rpc::signature::returns;
use crate::schemars::JsonSchema;
use crate::services::supervisorctl::{ConfigInfo, ProcessInfo, ProcessStatus, SupervisorState};

/// The version of the interface, which `supervisorctl` checks.
const API_VERSION: &str = "3.0";

const NAME: Param = Param { doc: "NAME, or GROUP:NAME", ..Param::of::<String>("name") };
const ONE: &[Param] = &[NAME];
const GROUP: &[Param] = &[GROUP_NAME];
const GROUP_NAME: Param = Param { doc: "The name of a group", ..Param::of::<String>("name") };
const WAIT: Param = Param {
    doc: "Whether to reply only when it is done; true if it is left out",
    ..Param::of::<Option<bool>>("wait")
};
const SIGNAL: Param = Param { doc: "Such as HUP", ..Param::of::<String>("signal") };
const OFFSET: Param = Param {
    doc: "Where to begin; if it is negative, so many bytes at the end",
    ..Param::of::<i64>("offset")
};
const LENGTH: Param = Param { doc: "How many bytes; 0 for all", ..Param::of::<i64>("length") };
const OUTPUT: Param = Param { doc: "\"stdout\" or \"stderr\"", ..Param::of::<String>("output") };
const CHARS: Param = Param { doc: "What the process would read", ..Param::of::<String>("chars") };

type Entry<S> = (MethodSpec, Run<S>);
type Ask = fn(Call<'_>) -> Outcome;
/// What was read of a log, the offset behind it, and whether some of it was left out.
type Tail = (String, i64, bool);
/// One row of names of groups that are new, that are others now, and that are gone.
type Changes = [[Vec<String>; 3]; 1];

pub(in crate::daemon) fn methods<S>() -> Vec<Entry<S>> {
    let mut methods = about_the_daemon();
    methods.extend(about_processes());
    methods.extend(starting());
    methods.extend(stopping());
    methods.extend(signalling());
    methods.extend(logs());
    methods.extend(changes());
    methods
}

fn about_the_daemon<S>() -> Vec<Entry<S>> {
    let version: Ask = |call| {
        call.params::<()>()?;
        call.reply(API_VERSION)
    };
    vec![
        reading::<String, S>("supervisor.getAPIVersion", "The version of this interface.", &[], version),
        reading::<String, S>("supervisor.getVersion", "The version of this interface.", &[], version),
        reading::<String, S>("supervisor.getSupervisorVersion", "The version of the daemon.", &[], |call| {
            call.params::<()>()?;
            let version = call.context.facts().version.clone();
            call.reply(version)
        }),
        reading::<String, S>("supervisor.getIdentification", "The name of the daemon.", &[], |call| {
            call.params::<()>()?;
            let name = call.context.facts().name.clone();
            call.reply(name)
        }),
        reading::<SupervisorState, S>(
            "supervisor.getState",
            "Whether the daemon runs or stops.",
            &[],
            |call| {
                call.params::<()>()?;
                ask(call, Request::State)
            },
        ),
        reading::<u32, S>("supervisor.getPID", "The number of the daemon's process.", &[], |call| {
            call.params::<()>()?;
            let pid = call.context.facts().pid;
            call.reply(pid)
        }),
        destructive::<bool, S>("supervisor.shutdown", "Stop the daemon in order.", &[], |mut call| {
            call.params::<()>()?;
            call.context().stop();
            call.reply(true)
        }),
        destructive::<bool, S>("supervisor.restart", RESTART, &[], |call| {
            call.params::<()>()?;
            ask(call, Request::Restart)
        }),
    ]
}

const RESTART: &str =
    "Read the file of services again, and restart all services.\n\nThe process of the daemon stays.";

fn about_processes<S>() -> Vec<Entry<S>> {
    vec![
        reading::<ProcessInfo, S>("supervisor.getProcessInfo", "What a process does.", ONE, |call| {
            let (name,) = call.params::<(String,)>()?;
            ask(call, Request::Info(name))
        }),
        reading::<Vec<ProcessInfo>, S>(
            "supervisor.getAllProcessInfo",
            "What all processes do.",
            &[],
            |call| {
                call.params::<()>()?;
                ask(call, Request::Infos)
            },
        ),
        reading::<Vec<ConfigInfo>, S>(
            "supervisor.getAllConfigInfo",
            "What all processes are.",
            &[],
            |call| {
                call.params::<()>()?;
                ask(call, Request::Configs)
            },
        ),
    ]
}

fn starting<S>() -> Vec<Entry<S>> {
    vec![
        // `GROUP:*` gets a list.
        owners::<Value, S>("supervisor.startProcess", "Start a process.", &[NAME, WAIT], |call| {
            let (name, wait) = call.params::<(String, Option<bool>)>()?;
            ask(call, Request::Start(Which::named(name), wait.unwrap_or(true)))
        }),
        owners::<Vec<ProcessStatus>, S>(
            "supervisor.startProcessGroup",
            "Start the processes of a group.",
            &[GROUP_NAME, WAIT],
            |call| {
                let (name, wait) = call.params::<(String, Option<bool>)>()?;
                ask(call, Request::Start(Which::Group(name), wait.unwrap_or(true)))
            },
        ),
        owners::<Vec<ProcessStatus>, S>(
            "supervisor.startAllProcesses",
            "Start all processes.",
            &[WAIT],
            |call| {
                let (wait,) = call.params::<(Option<bool>,)>()?;
                ask(call, Request::Start(Which::All, wait.unwrap_or(true)))
            },
        ),
    ]
}

fn stopping<S>() -> Vec<Entry<S>> {
    vec![
        destructive::<Value, S>("supervisor.stopProcess", "Stop a process.", &[NAME, WAIT], |call| {
            let (name, wait) = call.params::<(String, Option<bool>)>()?;
            ask(call, Request::Stop(Which::named(name), wait.unwrap_or(true)))
        }),
        destructive::<Vec<ProcessStatus>, S>(
            "supervisor.stopProcessGroup",
            "Stop the processes of a group.",
            &[GROUP_NAME, WAIT],
            |call| {
                let (name, wait) = call.params::<(String, Option<bool>)>()?;
                ask(call, Request::Stop(Which::Group(name), wait.unwrap_or(true)))
            },
        ),
        destructive::<Vec<ProcessStatus>, S>(
            "supervisor.stopAllProcesses",
            "Stop all processes.",
            &[WAIT],
            |call| {
                let (wait,) = call.params::<(Option<bool>,)>()?;
                ask(call, Request::Stop(Which::All, wait.unwrap_or(true)))
            },
        ),
    ]
}

fn signalling<S>() -> Vec<Entry<S>> {
    vec![
        destructive::<Value, S>(
            "supervisor.signalProcess",
            "Send a signal to a process.",
            &[NAME, SIGNAL],
            |call| {
                let (name, signal) = call.params::<(String, String)>()?;
                ask(call, Request::Signal(Which::named(name), signal))
            },
        ),
        destructive::<Vec<ProcessStatus>, S>(
            "supervisor.signalProcessGroup",
            "Send a signal to the processes of a group.",
            &[GROUP_NAME, SIGNAL],
            |call| {
                let (name, signal) = call.params::<(String, String)>()?;
                ask(call, Request::Signal(Which::Group(name), signal))
            },
        ),
        destructive::<Vec<ProcessStatus>, S>(
            "supervisor.signalAllProcesses",
            "Send a signal to all processes.",
            &[SIGNAL],
            |call| {
                let (signal,) = call.params::<(String,)>()?;
                ask(call, Request::Signal(Which::All, signal))
            },
        ),
        owners::<bool, S>("supervisor.sendProcessStdin", INPUT, &[NAME, CHARS], |call| {
            let (name, _) = call.params::<(String, String)>()?;
            ask(call, Request::SendInput(name))
        }),
    ]
}

const INPUT: &str = "Always a fault: services have no input.";

fn logs<S>() -> Vec<Entry<S>> {
    const PART: &[Param] = &[NAME, OFFSET, LENGTH];
    vec![
        private::<String, S>(
            "supervisor.readLog",
            "A part of the daemon's log.",
            &[OFFSET, LENGTH],
            |call| {
                let (offset, length) = call.params::<(i64, i64)>()?;
                ask(call, Request::ReadMainLog { offset, length })
            },
        ),
        destructive::<bool, S>("supervisor.clearLog", "Empty the daemon's log.", &[], |call| {
            call.params::<()>()?;
            ask(call, Request::ClearMainLog)
        }),
        private::<String, S>(
            "supervisor.readProcessStdoutLog",
            "A part of the log of a process.",
            PART,
            |call| read(call, LogOutput::Stdout),
        ),
        private::<String, S>("supervisor.readProcessStderrLog", ERRORS, PART, |call| {
            read(call, LogOutput::Stderr)
        }),
        private::<Tail, S>(
            "supervisor.tailProcessStdoutLog",
            "The end of the log of a process.",
            PART,
            |call| tail(call, LogOutput::Stdout),
        ),
        private::<Tail, S>("supervisor.tailProcessStderrLog", ERRORS, PART, |call| {
            tail(call, LogOutput::Stderr)
        }),
        destructive::<bool, S>("supervisor.clearProcessLogs", "Empty the log of a process.", ONE, |call| {
            let (name,) = call.params::<(String,)>()?;
            ask(call, Request::ClearLogs(Which::One(name)))
        }),
        destructive::<Vec<ProcessStatus>, S>(
            "supervisor.clearAllProcessLogs",
            "Empty the logs of all processes.",
            &[],
            |call| {
                call.params::<()>()?;
                ask(call, Request::ClearLogs(Which::All))
            },
        ),
        follow(),
    ]
}

const ERRORS: &str = "Always a fault: the errors of a process are in the log of its output.";

fn changes<S>() -> Vec<Entry<S>> {
    vec![
        owners::<Changes, S>("supervisor.reloadConfig", REREAD, &[], |call| {
            call.params::<()>()?;
            ask(call, Request::Reread)
        }),
        owners::<bool, S>("supervisor.addProcessGroup", ADD, GROUP, |call| {
            let (name,) = call.params::<(String,)>()?;
            ask(call, Request::AddGroup(name))
        }),
        destructive::<bool, S>(
            "supervisor.removeProcessGroup",
            "Forget the processes of a group that is stopped.",
            GROUP,
            |call| {
                let (name,) = call.params::<(String,)>()?;
                ask(call, Request::RemoveGroup(name))
            },
        ),
    ]
}

const REREAD: &str = "Read the file of services, and reply which groups in it are new, changed, and gone.\n\nNothing is applied: addProcessGroup and removeProcessGroup do that.";
const ADD: &str =
    "Add the processes of a group, as the file was last read, and start those that start with the daemon.";

/// Not one of Supervisor's methods: what it has over HTTP only.
fn follow<S>() -> Entry<S> {
    const DOC: &str =
        "The end of the log of a process, and what follows.\n\nOver HTTP it is at `/logtail/NAME/stdout`.";
    let (spec, run) = private::<u64, S>("supervisor.followProcessLog", DOC, &[NAME, OUTPUT], |mut call| {
        let (name, output) = call.params::<(String, String)>()?;
        let output = if output == "stderr" { LogOutput::Stderr } else { LogOutput::Stdout };
        let mut subscription = Some(call.subscribe::<String>()?);
        let send = Box::new(move |text: Result<&str, _>| match text {
            Ok(text) => subscription.as_ref().is_some_and(|to| to.send_as(&text).is_ok()),
            Err(fault) => {
                if let Some(subscription) = subscription.take() {
                    subscription.fail(fault);
                }
                false
            }
        });
        let request = ServiceRequest::Supervisor(Request::Follow { name, output, send });
        call.context().command(Command::ManageServices(request, None));
        call.subscribed()
    });
    (MethodSpec { items: returns::<String>(), ..spec }, run)
}

fn read(call: Call<'_>, output: LogOutput) -> Outcome {
    let (name, offset, length) = call.params::<(String, i64, i64)>()?;
    ask(call, Request::ReadLog { name, output, offset, length })
}

fn tail(call: Call<'_>, output: LogOutput) -> Outcome {
    let (name, offset, length) = call.params::<(String, i64, i64)>()?;
    ask(call, Request::TailLog { name, output, offset, length })
}

fn ask(call: Call<'_>, request: Request) -> Outcome {
    call.manage_services(ServiceRequest::Supervisor(request))
}

/// Returns a method that changes nothing, and that everyone may call.
fn reading<T: Serialize + JsonSchema, S>(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    ask: Ask,
) -> Entry<S> {
    let spec = MethodSpec { read_only: true, ..spec::<T>(name, doc, params) };
    (spec, Run::Loop(ask))
}

/// Returns a method that changes nothing, and that not everyone may call.
fn private<T: Serialize + JsonSchema, S>(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    ask: Ask,
) -> Entry<S> {
    let spec = MethodSpec { read_only: true, allow: OWNER, ..spec::<T>(name, doc, params) };
    (spec, Run::Loop(ask))
}

fn owners<T: Serialize + JsonSchema, S>(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    ask: Ask,
) -> Entry<S> {
    let spec = MethodSpec { allow: OWNER, ..spec::<T>(name, doc, params) };
    (spec, Run::Loop(ask))
}

/// Returns a method that ends processes, or empties files.
fn destructive<T: Serialize + JsonSchema, S>(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
    ask: Ask,
) -> Entry<S> {
    let spec = MethodSpec { allow: OWNER, destructive: true, ..spec::<T>(name, doc, params) };
    (spec, Run::Loop(ask))
}

/// On the command line, they have no sub-commands: those of `service.*` do the same.
fn spec<T: Serialize + JsonSchema>(
    name: &'static str,
    doc: &'static str,
    params: &'static [Param],
) -> MethodSpec {
    MethodSpec { params, faults: || &FAULTS, call_only: true, ..built_in::<T>(name, doc) }
}
