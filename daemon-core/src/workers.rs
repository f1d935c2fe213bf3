//! The workers of a daemon, as its loop sees them: calls on their way out, replies on their way back.
//!
//! Nothing here waits or runs user code: replies and events are collected, and the loop delivers them. The supervisor
//! decides when a process starts and ends; here it gets a channel.

mod queue;
mod attention;
mod calls;
mod config;
mod life;
mod live;
mod process;
mod admin;
mod worker;
mod status;
mod shutdown;
mod health;
mod spawner;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use mio::Registry;
use slab::Slab;
use tracing::warn;

use self::admin::StateWaiter;
pub(crate) use self::config::{WorkersConfig, descriptors};
use self::live::Live;
use self::process::Process;
use self::shutdown::FatalExit;
use self::spawner::Spawner;
pub(crate) use self::spawner::prefix;
pub(crate) use self::status::{ProcessReport, WorkerSummary};
use self::worker::Worker;
use crate::context::CallId;
use crate::error::{Error, OrError, Result};
use crate::event::{Event, WorkerChange, WorkerState};
use crate::fault::Fault;
use crate::poller::ChannelId;
use crate::supervisor::{Change, ChildId, OwnerId, State, Supervisor, Want};
use crate::sys::descriptor;
use crate::sys::spawn::Executable;
use crate::timers::Deadlines;

/// Processes that all workers may have together; a start or a scale beyond is refused.
const PROCESSES: usize = 4096;

/// The number of the workers among the owners of children.
const OWNER: OwnerId = OwnerId(0);

/// Every worker of a daemon.
pub(crate) struct Workers {
    config: Rc<WorkersConfig>,
    workers: Vec<Worker>,
    processes: Slab<Process>,
    /// The process that belongs to a child of the supervisor.
    of: HashMap<ChildId, usize>,
    /// What the supervisor has changed: at most a few for each process, as all are taken over after each call of it.
    changes: VecDeque<Change>,
    registry: Registry,
    /// Processes that may have sent something: at most all.
    ready: VecDeque<usize>,
    /// Processes that something has happened to since they were last notified.
    touched: BTreeSet<usize>,
    /// When to look at a process.
    checks: Deadlines<usize>,
    effects: Effects,
    /// How many channels there have been.
    channels: u32,
    waiters: Vec<StateWaiter>,
    /// The daemon is finishing what it has accepted, and then stops.
    draining: bool,
    /// How many workers have not been told to stop yet, while the daemon ends: the last one goes first.
    shutting_down: Option<usize>,
    /// A worker without which the daemon cannot go on has been given up.
    fatal: Option<FatalExit>,
}

/// What the loop delivers; it empties this every turn.
#[derive(Default)]
pub(crate) struct Effects {
    /// Outcomes of calls.
    pub(crate) replies: Vec<(CallId, Result<Vec<u8>, Fault>)>,
    /// What has happened.
    pub(crate) events: VecDeque<Event>,
    /// Processes that have ended: freeing their memory takes time, and nothing waits for it.
    ended: Vec<Live>,
}

impl Workers {
    /// The workers of this configuration; nothing is started yet.
    ///
    /// # Errors
    ///
    /// If the system does not let this program keep hold of its own file, or there are too many processes.
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
            processes: Slab::new(),
            of: HashMap::new(),
            changes: VecDeque::new(),
            registry,
            ready: VecDeque::new(),
            touched: BTreeSet::new(),
            checks: Deadlines::new(),
            effects: Effects::default(),
            channels: 0,
            waiters: Vec::new(),
            draining: false,
            shutting_down: None,
            fatal: None,
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

    /// Raises the limit of descriptors for as many processes as there are. Where the system does not let it, starts may
    /// fail, and are tried again.
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

    /// Whether every worker has been ready once, or has failed to: then the daemon is up.
    pub(crate) fn are_up(&self, supervisor: &Supervisor) -> bool {
        // One that was stopped, or added to such a worker, need not.
        let has = |process: &Process| process.was_up || supervisor.state(process.child) == State::Down;
        self.processes.iter().all(|(_, process)| has(process))
    }

    /// Adds so many processes to a worker; they are not started.
    fn add_processes(
        &mut self,
        supervisor: &mut Supervisor,
        worker: usize,
        count: usize,
        now: Instant,
    ) -> Vec<usize> {
        // One that is on its way out has its number until it is gone.
        let others = self.processes.iter().filter(|(_, process)| process.worker == worker);
        let taken: HashSet<usize> = others.map(|(_, process)| process.number).collect();
        let free = (0..).filter(|number| !taken.contains(number)).take(count);
        let new = free.map(|number| {
            let child = supervisor.add(OWNER, self.workers[worker].spec(number), now);
            let index = self.processes.insert(Process::new(child, worker, number));
            self.of.insert(child, index);
            index
        });
        let new: Vec<usize> = new.collect();
        self.workers[worker].processes.extend(&new);
        new
    }

