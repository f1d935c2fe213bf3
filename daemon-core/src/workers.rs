//! The workers of a daemon, as its loop sees them: calls on their way out, replies on their way back.
//!
//! Nothing here waits or runs user code: replies and events are collected, and the loop delivers them. The supervisor
//! decides when a process starts and ends; here it gets a channel.

mod config;
mod worker;
mod queue;
mod life;
mod wear;
mod live;
mod process;
mod processes;
mod owner;
mod calls;
mod health;
mod admin;
mod report;
mod status;
mod shutdown;

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use mio::Registry;
use tracing::warn;

use self::admin::StateWaiter;
pub(crate) use self::config::{WorkersConfig, descriptors};
use self::live::Live;
pub(crate) use self::owner::prefix;
use self::process::Process;
use self::processes::Processes;
pub(crate) use self::report::ProcessReport;
use self::shutdown::{FatalExit, Shutdown};
pub(crate) use self::status::WorkerSummary;
use self::worker::Worker;
use crate::context::CallId;
use crate::error::{Error, OrError, Result};
use crate::event::{Event, WorkerChange, WorkerState};
use crate::fault::Fault;
use crate::poller::ChannelId;
use crate::supervisor::{Change, OwnerId, State, Supervisor, Want};
use crate::sys::descriptor;
use crate::sys::spawn::Executable;

/// The most processes that all workers may have together; a start or a scale beyond is refused.
const PROCESSES: usize = 4096;

/// The id of the workers among the owners of children.
const OWNER: OwnerId = OwnerId(0);

/// Every worker of a daemon.
pub(crate) struct Workers {
    config: Rc<WorkersConfig>,
    workers: Vec<Worker>,
    processes: Processes,
    registry: Registry,
    /// What the supervisor has changed: at most a few for each process, because they are applied after each call of it.
    changes: VecDeque<Change>,
    effects: Effects,
    /// Callers that wait for a worker to reach a state.
    waiters: Vec<StateWaiter>,
    shutdown: Shutdown,
}

/// What the loop delivers for the workers.
pub(crate) enum Effect {
    /// The outcome of a call.
    Reply(CallId, Result<Vec<u8>, Fault>),
    Event(Event),
}

/// Replies and events for the loop to deliver, which empties this every turn.
#[derive(Default)]
pub(crate) struct Effects {
    /// In the order in which they happened: a message that a worker emits before it replies arrives before the reply.
    pub(crate) list: Vec<Effect>,
    /// Processes that have ended. Freeing their memory takes time and can wait until everything is delivered.
    ended: Vec<Live>,
}

impl Effects {
    fn reply(&mut self, call: CallId, outcome: Result<Vec<u8>, Fault>) {
        self.list.push(Effect::Reply(call, outcome));
    }

    fn event(&mut self, event: Event) {
        self.list.push(Effect::Event(event));
    }
}

impl Workers {
    /// Creates the workers of this configuration; nothing is started yet.
    ///
    /// # Errors
    ///
    /// If this program's own file cannot be opened, or there are too many processes.
    pub(crate) fn new(
        config: WorkersConfig,
        supervisor: &mut Supervisor,
        registry: &Registry,
        now: Instant,
    ) -> Result<Self> {
        let registry = registry.try_clone().or_error(|| "cannot make a poll".to_owned())?;
        let mut workers = Workers {
            workers: workers(&config)?,
            config: Rc::new(config),
            processes: Processes::default(),
            registry,
            changes: VecDeque::new(),
            effects: Effects::default(),
            waiters: Vec::new(),
            shutdown: Shutdown::default(),
        };
        let processes: usize = workers.workers.iter().map(|worker| worker.spec.processes()).sum();
        if processes > PROCESSES {
            return Err(Error::new(format!(
                "the workers have {processes} processes; the limit is {PROCESSES}"
            )));
        }
        for worker in 0..workers.workers.len() {
            workers.add_processes(supervisor, worker, workers.workers[worker].spec.processes(), now);
        }
        Ok(workers)
    }

