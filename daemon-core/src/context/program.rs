//! Programs that user code has started, on their way to the loop.

use std::any::Any;
use std::process::ExitStatus;
use std::time::Duration;

use super::{Command, Context};

/// A program that runs, or has run; returned by [`Context::spawn`]. It is never used for another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProgramId {
    /// How many programs were started before.
    pub(crate) serial: u64,
    pub(crate) pid: i32,
}

impl ProgramId {
    /// The number of its process. The system may use it for another one as soon as the program has ended.
    pub fn pid(self) -> i32 {
        self.pid
    }
}

/// A program that was started.
pub(crate) struct StartedProgram {
    pub(crate) id: ProgramId,
    pub(crate) name: String,
    pub(crate) stop_grace: Duration,
    pub(crate) on_exit: OnExit,
}

/// Takes how a program has ended; the first argument is the daemon's state.
pub(crate) type OnExit = Box<dyn FnOnce(&mut dyn Any, ExitStatus, &mut Context)>;

impl Context {
    /// Returns an id for a program that was started.
    pub(crate) fn next_program(&mut self, pid: i32) -> ProgramId {
        self.programs += 1;
        ProgramId { serial: self.programs, pid }
    }

    /// Whether this is the context of a worker, whose loop looks after no programs.
    pub(crate) fn is_of_worker(&self) -> bool {
        self.uplink.is_some()
    }

    /// Asks a program to stop, by SIGTERM, and kills it if it has not ended after its
    /// [`stop_grace`](crate::Program::stop_grace). The function that was passed to [`spawn`](Self::spawn) is called in any
    /// case. If the program has ended already, nothing happens.
    pub fn stop_program(&mut self, program: ProgramId) {
        self.commands.push(Command::StopProgram(program));
    }
}