    fn want(&mut self, supervisor: &mut Supervisor, process: usize, want: Want, now: Instant) {
        let child = self.processes[process].child;
        let mut spawner = self.spawner(now);
        supervisor.want(child, want, &mut spawner, now);
        self.take_changes(supervisor, now);
    }

    fn want_all(&mut self, supervisor: &mut Supervisor, worker: usize, want: Want, now: Instant) {
        for process in self.workers[worker].processes.clone() {
            self.want(supervisor, process, want, now);
        }
    }

    /// What the supervisor acts through. Its changes are taken over after each call of the supervisor.
    pub(crate) fn spawner(&mut self, now: Instant) -> Spawner<'_> {
        Spawner {
            config: &self.config,
            workers: &mut self.workers,
            processes: &mut self.processes,
            of: &self.of,
            registry: &self.registry,
            effects: &mut self.effects,
            channels: &mut self.channels,
            touched: &mut self.touched,
            changes: &mut self.changes,
            now,
        }
    }

    /// A process has rung its doorbell, or has closed it.
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
        self.enqueue(id.index);
        if closed {
            self.reap_one(supervisor, id.index, now);
        }
    }

    fn enqueue(&mut self, index: usize) {
        if let Some(process) = self.processes.get_mut(index)
            && !std::mem::replace(&mut process.queued, true)
        {
            self.ready.push_back(index);
        }
    }

    /// Receives what processes have sent, each up to its budget.
    pub(crate) fn receive(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for _ in 0..self.ready.len() {
            let Some(index) = self.ready.pop_front() else { return };
            if let Some(process) = self.processes.get_mut(index) {
                process.queued = false;
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
            let mut spawner = self.spawner(now);
            supervisor.ready(child, &mut spawner, now);
        }
        if let Some(reason) = batch.broken {
            let mut spawner = self.spawner(now);
            supervisor.unfit(child, &reason, &mut spawner, now);
        }
        if batch.more {
            self.enqueue(index);
        }
        self.take_changes(supervisor, now);
        self.touch(supervisor, index, now);
    }

    /// Whether there is something to do at once.
    pub(crate) fn is_busy(&self) -> bool {
        !self.ready.is_empty() || !self.effects.replies.is_empty() || !self.effects.events.is_empty()
    }

    /// Takes over what the supervisor has changed.
    pub(crate) fn take_changes(&mut self, supervisor: &mut Supervisor, now: Instant) {
        while let Some(change) = self.changes.pop_front() {
            self.changed(supervisor, change, now);
        }
    }

    fn changed(&mut self, supervisor: &mut Supervisor, change: Change, now: Instant) {
        let Some(&index) = self.of.get(&change.child) else { return };
        let process = &mut self.processes[index];
        let worker = &mut self.workers[process.worker];
        let state = worker_state(change.to);
        process.was_up |= state != WorkerState::Spinup;
        if let Some(reason) = &change.reason {
            process.last_reason = Some(reason.clone());
        }
        self.effects.events.push_back(Event::Worker(WorkerChange {
            worker: worker.name.clone(),
            process: process.number,
            state,
            reason: change.reason.clone(),
        }));
        if state == WorkerState::Failed && !worker.spec.optional && self.fatal.is_none() {
            let reason = change.reason.unwrap_or_else(|| "it has ended".to_owned());
            self.fatal = Some(FatalExit {
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

    /// Whether no process of a worker runs or will.
    fn is_down(&self, supervisor: &Supervisor, worker: usize) -> bool {
        self.states(supervisor, worker).all(State::is_down)
    }

    fn states(&self, supervisor: &Supervisor, worker: usize) -> impl Iterator<Item = State> {
        self.workers[worker].processes.iter().map(|process| supervisor.state(self.processes[*process].child))
    }

    /// Tells every worker to reload.
    pub(crate) fn reload(&mut self) {
        self.processes.iter_mut().for_each(|(_, process)| process.reload());
        self.touched.extend(self.processes.iter().map(|(index, _)| index));
    }

    pub(crate) fn take_effects(&mut self) -> Effects {
        std::mem::take(&mut self.effects)
    }

    /// The state of a process: what the supervisor knows, and whether it has announced its own end.
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
