//! Other people's programs, as the daemon looks after them: started in the order of their needs, restarted, stopped in
//! reverse.
//!
//! Nothing here waits or runs user code: replies and events are collected, and the loop delivers them. The supervisor
//! decides when a process starts and ends. What a service is, is data: see [`crate::service`].
//!
//! What happens to a service costs the same however many there are: they are found by name, by process and by deadline,
//! and each counts those that it waits for.

mod config;
mod plan;
mod entry;
mod table;
mod launch;
mod held;
mod output;
mod log_file;
mod notify;
mod readiness;
mod sources;
mod owner;
mod life;
mod due;
mod helpers;
mod status;
mod admin;
mod waiters;
mod tail;
mod definitions;
mod shutdown;
#[cfg(feature = "supervisorctl")]
pub(crate) mod supervisorctl;
#[cfg(not(feature = "supervisorctl"))]
#[path = "without/supervisorctl.rs"]
mod supervisorctl;

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use mio::Registry;

pub(crate) use self::config::ServicesConfig;
use self::due::Due;
use self::held::Held;
use self::notify::NotifySocket;
use self::shutdown::Shutdown;
use self::sources::{Sources, Watched};
use self::supervisorctl::Supervisorctl;
use self::table::Table;
use self::waiters::Waiter;
use crate::context::CallId;
use crate::deadlines::Deadlines;
use crate::error::{Error, Result};
use crate::event::{Event, ServiceChange, ServiceState};
use crate::fault::Fault;
use crate::supervisor::{Change, ChildId, OwnerId, Supervisor};

/// The id of the services among the owners of children.
pub(crate) const OWNER: OwnerId = OwnerId(2);

/// The most services that a daemon may have; one more is refused.
const SERVICES: usize = 16 * 1024;

/// Every service of a daemon.
pub(crate) struct Services {
    config: ServicesConfig,
    registry: Rc<Registry>,
    table: Table,
    /// What each child is here.
    roles: HashMap<ChildId, Role>,
    /// The services that have a process, by its number.
    pids: HashMap<i32, usize>,
    held: Held,
    sources: Sources,
    notify: Option<NotifySocket>,
    /// What the supervisor has changed: at most a few for each child, because they are applied after each call of it.
    changes: VecDeque<Change>,
    /// Replies and events for the loop to deliver, which empties this every turn.
    effects: Vec<Effect>,
    /// Callers that wait for services to reach a state.
    waiters: Vec<Waiter>,
    /// When they stop waiting.
    patience: Deadlines<CallId>,
    deadlines: Deadlines<(usize, Due)>,
    /// The services whose output has more to read; at most all.
    unread: VecDeque<usize>,
    /// How many services are not down.
    alive: usize,
    /// The commands that run and are no services.
    helpers: HashSet<ChildId>,
    shutdown: Shutdown,
    supervisorctl: Supervisorctl,
}

/// What a child is for the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A service.
    Service(usize),
    /// The command that finds out whether a service is ready.
    Probe(usize),
    /// The command that is run when a service is given up.
    Alarm,
    /// A command whose outcome does not matter any more.
    Forgotten,
}

/// What the loop delivers for the services.
pub(crate) enum Effect {
    /// The outcome of a request.
    Reply(CallId, Result<Vec<u8>, Fault>),
    Event(Event),
    /// The daemon must end with this error.
    Fail(Error),
    /// The daemon must end with this exit code.
    Exit(u8),
}

impl Services {
    /// Creates the services that the program and the file declare; nothing is started yet.
    ///
    /// # Errors
    ///
    /// If one of them is wrong, or the file can't be read, or a descriptor can't be opened.
    pub(crate) fn new(
        config: ServicesConfig,
        supervisor: &mut Supervisor,
        registry: Rc<Registry>,
        now: Instant,
    ) -> Result<Self> {
        let mut services = Services {
            config,
            registry,
            table: Table::default(),
            roles: HashMap::new(),
            pids: HashMap::new(),
            held: Held::default(),
            sources: Sources::default(),
            notify: None,
            changes: VecDeque::new(),
            effects: Vec::new(),
            waiters: Vec::new(),
            patience: Deadlines::new(),
            deadlines: Deadlines::new(),
            unread: VecDeque::new(),
            alive: 0,
            helpers: HashSet::new(),
            shutdown: Shutdown::default(),
            supervisorctl: Supervisorctl::default(),
        };
        services.load(supervisor, now)?;
        Ok(services)
    }

    /// Whether the daemon has services, or may have some later.
    pub(crate) fn is_enabled(&self) -> bool {
        self.config.is_enabled
    }

    /// Whether nothing needs to be done in a turn.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty() && self.helpers.is_empty() && self.effects.is_empty()
    }

    /// Starts every service that is started with the daemon.
    pub(crate) fn start(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for index in self.table.indices() {
            if self.table[index].service.autostart {
                self.begin(supervisor, index, now);
            }
        }
    }

    /// Whether there is something to do at once.
    pub(crate) fn is_busy(&self) -> bool {
        !self.unread.is_empty()
            || !self.effects.is_empty()
            || self.notify.as_ref().is_some_and(NotifySocket::has_more)
    }

    /// Returns when something is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.deadlines.next().into_iter().chain(self.patience.next()).min()
    }

    /// Handles a descriptor that is ready.
    pub(crate) fn on_ready(&mut self, supervisor: &mut Supervisor, source: u64, now: Instant) {
        match self.sources.get(source) {
            Some(Watched::Output(index)) => self.read_output(index),
            Some(Watched::Ready(index)) => self.read_ready(supervisor, index, now),
            Some(Watched::Notify) => self.read_notifications(supervisor, now),
            None => {}
        }
    }

    /// Does what is due. This comes before the supervisor starts processes.
    pub(crate) fn tick(&mut self, supervisor: &mut Supervisor, now: Instant) {
        for _ in 0..self.unread.len() {
            if let Some(index) = self.unread.pop_front() {
                self.read_more(index);
            }
        }
        if self.notify.as_ref().is_some_and(NotifySocket::has_more) {
            self.read_notifications(supervisor, now);
        }
        while let Some((_, (index, due))) = self.deadlines.pop(now) {
            self.on_due(supervisor, index, due, now);
        }
        self.expire_waiters(now);
    }

    /// Applies what the supervisor has changed.
    pub(crate) fn apply_changes(&mut self, supervisor: &mut Supervisor, now: Instant) {
        if self.changes.is_empty() {
            return;
        }
        while let Some(change) = self.changes.pop_front() {
            match self.roles.get(&change.child).copied() {
                Some(Role::Service(index)) => self.apply_change(supervisor, index, change, now),
                Some(Role::Probe(index)) => self.apply_probe(supervisor, index, &change, now),
                Some(Role::Alarm) => self.apply_alarm(supervisor, &change),
                Some(Role::Forgotten) => self.apply_forgotten(supervisor, &change),
                None => {}
            }
        }
        // Only now everything is known about what has changed.
        self.reply_to_waiters(supervisor);
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Tells listeners about the state of a service.
    fn announce(&mut self, index: usize, state: ServiceState, pid: Option<i32>, reason: Option<String>) {
        let service = self.table[index].name.clone();
        self.effects.push(Effect::Event(Event::Service(ServiceChange { service, state, pid, reason })));
    }
}

#[cfg(test)]
mod tests;
