//! What the services do for the supervisor: start a process with its descriptors, and clean up after one.

use std::io::{PipeReader, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use nix::unistd::Pid;

use super::entry::Moment;
use super::launch::{From, descriptors};
use super::{Due, Role, Services};
use crate::error::{Error, OrError, Result};
use crate::service::Ready;
use crate::supervisor::spec::{ChildSpec, Given, Program};
use crate::supervisor::{Change, ChildId, ExitReport, Owner};
use crate::sys::descriptor::set_nonblocking;
use crate::sys::exit::Exit;
use crate::sys::spawn;

/// The variable of sd_notify(3).
const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";

impl Owner for Services {
    fn start(&mut self, child: ChildId, spec: &ChildSpec, _: bool, now: Instant) -> Result<Pid> {
        match self.roles.get(&child) {
            Some(Role::Service(index)) => self.start_service(*index, spec, now),
            Some(Role::Probe(_) | Role::Alarm | Role::Forgotten) => found(spec)?.spawn(Given::default()),
            None => Err(Error::new("there is no such service")),
        }
    }

    fn set_paused(&mut self, _: ChildId, _: bool) {}

    fn ended(&mut self, child: ChildId, _: Exit, now: Instant) -> ExitReport {
        if let Some(Role::Service(index)) = self.roles.get(&child).copied() {
            self.stop_awaiting(index);
            self.deadlines.disarm((index, Due::Age));
            self.deadlines.disarm((index, Due::Memory));
            let Some(entry) = self.table.get_mut(index) else { return ExitReport::default() };
            entry.ended = Some(Moment::new(now));
            if let Some(pid) = entry.pid.take() {
                self.pids.remove(&pid);
            }
        }
        ExitReport::default()
    }

    fn changed(&mut self, change: Change) {
        self.changes.push_back(change);
    }
}

impl Services {
    fn start_service(&mut self, index: usize, spec: &ChildSpec, now: Instant) -> Result<Pid> {
        let spec = found(spec)?;
        self.prepare_output(index)?;
        let service = self.table[index].service.clone();
        let notify = match service.ready {
            Ready::Notify => Some(self.notify_socket()?),
            _ => None,
        };
        let ready = match service.ready {
            Ready::Fd(_) => Some(pipe().or_error(|| "cannot make a pipe".to_owned())?),
            _ => None,
        };
        let wanted = descriptors(&service);
        let mut given: Vec<BorrowedFd<'_>> = Vec::with_capacity(wanted.len());
        for (_, from) in &wanted {
            let missing = || Error::new("the service has no such descriptor");
            given.push(match from {
                From::Held(name) => self.held.get(name)?,
                From::Log => self.table[index].output.as_ref().ok_or_else(missing)?.writer(),
                From::Ready => ready.as_ref().ok_or_else(missing)?.1.as_fd(),
            });
        }
        let environment: Vec<(&str, &str)> =
            notify.as_deref().map(|name| (NOTIFY_SOCKET, name)).into_iter().collect();
        let pid = spec.spawn(Given { descriptors: &given, environment: &environment })?;
        self.pids.insert(pid.as_raw(), index);
        let entry = &mut self.table[index];
        (entry.pid, entry.started, entry.status) = (Some(pid.as_raw()), Some(Moment::new(now)), None);
        let reader = ready.map(|(reader, _)| reader);
        if let Err(error) =
            reader.as_ref().map_or(Ok(()), prepared).and_then(|()| self.await_ready(index, reader, now))
        {
            tracing::error!("{}", error.report());
        }
        Ok(pid)
    }
}

fn prepared(reader: &PipeReader) -> Result<()> {
    set_nonblocking(reader.as_fd()).or_error(|| "cannot prepare a pipe".to_owned())
}

/// Returns a child whose program was looked up in `PATH`.
fn found(spec: &ChildSpec) -> Result<ChildSpec> {
    let Program::Path(name) = &spec.program else { return Ok(spec.clone()) };
    let path = spawn::find(name.as_os_str()).or_error(|| format!("cannot start `{}`", name.display()))?;
    Ok(ChildSpec { program: Program::Path(path), ..spec.clone() })
}
