//! The faults of Supervisor's XML-RPC interface, by their codes there.

use std::fmt::Display;

use super::{Fault, FaultSpec};
use crate::brief::brief;

/// A fault that `supervisorctl` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SupervisorFault {
    BadArguments,
    ShutdownState,
    BadName,
    BadSignal,
    NoFile,
    NotExecutable,
    Failed,
    AbnormalTermination,
    SpawnError,
    AlreadyStarted,
    NotRunning,
    AlreadyAdded,
    StillRunning,
    CantReread,
}

/// Supervisor's code for success: among the results of several services, each has one.
pub(crate) const SUCCESS: i32 = 80;

/// All of them, for introspection.
pub(crate) const FAULTS: [FaultSpec; 14] = [
    SupervisorFault::BadArguments.spec(),
    SupervisorFault::ShutdownState.spec(),
    SupervisorFault::BadName.spec(),
    SupervisorFault::BadSignal.spec(),
    SupervisorFault::NoFile.spec(),
    SupervisorFault::NotExecutable.spec(),
    SupervisorFault::Failed.spec(),
    SupervisorFault::AbnormalTermination.spec(),
    SupervisorFault::SpawnError.spec(),
    SupervisorFault::AlreadyStarted.spec(),
    SupervisorFault::NotRunning.spec(),
    SupervisorFault::AlreadyAdded.spec(),
    SupervisorFault::StillRunning.spec(),
    SupervisorFault::CantReread.spec(),
];

impl SupervisorFault {
    const fn spec(self) -> FaultSpec {
        let (code, name) = match self {
            SupervisorFault::BadArguments => (3, "BAD_ARGUMENTS"),
            SupervisorFault::ShutdownState => (6, "SHUTDOWN_STATE"),
            SupervisorFault::BadName => (10, "BAD_NAME"),
            SupervisorFault::BadSignal => (11, "BAD_SIGNAL"),
            SupervisorFault::NoFile => (20, "NO_FILE"),
            SupervisorFault::NotExecutable => (21, "NOT_EXECUTABLE"),
            SupervisorFault::Failed => (30, "FAILED"),
            SupervisorFault::AbnormalTermination => (40, "ABNORMAL_TERMINATION"),
            SupervisorFault::SpawnError => (50, "SPAWN_ERROR"),
            SupervisorFault::AlreadyStarted => (60, "ALREADY_STARTED"),
            SupervisorFault::NotRunning => (70, "NOT_RUNNING"),
            SupervisorFault::AlreadyAdded => (90, "ALREADY_ADDED"),
            SupervisorFault::StillRunning => (91, "STILL_RUNNING"),
            SupervisorFault::CantReread => (92, "CANT_REREAD"),
        };
        FaultSpec::new(code, name)
    }

    /// Returns the fault, with what it is about.
    pub(crate) fn of(self, what: impl Display) -> Fault {
        let spec = self.spec();
        Fault::new(spec.code, format!("{}: {}", spec.message, brief(what)))
    }
}
