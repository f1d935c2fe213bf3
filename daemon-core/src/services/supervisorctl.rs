//! Services in the words of Supervisor's XML-RPC interface, for `supervisorctl` and other clients of it.
//!
//! What a service is and does is decided elsewhere: here are the names, states, results and faults that these clients know.
//! The methods are in `daemon/built_in/supervisorctl`.

mod names;
mod info;
mod jobs;
mod stopped_along;
mod logs;
mod known;
mod configs;
mod groups;

use std::time::Instant;

use serde::Serialize;

pub(crate) use self::configs::ConfigInfo;
pub(crate) use self::info::ProcessInfo;
pub(crate) use self::jobs::ProcessStatus;
use self::jobs::{Job, Task};
use self::known::Known;
use self::stopped_along::StoppedAlong;
use super::Services;
use super::admin::json;
use crate::context::{CallId, SupervisorRequest};
use crate::fault::{Fault, SupervisorFault};
use crate::supervisor::Supervisor;

/// What these clients need to be remembered.
#[derive(Default)]
pub(super) struct Supervisorctl {
    known: Known,
    /// The calls that wait for services: at most as many as there are calls without a reply.
    jobs: Vec<Job>,
    stopped_along: StoppedAlong,
}

/// Whether the daemon runs, as `supervisor.getState` says it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct SupervisorState {
    statecode: i32,
    statename: &'static str,
}

impl Services {
    /// Carries out a request. The outcome is empty if the reply comes later, or never.
    pub(super) fn serve_supervisorctl(
        &mut self,
        supervisor: &mut Supervisor,
        request: SupervisorRequest,
        call: Option<CallId>,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        use SupervisorRequest as Request;
        if self.shutdown.has_begun() && !matches!(request, Request::State) {
            return Err(SupervisorFault::ShutdownState.of("the daemon is stopping"));
        }
        match request {
            Request::State => json(&self.supervisor_state()),
            Request::ReadMainLog { offset, length } => json(&logs::read_main(offset, length)?),
            Request::ClearMainLog => json(&logs::clear_main()?),
            Request::Restart => self.restart_everything(supervisor, now),
            Request::Info(name) => json(&self.process_info(supervisor, self.process(&name)?, now)),
            Request::Infos => json(&self.process_infos(supervisor, now)),
            Request::Configs => json(&self.configs()),
            Request::Start(which, wait) => {
                let task = Task { call, wait };
                self.start_processes(supervisor, &which, task, now)
            }
            Request::Stop(which, wait) => self.stop_processes(supervisor, &which, Task { call, wait }, now),
            Request::Signal(which, signal) => self.signal_processes(supervisor, &which, &signal),
            Request::ReadLog { name, output, offset, length } => {
                json(&self.read_log(&name, output, offset, length)?)
            }
            Request::TailLog { name, output, offset, length } => {
                json(&self.tail_log(&name, output, offset, length)?)
            }
            Request::ClearLogs(which) => self.clear_logs(&which),
            Request::SendInput(name) => Err(self.refuse_input(&name)),
            Request::Reread => json(&[self.reread()?]),
            Request::AddGroup(name) => json(&self.add_group(supervisor, &name, now)?),
            Request::RemoveGroup(name) => json(&self.remove_group(supervisor, &name, now)?),
            Request::Follow { name, output, send } => {
                self.follow_log(&name, output, send);
                Ok(Vec::new())
            }
        }
    }

    fn supervisor_state(&self) -> SupervisorState {
        match self.shutdown.has_begun() {
            false => SupervisorState { statecode: 1, statename: "RUNNING" },
            true => SupervisorState { statecode: -1, statename: "SHUTDOWN" },
        }
    }

    /// Reads the file again, and restarts every service; those that start with the daemon are started.
    fn restart_everything(&mut self, supervisor: &mut Supervisor, now: Instant) -> Result<Vec<u8>, Fault> {
        if let [first, ..] = self.reload(supervisor, now).as_slice() {
            return Err(SupervisorFault::CantReread.of(first));
        }
        self.supervisorctl.stopped_along.clear();
        let (down, others): (Vec<usize>, Vec<usize>) =
            self.table.indices().into_iter().partition(|index| self.is_down(supervisor, *index));
        self.restart_all(supervisor, &others, now);
        for index in down {
            if self.table.get(index).is_some_and(|entry| entry.service.autostart) {
                self.begin(supervisor, index, now);
            }
        }
        json(&true)
    }
}