    /// Raises the limit of descriptors for the current number of processes. If the system refuses, starts may fail, and
    /// are retried.
    fn allow_descriptors(&self) {
        let wanted = self.config.descriptors + descriptors(self.processes.len());
        if let Err(error) = descriptor::allow(wanted) {
            warn!("cannot have {wanted} descriptors: {error}");
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.workers.is_empty()
    }

    /// Starts every worker, in order.
    pub(crate) fn start(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for worker in 0..self.workers.len() {
            self.want_all(supervisor, worker, Want::Start, now);
        }
    }

    /// Whether every worker has been ready once, or has failed. Then the daemon is up.
    pub(crate) fn are_up(&self, supervisor: &Supervisor) -> bool {
        // A process that was stopped is not waited for.
        let has = |process: &Process| process.was_up || supervisor.state(process.child) == State::Down;
        self.processes.iter().all(|(_, process)| has(process))
    }

    /// Returns the first worker that is meant to run and has no process that can take calls.
    pub(crate) fn missing(&self, supervisor: &Supervisor) -> Option<String> {
        let state = |process: &usize| self.state_of(supervisor, *process);
        let is_missing = |worker: &&Worker| {
            let mut processes =
                worker.processes.iter().map(state).filter(|state| *state != WorkerState::Down);
            let first = processes.next();
            let serves = |state| matches!(state, WorkerState::Looping | WorkerState::Paused);
            first.is_some_and(|first| !serves(first) && !processes.any(serves))
        };
        self.workers.iter().find(is_missing).map(|worker| worker.name.to_string())
    }

    /// Adds processes to a worker, without starting them; returns their indices.
    fn add_processes(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        count: usize,
        now: Instant,
    ) -> Vec<usize> {
        // A surplus process keeps its number until it has ended.
        let others = self.processes.iter().filter(|(_, process)| process.worker == worker);
        let taken: HashSet<usize> = others.map(|(_, process)| process.number).collect();
        let free = (0..).filter(|number| !taken.contains(number)).take(count);
        let new = free.map(|number| {
            let child = supervisor.add(OWNER, self.workers[worker].spec(number), now);
            self.processes.insert(child, worker, number)
        });
        let new: Vec<usize> = new.collect();
        self.workers[worker].processes.extend(&new);
        new
    }

    fn want(&mut self, supervisor: &mut Supervisor, process: usize, want: Want, now: Instant) {
        supervisor.want(self.processes[process].child, want, self, now);
        self.apply_changes(supervisor, now);
    }

    fn want_all(&mut self, supervisor: &mut Supervisor, worker: usize, want: Want, now: Instant) {
        for process in self.workers[worker].processes.clone() {
            self.want(supervisor, process, want, now);
        }
    }

    /// Notes that something has happened to a process, which is notified at the end of the turn.
    fn touch(&mut self, supervisor: &Supervisor, index: usize, now: Instant) {
        self.processes.touch(index);
        self.arrange(supervisor, index, now);
    }

    fn arrange(&mut self, supervisor: &Supervisor, index: usize, now: Instant) {
        if let Some(process) = self.processes.get_mut(index) {
            let (worker, state) = (process.worker, supervisor.state(process.child));
            self.processes.arrange(index, &mut self.workers[worker], state, now);
        }
    }

    /// Handles a process that has rung its doorbell, or has closed it.
    pub(crate) fn on_readable(
        &mut self,
        supervisor: &mut Supervisor,
        id: ChannelId,
        closed: bool,
        now: Instant,
    ) {
        let Some(process) = self.processes.get_mut(id.index).filter(|process| process.channel == id) else {
            return;
        };
        process.on_doorbell(closed, now);
        self.touch(supervisor, id.index, now);
        self.processes.enqueue(id.index);
        if closed {
            self.reap_one(supervisor, id.index, now);
        }
    }

    /// Receives what processes have sent, each up to its budget.
    pub(crate) fn receive(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for _ in 0..self.processes.readable() {
            let Some(index) = self.processes.pop_readable() else { return };
            if self.processes.get_mut(index).is_some() {
                self.receive_from(supervisor, index, now);
            }
        }
    }

    /// Receives what one process has sent, up to its budget.
    fn receive_from(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let process = &mut self.processes[index];
        let worker = &self.workers[process.worker];
        let batch = process.receive(worker, &mut self.effects, now);
        let child = process.child;
        if batch.ready {
            supervisor.ready(child, self, now);
        }
        if let Some(reason) = batch.broken {
            supervisor.unfit(child, &reason, self, now);
        }
        if batch.more {
            self.processes.enqueue(index);
        }
        self.apply_changes(supervisor, now);
        self.recycle(supervisor, index, now);
        self.touch(supervisor, index, now);
    }

    /// Whether there is something to do at once.
    pub(crate) fn is_busy(&self) -> bool {
        self.processes.readable() > 0 || !self.effects.list.is_empty()
    }

    /// Applies what the supervisor has changed.
    pub(crate) fn apply_changes(&mut self, supervisor: &mut Supervisor, now: Instant) {
        while let Some(change) = self.changes.pop_front() {
            self.apply_change(supervisor, change, now);
        }
    }

    fn apply_change(&mut self, supervisor: &mut Supervisor, change: Change, now: Instant) {
        let Some(index) = self.processes.of(change.child) else { return };
        let process = &mut self.processes[index];
        let worker = &mut self.workers[process.worker];
        let state = worker_state(change.to);
        process.was_up |= state != WorkerState::Spinup;
        if let Some(reason) = &change.reason {
            process.last_reason = Some(reason.clone());
        }
        self.effects.event(Event::Worker(WorkerChange {
            worker: worker.name.clone(),
            process: process.number,
            state,
            reason: change.reason.clone(),
        }));
        if state == WorkerState::Failed && !worker.spec.optional {
            let reason = change.reason.as_deref().unwrap_or("it has ended");
            self.shutdown.fatal.get_or_insert_with(|| FatalExit {
                why: format!("the worker `{}` was given up: {reason}", worker.process_name(process.number)),
                clean: change.exit.is_some_and(|exit| exit.is_clean()),
            });
        }
        let worker = process.worker;
        if matches!(state, WorkerState::Down | WorkerState::Failed) && self.is_down(supervisor, worker) {
            let why = Fault::worker_down(&self.workers[worker].name);
            self.workers[worker].queue.fail_all(&why, &mut self.effects);
        }
        self.touch(supervisor, index, now);
        self.remove_surplus(supervisor, index);
    }

    /// Whether no process of a worker runs or is about to.
    fn is_down(&self, supervisor: &Supervisor, worker: usize) -> bool {
        self.states(supervisor, worker).all(State::is_down)
    }

    fn states(&self, supervisor: &Supervisor, worker: usize) -> impl Iterator<Item = State> {
        self.workers[worker].processes.iter().map(|process| supervisor.state(self.processes[*process].child))
    }

    /// Asks every process to reload.
    pub(crate) fn reload(&mut self) {
        let indices: Vec<usize> = self.processes.iter().map(|(index, _)| index).collect();
        for index in indices {
            self.processes[index].reload();
            self.processes.touch(index);
        }
    }

    pub(crate) fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// Returns the state of a process: the supervisor's, unless the process has announced that it is about to exit.
    fn state_of(&self, supervisor: &Supervisor, process: usize) -> WorkerState {
        let process = &self.processes[process];
        match worker_state(supervisor.state(process.child)) {
            WorkerState::Looping | WorkerState::Paused if process.is_leaving() => WorkerState::Spindown,
            state => state,
        }
    }
}

fn workers(config: &WorkersConfig) -> Result<Vec<Worker>> {
    if config.types.is_empty() {
        return Ok(Vec::new());
    }
    let program = Executable::own().or_error(|| "cannot open this program's own file".to_owned())?;
    let program = Rc::new(program);
    Ok(config.types.iter().map(|declared| Worker::new(&**declared, config, program.clone())).collect())
}

fn worker_state(state: State) -> WorkerState {
    match state {
        State::Down => WorkerState::Down,
        State::Waiting(_) => WorkerState::Waiting,
        State::Starting(_) => WorkerState::Spinup,
        State::Running => WorkerState::Looping,
        State::Paused => WorkerState::Paused,
        State::Stopping(_) | State::Killed(_) | State::Failing(_) => WorkerState::Spindown,
        State::Failed => WorkerState::Failed,
    }
}

#[cfg(test)]
mod tests;
