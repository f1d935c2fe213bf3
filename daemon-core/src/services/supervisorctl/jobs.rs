//! Starting, stopping and signalling processes; the reply comes when each has reached its state, or can't.

use std::ffi::OsStr;
use std::io;
use std::time::Instant;

use nix::unistd::{AccessFlags, access};
use serde::Serialize;

use crate::context::{CallId, Which};
use crate::event::ServiceState;
use crate::fault::{Fault, SUPERVISOR_SUCCESS, SupervisorFault};
use crate::service::StopSignal;
use crate::services::admin::json;
use crate::services::entry::Moment;
use crate::services::waiters::{Target, Until};
use crate::services::{Effect, Services};
use crate::supervisor::Supervisor;
use crate::sys::spawn;

/// How a call is answered.
#[derive(Clone, Copy)]
pub(super) struct Task {
    pub(super) call: Option<CallId>,
    /// Whether the reply comes only when it is done.
    pub(super) wait: bool,
}

/// A call that waits for processes.
pub(super) struct Job {
    call: CallId,
    parts: Vec<Part>,
    /// Whether it is about one process: the reply is not a list then.
    is_single: bool,
}

/// What a call waits for, of one process.
struct Part {
    name: String,
    group: String,
    target: Target,
    until: Until,
    /// When its process had last been started before the call.
    started: Option<Moment>,
    outcome: Option<Result<(), Fault>>,
}

/// The result of one process among several.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ProcessStatus {
    name: String,
    group: String,
    /// 80 if it is well; otherwise the code of the fault.
    status: i32,
    description: String,
}

impl Services {
    pub(super) fn start_processes(
        &mut self,
        supervisor: &mut Supervisor,
        which: &Which,
        task: Task,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        let mut parts = self.parts(which, Until::Ready)?;
        let is_single = matches!(which, Which::One(_));
        parts.retain(|part| is_single || !self.counts_as_running(supervisor, part.target.index));
        for part in &mut parts {
            part.outcome = self.objection_to_start(supervisor, part).map(Err);
        }
        let begun: Vec<usize> = begun(&parts).map(|part| part.target.index).collect();
        self.start_all(supervisor, &begun, now);
        self.restart_stopped_along(supervisor, &begun, now);
        self.answer(supervisor, parts, is_single, task)
    }

    /// Returns why a process is not started.
    fn objection_to_start(&self, supervisor: &Supervisor, part: &Part) -> Option<Fault> {
        if self.counts_as_running(supervisor, part.target.index) {
            return Some(SupervisorFault::AlreadyStarted.of(&part.name));
        }
        let program = self.table[part.target.index].service.command.program();
        let error = find(program).err()?;
        let fault = match error.kind() {
            io::ErrorKind::NotFound => SupervisorFault::NoFile,
            _ => SupervisorFault::NotExecutable,
        };
        Some(fault.of(format!("{program}: {error}")))
    }

    pub(super) fn stop_processes(
        &mut self,
        supervisor: &mut Supervisor,
        which: &Which,
        task: Task,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        let mut parts = self.parts(which, Until::Down)?;
        let is_single = matches!(which, Which::One(_));
        parts.retain(|part| is_single || self.can_be_stopped(supervisor, part.target.index));
        for part in &mut parts {
            if !self.can_be_stopped(supervisor, part.target.index) {
                part.outcome = Some(Err(SupervisorFault::NotRunning.of(&part.name)));
            }
        }
        let begun: Vec<usize> = begun(&parts).map(|part| part.target.index).collect();
        self.remember_stopped_along(supervisor, &begun);
        self.stop_all(supervisor, &begun, now);
        self.answer(supervisor, parts, is_single, task)
    }

    pub(super) fn signal_processes(
        &self,
        supervisor: &Supervisor,
        which: &Which,
        signal: &str,
    ) -> Result<Vec<u8>, Fault> {
        let mut parts = self.parts(which, Until::Down)?;
        let is_single = matches!(which, Which::One(_));
        let signal: StopSignal = signal.parse().map_err(|_| SupervisorFault::BadSignal.of(signal))?;
        parts.retain(|part| is_single || self.table[part.target.index].pid.is_some());
        for part in &mut parts {
            let was_sent = supervisor.signal(self.table[part.target.index].child, signal.0);
            let fault = || SupervisorFault::NotRunning.of(&part.name);
            part.outcome = Some(if was_sent { Ok(()) } else { Err(fault()) });
        }
        reply(parts, is_single)
    }

    /// Refuses input for a process.
    pub(super) fn refuse_input(&self, name: &str) -> Fault {
        match self.process(name) {
            Err(fault) => fault,
            Ok(index) if self.table[index].pid.is_none() => SupervisorFault::NotRunning.of(name),
            Ok(_) => SupervisorFault::Failed.of(format!("`{name}` is a service, which has no input")),
        }
    }

