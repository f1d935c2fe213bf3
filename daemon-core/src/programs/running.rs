//! The programs that run, as children of the supervisor.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Instant;

use nix::unistd::Pid;

use super::status;
use crate::context::{OnExit, ProgramId, StartedProgram};
use crate::error::{Error, Result};
use crate::supervisor::spec::{ChildSpec, Policy, Restart};
use crate::supervisor::{Change, ChildId, ExitReport, Owner, OwnerId, Supervisor, Want};
use crate::sys::exit::Exit;

/// The id of the programs among the owners of children.
pub(crate) const OWNER: OwnerId = OwnerId(1);

/// Every program that user code has started and that has not ended.
#[derive(Default)]
pub(crate) struct Programs {
    /// Bounded by how many the program starts, never by a peer alone.
    running: HashMap<ChildId, Running>,
    /// Those that have ended and were not reported yet.
    ended: Vec<(ChildId, Exit)>,
}

struct Running {
    id: ProgramId,
    on_exit: OnExit,
}

impl Programs {
    /// Whether none runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether one has ended that was not reported yet.
    pub(crate) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Looks after a program from now on.
    pub(crate) fn adopt(&mut self, supervisor: &mut Supervisor, program: StartedProgram, now: Instant) {
        let StartedProgram { id, name, stop_grace, on_exit, orphan } = program;
        orphan.adopt();
        let policy = Policy { restart: Restart::Never, stop_grace, ..Policy::new() };
        let child = supervisor.adopt(OWNER, spec(name, policy), Pid::from_raw(id.pid), now);
        self.running.insert(child, Running { id, on_exit });
        // It may have ended before anyone looked after it.
        supervisor.reap_one(child, self, now);
    }

    /// Asks a program to stop, if it runs.
    pub(crate) fn stop(&mut self, supervisor: &mut Supervisor, id: ProgramId, now: Instant) {
        let child = self.running.iter().find(|(_, running)| running.id == id).map(|(child, _)| *child);
        if let Some(child) = child {
            supervisor.want(child, Want::Stop, self, now);
        }
    }

    /// Asks all programs to stop.
    pub(crate) fn shut_down(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.children().into_iter().for_each(|child| supervisor.want(child, Want::Stop, self, now));
    }

    /// Kills those that were asked to stop.
    pub(crate) fn hurry(&mut self, supervisor: &mut Supervisor, now: Instant) {
        self.children().into_iter().for_each(|child| supervisor.hurry(child, self, now));
    }

    fn children(&self) -> Vec<ChildId> {
        self.running.keys().copied().collect()
    }

    /// Takes the programs that have ended, with how they did.
    pub(crate) fn take_ended(&mut self, supervisor: &mut Supervisor) -> Vec<(OnExit, ExitStatus)> {
        let mut ended = Vec::new();
        for (child, exit) in std::mem::take(&mut self.ended) {
            supervisor.remove(child);
            ended.extend(self.running.remove(&child).map(|running| (running.on_exit, status(exit))));
        }
        ended
    }
}

impl Owner for Programs {
    fn start(&mut self, _: ChildId, spec: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
        Err(Error::new(format!("`{}` runs only once", spec.name)))
    }

    fn set_paused(&mut self, _: ChildId, _: bool) {}

    fn ended(&mut self, child: ChildId, exit: Exit, _: Instant) -> ExitReport {
        self.ended.push((child, exit));
        ExitReport::default()
    }

    fn changed(&mut self, _: Change) {}
}

/// Returns the data of a child that was started elsewhere.
fn spec(name: String, policy: Policy) -> ChildSpec {
    ChildSpec::new(name, PathBuf::new()).policy(policy).quiet()
}
