//! A call on its way: it is accepted, handed out to a process, and told when it takes too long.

use std::time::Instant;

use super::Workers;
use super::live::Unhealthy;
use super::queue::PendingCall;
use crate::context::{Callee, OutgoingCall};
use crate::fault::Fault;
use crate::supervisor::Supervisor;
use crate::timers::after;

impl Workers {
    /// Accepts a call, or answers it with a fault. It is sent at the next [`send_calls`](Workers::send_calls).
    pub(crate) fn call(&mut self, supervisor: &Supervisor, call: OutgoingCall, now: Instant) {
        let OutgoingCall { callee, params, caller, on_reply } = call;
        let mut call = PendingCall {
            number: self.next,
            method: 0,
            params: Vec::new(),
            caller,
            on_reply,
            timeout: None,
            expired: false,
            requeued: 0,
        };
        self.next += 1;
        if let Err(fault) = self.accept(supervisor, &mut call, &callee, params, now) {
            call.reply(Err(fault), &mut self.effects);
        }
    }

    fn accept(
        &mut self,
        supervisor: &Supervisor,
        call: &mut PendingCall,
        callee: &Callee,
        params: Result<Vec<u8>, Fault>,
        now: Instant,
    ) -> Result<(), Fault> {
        let (worker_type, method) = self.find(callee)?;
        call.params = params?;
        let worker = &self.workers[worker_type];
        call.method = method;
        call.timeout = worker.timeout(method);
        if let Callee::Named { .. } = callee {
            worker.check(method, &call.params)?;
        }
        if self.is_down(supervisor, worker_type) {
            return Err(Fault::worker_down(&worker.name));
        }
        let (number, timeout) = (call.number, call.timeout);
        let taken = PendingCall {
            on_reply: call.on_reply.take(),
            caller: call.caller.take(),
            params: std::mem::take(&mut call.params),
            ..*call
        };
        if let Err(back) = self.workers[worker_type].queue.push(taken) {
            call.on_reply = back.on_reply;
            return Err(Fault::worker_busy(&self.workers[worker_type].name));
        }
        if let Some(timeout) = timeout {
            self.expiries.arm(number, after(now, timeout));
        }
        Ok(())
    }

    fn find(&self, callee: &Callee) -> Result<(usize, usize), Fault> {
        match callee {
            Callee::Known { worker, method } => Ok((*worker, *method)),
            Callee::Named { worker, method } => {
                let worker_type = self.named(worker)?;
                let method =
                    self.workers[worker_type].find(method).ok_or_else(|| Fault::method_not_found(method))?;
                Ok((worker_type, method))
            }
        }
    }

    /// The worker of this name.
    pub(super) fn named(&self, name: &str) -> Result<usize, Fault> {
        self.workers.iter().position(|worker| *worker.name == *name).ok_or_else(|| Fault::no_worker(name))
    }

    /// Tells a caller that its call takes too long. A process of a pool, which works for nobody else, is replaced; a
    /// worker's process may run the call for its timeout, counted from when it began.
    pub(super) fn expire(&mut self, supervisor: &mut Supervisor, number: u64, now: Instant) {
        for worker in &mut self.workers {
            if let Some(mut call) = worker.queue.remove(number) {
                return call.expire(&worker.name, &mut self.effects);
            }
        }
        let mut processes = self.processes.iter_mut();
        let Some(index) = processes.find_map(|(index, process)| process.call_mut(number).map(|_| index))
        else {
            return;
        };
        // The reply may be there, if the daemon was busy itself.
        self.receive_from(supervisor, index, now);
        let Some(process) = self.processes.get_mut(index) else { return };
        let worker = &self.workers[process.worker];
        let Some(call) = process.call_mut(number) else { return };
        call.expire(&worker.name, &mut self.effects);
        if worker.is_pool {
            self.kill_unhealthy(supervisor, index, &Unhealthy::Overdue, now);
        }
    }

    /// Sends waiting calls to processes that have room for them, and wakes whoever sleeps.
    pub(crate) fn send_calls(&mut self, supervisor: &Supervisor, now: Instant) {
        for worker in 0..self.workers.len() {
            while !self.workers[worker].queue.is_empty() {
                let Some(index) = self.workers[worker].least_busy() else { break };
                let Some(call) = self.workers[worker].queue.pop() else { break };
                self.processes[index].send(call, now);
                self.touch(supervisor, index, now);
            }
        }
        self.notify_touched(supervisor, now);
    }
}
