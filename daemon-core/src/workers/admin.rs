//! The built-in methods on workers: their status, and to pause, start, stop and scale them.

use std::collections::BTreeMap;
use std::time::Instant;

use nix::unistd::Pid;
use serde::Serialize;

use super::status::json;
use super::{PROCESSES, Workers};
use crate::channel::message::state;
use crate::context::{CallId, WorkerRequest};
use crate::event::WorkerState;
use crate::fault::Fault;
use crate::supervisor::{State, Supervisor, Then, Want};

/// A caller waiting for a worker to reach a state.
pub(super) struct StateWaiter {
    worker: usize,
    until: Awaited,
    call: CallId,
}

/// An awaited state.
enum Awaited {
    /// No process runs.
    Down,
    /// All processes run, and none of them has one of these pids.
    Up { not: Vec<Pid> },
}

/// The most processes that one worker can be scaled to.
const MOST: usize = 1024;

impl Workers {
    /// Runs a built-in method, and answers it: at once, or when its worker has reached the state it waits for.
    pub(crate) fn manage(
        &mut self,
        supervisor: &mut Supervisor,
        request: WorkerRequest,
        call: CallId,
        now: Instant,
    ) {
        let outcome = match request {
            WorkerRequest::List => self.list(supervisor),
            WorkerRequest::Status(worker) => self.each(supervisor, worker, |workers, supervisor, worker| {
                Ok(workers.status(supervisor, worker))
            }),
            WorkerRequest::Info(worker) => self.info(supervisor, worker.as_deref(), now),
            WorkerRequest::Pause(worker) => self.each(supervisor, worker, |workers, supervisor, worker| {
                workers.set_paused(supervisor, worker, Want::Pause, now)
            }),
            WorkerRequest::Resume(worker) => self.each(supervisor, worker, |workers, supervisor, worker| {
                workers.set_paused(supervisor, worker, Want::Resume, now)
            }),
            WorkerRequest::Start(worker) => {
                return self.when(supervisor, &worker, call, now, Workers::start_one);
            }
            WorkerRequest::Stop(worker) => {
                return self.when(supervisor, &worker, call, now, Workers::stop_one);
            }
            WorkerRequest::Restart(worker) => {
                return self.when(supervisor, &worker, call, now, Workers::restart_one);
            }
            WorkerRequest::Scale(worker, count) => {
                return self.when(supervisor, &worker, call, now, |workers, supervisor, worker, now| {
                    workers.scale(supervisor, worker, count, now)
                });
            }
        };
        self.effects.reply(call, outcome);
    }

    /// Runs `act` on one worker, and answers when the worker has reached the state that `act` returns.
    fn when(
        &mut self,
        supervisor: &mut Supervisor,
        worker: &str,
        call: CallId,
        now: Instant,
        act: impl FnOnce(&mut Workers, &mut Supervisor, usize, Instant) -> Result<Awaited, Fault>,
    ) {
        match self.named(worker).and_then(|worker| Ok((worker, act(self, supervisor, worker, now)?))) {
            Ok((worker, until)) => {
                self.waiters.push(StateWaiter { worker, until, call });
                self.reply_to_waiters(supervisor);
            }
            Err(fault) => self.effects.reply(call, Err(fault)),
        }
    }

    /// Runs `act` on one worker, or on each; then the result is a map by name.
    fn each<T: Serialize>(
        &mut self,
        supervisor: &mut Supervisor,
        worker: Option<String>,
        mut act: impl FnMut(&mut Workers, &mut Supervisor, usize) -> Result<T, Fault>,
    ) -> Result<Vec<u8>, Fault> {
        if let Some(worker) = worker {
            let worker = self.named(&worker)?;
            return json(&act(self, supervisor, worker)?);
        }
        let mut all = BTreeMap::new();
        for worker in 0..self.workers.len() {
            all.insert(self.workers[worker].name.to_string(), act(self, supervisor, worker)?);
        }
        json(&all)
    }

    /// Pauses or resumes a worker; returns `false` if it is down.
    fn set_paused(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        want: Want,
        now: Instant,
    ) -> Result<bool, Fault> {
        self.want_all(supervisor, worker, want, now);
        Ok(!self.is_down(supervisor, worker))
    }

    fn start_one(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        now: Instant,
    ) -> Result<Awaited, Fault> {
        self.refuse_when_stopping()?;
        self.want_all(supervisor, worker, Want::Start, now);
        Ok(Awaited::Up { not: Vec::new() })
    }

    fn stop_one(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        now: Instant,
    ) -> Result<Awaited, Fault> {
        self.want_all(supervisor, worker, Want::Stop, now);
        Ok(Awaited::Down)
    }

    fn restart_one(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        now: Instant,
    ) -> Result<Awaited, Fault> {
        self.refuse_when_stopping()?;
        let pids = self.workers[worker]
            .processes
            .iter()
            .filter_map(|process| supervisor.pid(self.processes[*process].child));
        let not = pids.collect();
        self.want_all(supervisor, worker, Want::Restart, now);
        Ok(Awaited::Up { not })
    }

