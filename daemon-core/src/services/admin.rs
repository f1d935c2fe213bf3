//! The built-in methods on services, and what user code requests of them.

use std::time::Instant;

use serde::Serialize;
use tracing::warn;

use super::waiters::{Until, Waiter};
use super::{Effect, Services};
use crate::context::{CallId, ServiceRequest};
use crate::fault::Fault;
use crate::supervisor::{State, Supervisor};

impl Services {
    /// Carries out a request, and answers its call: at once, or when its services have reached the state it waits for.
    pub(crate) fn manage(
        &mut self,
        supervisor: &mut Supervisor,
        request: ServiceRequest,
        call: Option<CallId>,
        now: Instant,
    ) {
        let outcome = match request {
            ServiceRequest::List => json(&self.list()),
            ServiceRequest::Status(name) => {
                self.infos(supervisor, name.as_deref(), now).and_then(|infos| json(&infos))
            }
            ServiceRequest::Start(name) => self.start_named(supervisor, &name, call, now),
            ServiceRequest::Stop(name) => self.stop_named(supervisor, &name, call, now),
            ServiceRequest::Restart(name) => self.restart_named(supervisor, &name, call, now),
            ServiceRequest::Signal(name, signal) => {
                self.signal_named(supervisor, &name, signal.0).and_then(|sent| json(&sent))
            }
            ServiceRequest::Add(services) => self.add(supervisor, services, now).and_then(|()| json(&true)),
            ServiceRequest::Remove(name) => self.remove_named(supervisor, &name, call, now),
            ServiceRequest::Hold(name, descriptor) => {
                self.held.hold(name, descriptor);
                json(&true)
            }
            ServiceRequest::Wait { name, state, within } => self.table.named(&name).and_then(|found| {
                let targets = self.targets(&found);
                self.wait(Waiter::new(targets, Until::State(state), call, Some((now, within))))
            }),
            ServiceRequest::Reload => match self.reload(supervisor, now).as_slice() {
                [] => json(&true),
                failures => Err(Fault::reload_failed(failures)),
            },
            #[cfg(feature = "supervisorctl")]
            ServiceRequest::Supervisor(request) => self.serve_supervisorctl(supervisor, request, call, now),
            ServiceRequest::Tail(request) => {
                self.tail(request);
                Ok(Vec::new())
            }
        };
        match (outcome, call) {
            // The reply comes later, if there is one.
            (Ok(outcome), _) if outcome.is_empty() => self.reply_to_waiters(supervisor),
            (outcome, Some(call)) => self.effects.push(Effect::Reply(call, outcome)),
            (Err(fault), None) => warn!("a request about services has failed: {fault}"),
            (Ok(_), None) => {}
        }
    }

    /// Starts the services that a text names; `call` is answered when they are ready.
    pub(crate) fn start_named(
        &mut self,
        supervisor: &mut Supervisor,
        name: &str,
        call: Option<CallId>,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        self.refuse_when_stopping()?;
        let found = self.table.named(name)?;
        let waiter = Waiter::new(self.targets(&found), Until::Ready, call, None);
        self.start_all(supervisor, &found, now);
        self.wait(waiter)
    }

    /// Stops the services that a text names; `call` is answered when they are down.
    pub(crate) fn stop_named(
        &mut self,
        supervisor: &mut Supervisor,
        name: &str,
        call: Option<CallId>,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        let found = self.table.named(name)?;
        let waiter = Waiter::new(self.targets(&found), Until::Down, call, None);
        self.stop_all(supervisor, &found, now);
        self.wait(waiter)
    }

    /// Restarts the services that a text names; `call` is answered when they are ready again.
    pub(crate) fn restart_named(
        &mut self,
        supervisor: &mut Supervisor,
        name: &str,
        call: Option<CallId>,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        self.refuse_when_stopping()?;
        let found = self.table.named(name)?;
        let mut targets = self.targets(&found);
        for target in &mut targets {
            target.not = self.table[target.index].pid;
        }
        let waiter = Waiter::new(targets, Until::Ready, call, None);
        self.restart_all(supervisor, &found, now);
        self.wait(waiter)
    }

    /// Sends a signal to the services that a text names; returns how many have got it.
    pub(crate) fn signal_named(
        &self,
        supervisor: &Supervisor,
        name: &str,
        signal: i32,
    ) -> Result<usize, Fault> {
        let found = self.table.named(name)?;
        let sent = found.iter().filter(|index| supervisor.signal(self.table[**index].child, signal)).count();
        match sent {
            0 => Err(Fault::service_down(name)),
            sent => Ok(sent),
        }
    }

    /// Stops a service, and forgets it; `call` is answered then.
    pub(crate) fn remove_named(
        &mut self,
        supervisor: &mut Supervisor,
        name: &str,
        call: Option<CallId>,
        now: Instant,
    ) -> Result<Vec<u8>, Fault> {
        let found = self.table.named(name)?;
        for index in &found {
            let others = self.table.dependents(*index).into_iter().filter(|other| !found.contains(other));
            if let Some(other) = others.into_iter().find(|other| !self.table[*other].is_removed) {
                let (name, other) = (&self.table[*index].name, &self.table[other].name);
                let reason = format!("`{other}` needs `{name}`; remove that one first");
                return Err(Fault::invalid_value("name", reason));
            }
        }
        let waiter = Waiter::new(self.targets(&found), Until::Gone, call, None);
        self.remove(supervisor, &found, now);
        self.wait(waiter)
    }

    fn refuse_when_stopping(&self) -> Result<(), Fault> {
        match self.shutdown.has_begun() {
            false => Ok(()),
            true => Err(Fault::stopping()),
        }
    }

    /// Whether a service is down, as its child has it.
    pub(super) fn is_down(&self, supervisor: &Supervisor, index: usize) -> bool {
        self.table.get(index).is_none_or(|entry| {
            let state: State = supervisor.state(entry.child);
            state.is_down()
        })
    }
}

/// Returns a value as the JSON text of a reply.
pub(super) fn json(value: &impl Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|error| Fault::internal(error.to_string()))
}
