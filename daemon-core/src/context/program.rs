//! Programs that user code has started, on their way to the loop.

use std::any::Any;
use std::process::ExitStatus;
use std::time::Duration;

use nix::unistd::Pid;

use super::{Command, Context};
use crate::error::{Error, Result};
use crate::sys::process;
use crate::sys::spawn::{self, Group};

/// A program that runs, or has run; returned by [`Context::spawn`]. It is never used for another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProgramId {
    /// Its number among the programs that were started, from 1.
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
    pub(crate) orphan: Orphan,
}

/// Kills a process that nobody looks after yet, when this is dropped.
pub(crate) struct Orphan(Option<Pid>);

impl Orphan {
    pub(crate) fn new(pid: i32) -> Self {
        Orphan(Some(Pid::from_raw(pid)))
    }

    /// Leaves it to whoever looks after it from now on.
    pub(crate) fn adopt(mut self) {
        self.0 = None;
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        // It may have ended; until it is reaped, no other process has its number.
        if let Some(pid) = self.0.take()
            && spawn::kill(pid, Group::Own).is_ok()
        {
            let _ = process::reap(pid);
        }
    }
}

/// Takes how a program has ended; the first argument is the daemon's state.
pub(crate) type OnExit = Box<dyn FnOnce(&mut dyn Any, ExitStatus, &mut Context)>;

impl Context {
    /// Returns an id for a program that was started.
    pub(crate) fn next_program(&mut self, pid: i32) -> ProgramId {
        self.programs += 1;
        ProgramId { serial: self.programs, pid }
    }

    /// Checks that the loop looks after programs.
    ///
    /// # Errors
    ///
    /// In a worker, and when the daemon ends.
    pub(crate) fn check_programs(&self) -> Result<()> {
        match (&self.uplink, self.ends) {
            (Some(_), _) => Err(Error::new(
                "the loop of a worker looks after no programs: use `std::process::Command` there",
            )),
            (None, true) => Err(Error::stopped("the daemon ends, and starts no programs any more")),
            (None, false) => Ok(()),
        }
    }

    /// Starts no programs from now on: nobody would wait for them.
    pub(crate) fn end_programs(&mut self) {
        self.ends = true;
    }

    /// Asks a program to stop, by SIGTERM, and kills it if it has not ended after its
    /// [`stop_grace`](crate::Program::stop_grace). The function that was passed to [`spawn`](Self::spawn) is called in any
    /// case. If the program has ended already, nothing happens.
    pub fn stop_program(&mut self, program: ProgramId) {
        self.commands.push(Command::StopProgram(program));
    }
}
