//! The way of a call: accepted, sent to a process, expired if it takes too long.

use std::time::{Duration, Instant};

use super::Workers;
use super::life::Event;
use super::queue::PendingCall;
use crate::context::{CallId, Callee, OutgoingCall};
use crate::fault::Fault;
use crate::supervisor::Supervisor;

impl Workers {
    /// Accepts a call, which is sent at the next [`send_calls`](Workers::send_calls). Returns its timeout.
    ///
    /// # Errors
    ///
    /// If there is no such worker or method, its parameters are wrong, or the worker is down or too busy.
    pub(crate) fn call(
        &mut self,
        supervisor: &Supervisor,
        id: CallId,
        call: OutgoingCall,
    ) -> Result<Option<Duration>, Fault> {
        let OutgoingCall { callee, params, caller, deadline, trace } = call;
        let (index, method) = self.find(&callee)?;
        let params = params?;
        let worker = &self.workers[index];
        if let Callee::Named { .. } = callee {
            worker.check(method, &params)?;
        }
        if self.is_down(supervisor, index) {
            return Err(Fault::worker_down(&worker.name));
        }
        let timeout = worker.timeout(method);
        let (expired, requeued) = (false, 0);
        let call = PendingCall { id, method, params, caller, deadline, trace, timeout, expired, requeued };
        let worker = &mut self.workers[index];
        worker.queue.push(call).map_err(|_| Fault::worker_busy(&worker.name))?;
        Ok(timeout)
    }

    fn find(&self, callee: &Callee) -> Result<(usize, usize), Fault> {
        match callee {
            Callee::Known { worker, method } => Ok((*worker, *method)),
            Callee::Named { worker, method } => {
                let worker = self.named(worker)?;
                let method =
                    self.workers[worker].find(method).ok_or_else(|| Fault::method_not_found(method))?;
                Ok((worker, method))
            }
        }
    }

    /// Returns the index of the worker with this name.
    pub(super) fn named(&self, name: &str) -> Result<usize, Fault> {
        self.workers.iter().position(|worker| *worker.name == *name).ok_or_else(|| Fault::no_worker(name))
    }

    /// Answers a call that takes too long with a fault. A pool's process, which runs only this call, is replaced. A
    /// worker's process may still run the call for its timeout, counted from when it began.
    pub(crate) fn expire(&mut self, supervisor: &mut Supervisor, id: CallId, now: Instant) {
        for worker in &mut self.workers {
            if let Some(mut call) = worker.queue.remove(id) {
                return call.expire(&worker.name, &mut self.effects);
            }
        }
        let Some((index, _)) = self.processes.iter().find(|(_, process)| process.has_call(id)) else {
            return;
        };
        // The reply may have arrived if the daemon was busy.
        self.receive_from(supervisor, index, now);
        let Some(process) = self.processes.get_mut(index) else { return };
        let worker = &self.workers[process.worker];
        let Some(call) = process.call_mut(id) else { return };
        call.expire(&worker.name, &mut self.effects);
        if worker.is_pool {
            self.kill_unhealthy(supervisor, index, Event::Overdue, "a call has taken too long", now);
        }
    }

    /// Sends waiting calls to processes that have room for them, and wakes the processes that sleep.
    pub(crate) fn send_calls(&mut self, supervisor: &Supervisor, now: Instant) {
        for worker in 0..self.workers.len() {
            while !self.workers[worker].queue.is_empty() {
                let Some(index) = self.workers[worker].least_busy() else { break };
                let Some(call) = self.workers[worker].queue.pop() else { break };
                self.processes[index].send(call, now);
                self.touch(supervisor, index, now);
            }
        }
        for index in self.processes.notify_touched() {
            self.arrange(supervisor, index, now);
        }
    }
}
