//! What clients of Supervisor's XML-RPC interface request of the services.

use crate::fault::Fault;

/// A request about services, in Supervisor's words. A process is named as there: `NAME`, or `GROUP:NAME`.
pub(crate) enum SupervisorRequest {
    State,
    ReadMainLog {
        offset: i64,
        length: i64,
    },
    ClearMainLog,
    /// Restart all services, by what is declared now.
    Restart,
    Info(String),
    Infos,
    Configs,
    Start(Which, bool),
    Stop(Which, bool),
    Signal(Which, String),
    ReadLog {
        name: String,
        output: LogOutput,
        offset: i64,
        length: i64,
    },
    TailLog {
        name: String,
        output: LogOutput,
        offset: i64,
        length: i64,
    },
    ClearLogs(Which),
    SendInput(String),
    Reread,
    AddGroup(String),
    RemoveGroup(String),
    Follow {
        name: String,
        output: LogOutput,
        send: SendText,
    },
}

/// Which services a request is about.
pub(crate) enum Which {
    One(String),
    Group(String),
    All,
}

impl Which {
    /// Reads the name of a process, or of a group as in `GROUP:*`.
    pub(crate) fn named(name: String) -> Self {
        match name.split_once(':') {
            Some((group, "" | "*")) => Which::Group(group.to_owned()),
            _ => Which::One(name),
        }
    }
}

/// An output of a process. The log of a service has both, as the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogOutput {
    Stdout,
    Stderr,
}

/// Takes a piece of a log, or why there is none; returns whether more are wanted. When it is dropped, no more come.
pub(crate) type SendText = Box<dyn FnMut(Result<&str, Fault>) -> bool>;