    fn scale(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        count: usize,
        now: Instant,
    ) -> Result<Awaited, Fault> {
        self.refuse_when_stopping()?;
        let have = self.workers[worker].processes.len();
        if count == 0 || count > MOST {
            return Err(Fault::invalid_value("count", format!("it must be 1 to {MOST}")));
        }
        if self.processes.len() + count.saturating_sub(have) > PROCESSES {
            let reason = format!("all workers together have at most {PROCESSES} processes");
            return Err(Fault::invalid_value("count", reason));
        }
        let goes_down = self.goes_down(supervisor, worker);
        let paused = self.states(supervisor, worker).all(State::is_to_pause);
        for process in self.workers[worker].processes.split_off(count.min(have)) {
            self.processes[process].surplus = true;
            self.want(supervisor, process, Want::Stop, now);
            self.remove_surplus(supervisor, process);
        }
        let new = self.add_processes(supervisor, worker, count.saturating_sub(have), now);
        self.allow_descriptors();
        for process in new {
            if !goes_down {
                self.want(supervisor, process, Want::Start, now);
            }
            if paused {
                self.want(supervisor, process, Want::Pause, now);
            }
        }
        Ok(if goes_down { Awaited::Down } else { Awaited::Up { not: Vec::new() } })
    }

    fn refuse_when_stopping(&self) -> Result<(), Fault> {
        match self.shutdown.has_begun() {
            false => Ok(()),
            true => Err(Fault::transport("the daemon is stopping")),
        }
    }

    /// Removes a process if it is surplus and down.
    pub(super) fn remove_surplus(&mut self, supervisor: &mut Supervisor, index: usize) {
        let Some(process) = self.processes.get(index) else { return };
        let child = process.child;
        if process.surplus && supervisor.state(child).is_down() {
            self.processes.remove(index);
            supervisor.remove(child);
        }
    }

    /// Replies to the callers whose worker has reached the awaited state, or no longer can.
    pub(super) fn reply_to_waiters(&mut self, supervisor: &Supervisor) {
        for waiter in std::mem::take(&mut self.waiters) {
            match self.outcome(supervisor, &waiter) {
                Some(outcome) => self.effects.reply(waiter.call, outcome),
                None => self.waiters.push(waiter),
            }
        }
    }

    fn outcome(&self, supervisor: &Supervisor, waiter: &StateWaiter) -> Option<Result<Vec<u8>, Fault>> {
        let yes = Some(json(&true));
        let Awaited::Up { not } = &waiter.until else {
            return self.has_stopped(supervisor, waiter.worker);
        };
        let worker = &self.workers[waiter.worker];
        let mut all = true;
        for process in worker.processes.iter().map(|process| &self.processes[*process]) {
            match supervisor.state(process.child) {
                State::Running | State::Paused => {
                    all &= supervisor.pid(process.child).is_none_or(|pid| !not.contains(&pid));
                }
                State::Waiting(_) if !supervisor.backs_off(process.child) => all = false,
                State::Waiting(_) | State::Failed => {
                    let why = process.last_reason.as_deref().unwrap_or("it has ended");
                    return Some(Err(Fault::worker_not_started(&worker.process_name(process.number), why)));
                }
                State::Down => return Some(Err(Fault::worker_down(&worker.name))),
                _ => all = false,
            }
        }
        if all { yes } else { None }
    }

    /// Whether a worker is down or stopping.
    fn goes_down(&self, supervisor: &Supervisor, worker: usize) -> bool {
        self.states(supervisor, worker).all(|state| {
            state.is_down() || matches!(state, State::Stopping(Then::Down) | State::Killed(Then::Down))
        })
    }

    /// Returns the outcome for a caller that waits for a worker to stop: a fault if it was started again meanwhile.
    fn has_stopped(&self, supervisor: &Supervisor, worker: usize) -> Option<Result<Vec<u8>, Fault>> {
        if self.is_down(supervisor, worker) {
            return Some(json(&true));
        }
        let again = !self.goes_down(supervisor, worker);
        again.then(|| Err(Fault::worker_not_started(&self.workers[worker].name, "it was started again")))
    }

    /// Returns the status as its predecessor numbers it: 0 spinup, 1 looping, 2 paused, 3 spindown. Of several processes,
    /// the most active one counts.
    fn status(&self, supervisor: &Supervisor, worker: usize) -> u32 {
        let number = |process: &usize| match self.state_of(supervisor, *process) {
            WorkerState::Spinup | WorkerState::Waiting => state::SPINUP,
            WorkerState::Looping => state::LOOPING,
            WorkerState::Paused => state::PAUSED,
            WorkerState::Spindown | WorkerState::Down | WorkerState::Failed => state::SPINDOWN,
        };
        let states: Vec<u32> = self.workers[worker].processes.iter().map(number).collect();
        let first = [state::LOOPING, state::PAUSED, state::SPINUP];
        first.into_iter().find(|state| states.contains(state)).unwrap_or(state::SPINDOWN)
    }
}