    fn parts(&self, which: &Which, until: Until) -> Result<Vec<Part>, Fault> {
        let found = self.processes(which)?;
        let part = |target: Target| {
            let entry = &self.table[target.index];
            let (name, group) = (entry.name.to_string(), entry.group().to_string());
            Part { name, group, target, until, started: entry.started, outcome: None }
        };
        Ok(self.targets(&found).into_iter().map(part).collect())
    }

    /// Whether a process is started already, as Supervisor sees it: it runs, or will do so by itself.
    fn counts_as_running(&self, supervisor: &Supervisor, index: usize) -> bool {
        let state = self.state_of(supervisor, &self.table[index]);
        matches!(state, ServiceState::Running | ServiceState::Starting | ServiceState::Waiting)
    }

    pub(super) fn can_be_stopped(&self, supervisor: &Supervisor, index: usize) -> bool {
        let state = self.state_of(supervisor, &self.table[index]);
        self.counts_as_running(supervisor, index)
            || matches!(state, ServiceState::Stopping | ServiceState::Scheduled)
    }

    /// Replies at once, or has the call wait.
    fn answer(
        &mut self,
        supervisor: &Supervisor,
        mut parts: Vec<Part>,
        is_single: bool,
        task: Task,
    ) -> Result<Vec<u8>, Fault> {
        match task.call.filter(|_| task.wait) {
            Some(call) => {
                self.supervisorctl.jobs.push(Job { call, parts, is_single });
                self.finish_jobs(supervisor);
                Ok(Vec::new())
            }
            None => {
                parts.iter_mut().for_each(|part| _ = part.outcome.get_or_insert(Ok(())));
                reply(parts, is_single)
            }
        }
    }

    /// Replies to the calls whose processes have reached their states, or no longer can.
    pub(in crate::services) fn finish_jobs(&mut self, supervisor: &Supervisor) {
        for mut job in std::mem::take(&mut self.supervisorctl.jobs) {
            for part in &mut job.parts {
                part.outcome = part.outcome.take().or_else(|| self.outcome_of(supervisor, part));
            }
            match job.parts.iter().all(|part| part.outcome.is_some()) {
                true => self.effects.push(Effect::Reply(job.call, reply(job.parts, job.is_single))),
                false => self.supervisorctl.jobs.push(job),
            }
        }
    }

    /// Returns what has become of a process, if it is known.
    fn outcome_of(&self, supervisor: &Supervisor, part: &Part) -> Option<Result<(), Fault>> {
        match self.reached(supervisor, &part.target, part.until) {
            Ok(reached) => reached.then_some(Ok(())),
            Err(fault) => Some(Err(self.failure_of(part, &fault))),
        }
    }

    /// Returns Supervisor's fault for a process that can't reach its state any more.
    fn failure_of(&self, part: &Part, fault: &Fault) -> Fault {
        let entry = self.table.get(part.target.index);
        let has_started = entry.is_some_and(|entry| entry.started != part.started);
        let reason = fault.data().and_then(|data| data["reason"].as_str()).unwrap_or_default();
        let kind = match part.until {
            Until::Ready if has_started => SupervisorFault::AbnormalTermination,
            Until::Ready => SupervisorFault::SpawnError,
            Until::Down | Until::Gone | Until::State(_) => SupervisorFault::Failed,
        };
        kind.of(format!("{}: {reason}", part.name))
    }
}

impl ProcessStatus {
    pub(super) fn new(name: String, group: String, outcome: Result<(), Fault>) -> Self {
        let (status, description) = match outcome {
            Ok(()) => (SUPERVISOR_SUCCESS, "OK".to_owned()),
            Err(fault) => (fault.code(), fault.message().to_owned()),
        };
        ProcessStatus { name, group, status, description }
    }
}

/// The parts that have no outcome yet.
fn begun(parts: &[Part]) -> impl Iterator<Item = &Part> {
    parts.iter().filter(|part| part.outcome.is_none())
}

/// Returns the reply to a call that is done.
fn reply(parts: Vec<Part>, is_single: bool) -> Result<Vec<u8>, Fault> {
    let mut outcomes = parts.into_iter().map(|part| {
        let outcome = part.outcome.unwrap_or(Ok(()));
        (part.name, part.group, outcome)
    });
    if is_single {
        outcomes.try_for_each(|(_, _, outcome)| outcome)?;
        return json(&true);
    }
    let statuses = outcomes.map(|(name, group, outcome)| ProcessStatus::new(name, group, outcome));
    json(&statuses.collect::<Vec<_>>())
}

/// Looks for the program of a service, as its start will. One in the service's own directory is not looked for.
fn find(program: &str) -> io::Result<()> {
    if program.contains('/') && !program.starts_with('/') {
        return Ok(());
    }
    let path = spawn::find(OsStr::new(program))?;
    access(&path, AccessFlags::X_OK)?;
    if path.is_dir() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}
