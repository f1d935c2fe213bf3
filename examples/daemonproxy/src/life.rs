//! The life of services: starts, ends, and what starts them by themselves.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use daemon_core::supervision::{Change, ChildId, ChildSpec, Exit, ExitReport, Failure, Owner, OwnerId, Pid};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, Shutdown, SockFlag, SockType, shutdown, socketpair};

use crate::clock;
use crate::controller::Kind;
use crate::handles::{BOTH, COMMANDS, EVENTS};
use crate::log::Level;
use crate::proxy::Proxy;
use crate::services::{Run, Service, Slot, State};
use crate::sys;
use crate::text::{Fields, Name};

/// The most services started in a turn, so that controllers get their share as well.
const STARTS: usize = 8;
/// The time between a start that failed and the next attempt.
const RETRY: Duration = Duration::from_secs(3);
/// The exit code of a service whose program cannot be run.
const NO_PROGRAM: i32 = 3;
/// The most children that the supervisor reaps in a turn, with some to spare.
const REAPED: usize = 64;
/// The entry of a list of handles that stands for a closed descriptor.
const CLOSED: &[u8] = b"-";

/// The children that were reaped in this turn.
pub(crate) struct Reaped(Vec<(ChildId, Exit)>);

impl Reaped {
    pub(crate) fn new() -> Self {
        Reaped(Vec::with_capacity(REAPED))
    }
}

/// Services are started here, and only looked after by the supervisor.
impl Owner for Reaped {
    fn start(&mut self, _: ChildId, _: &ChildSpec, _: bool, _: Instant) -> daemon_core::Result<Pid> {
        Err(daemon_core::Error::new("a service is not started by its supervisor"))
    }

    fn ended(&mut self, child: ChildId, exit: Exit, _: Instant) -> ExitReport {
        self.0.push((child, exit));
        ExitReport::default()
    }

    fn changed(&mut self, _: Change) {}
}

/// Why a service cannot be started now.
enum NoStart {
    /// It needs a connection, and there is no room for one more controller.
    NoController,
    System(Errno),
}

impl From<Errno> for NoStart {
    fn from(error: Errno) -> Self {
        NoStart::System(error)
    }
}

/// What a service's connection to this program is for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Uses {
    commands: bool,
    events: bool,
}

impl Uses {
    /// Returns what a list of handles asks for.
    fn of(fds: &[u8]) -> Uses {
        let lists = |name: &[u8]| Fields::new(fds).any(|field| field == name || field == BOTH);
        Uses { commands: lists(COMMANDS), events: lists(EVENTS) }
    }

    fn is_none(self) -> bool {
        !self.commands && !self.events
    }
}

impl Proxy {
    /// Has a service wait for its start, and reports it.
    pub(crate) fn schedule(&mut self, slot: Slot, at: Duration) {
        self.services.schedule(slot, at);
        self.report_state(slot);
    }

    /// Sends the event about the state of a service to all controllers.
    pub(crate) fn report_state(&mut self, slot: Slot) {
        self.broadcast(|proxy, line| {
            if let Some(service) = proxy.services.get(slot) {
                service.state_event(proxy.now, line);
            }
        });
    }

    /// Starts the services that are due, the newest request first.
    pub(crate) fn start_due(&mut self) {
        for _ in 0..STARTS {
            let Some(slot) = self.services.take_due(self.now) else { return };
            if let Err(failed) = self.start(slot) {
                match failed {
                    NoStart::NoController => {
                        self.log.line(Level::Error, format_args!("no free controller for a service"));
                    }
                    NoStart::System(error) => {
                        let cause = sys::describe(error);
                        self.log.bytes(Level::Error, format_args!("fork failed: "), cause.as_bytes());
                    }
                }
                self.log.line(Level::Info, format_args!("will retry in {} seconds", RETRY.as_secs()));
                self.schedule(slot, self.now + RETRY);
            }
        }
    }

    fn start(&mut self, slot: Slot) -> Result<(), NoStart> {
        let Some(service) = self.services.get(slot) else { return Ok(()) };
        let uses = Uses::of(service.fds());
        if !uses.is_none() && !self.controllers.has_room() {
            return Err(NoStart::NoController);
        }
        let sockets = if uses.is_none() { None } else { Some(connect(uses)?) };
        let (ours, theirs) = sockets.unzip();
        let (pid, since) = self.launch(slot, theirs.as_ref())?;
        let spec = ChildSpec::started_elsewhere();
        let child = self.turn.supervisor.adopt(OwnerId(0), spec, pid, Instant::now());
        self.services.started(slot, Run { child, pid, since });
        if let Some(ours) = ours {
            let kind = Kind::Service(slot);
            self.controllers.add_socket(kind, ours, uses.commands, uses.events, &self.turn);
        }
        self.report_state(slot);
        Ok(())
    }

    /// Starts the process of a service; returns it, and when it was started.
    fn launch(&mut self, slot: Slot, connection: Option<&OwnedFd>) -> Result<(Pid, Duration), Errno> {
        let Some(service) = self.services.get(slot) else { return Err(Errno::ESRCH) };
        let handles = &self.handles;
        let descriptor = |name: &[u8]| match name {
            COMMANDS | EVENTS | BOTH => connection.map(AsFd::as_fd),
            name => Name::new(name).and_then(|name| handles.descriptor(name)),
        };
        let missing = listed(service).find(|name| *name != CLOSED && descriptor(name).is_none());
        let failure = match missing {
            Some(_) => Failure::Abort,
            None if self.log.is_standard() && handles.standard_error().is_some() => Failure::Said(NO_PROGRAM),
            None => Failure::Code(NO_PROGRAM),
        };
        let descriptors = listed(service).map(|name| if name == CLOSED { None } else { descriptor(name) });
        let since = clock::now();
        let pid = self
            .launcher
            .start(Fields::new(service.args()), descriptors, failure)
            .map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
        if let Some(name) = missing {
            self.log.bytes(Level::Error, format_args!("file descriptor "), quoted(name).as_bytes());
        }
        Ok((pid, since))
    }

    /// Reaps children that have ended.
    pub(crate) fn reap(&mut self) {
        self.turn.reap(&mut self.reaped, Instant::now());
        for place in 0..self.reaped.0.len() {
            let (child, exit) = self.reaped.0[place];
            self.turn.supervisor.remove(child);
            if let Some(slot) = self.services.of_child(child) {
                self.ended(slot, exit);
            }
        }
        self.reaped.0.clear();
    }

    fn ended(&mut self, slot: Slot, exit: Exit) {
        let now = self.now;
        let Some(service) = self.services.get_mut(slot) else { return };
        let Some(run) = service.run() else { return };
        service.state = State::Ended { run, exit, at: now };
        let (trigger, interval) = (service.trigger, Duration::from_secs(service.interval.into()));
        self.controllers.on_service_ended(slot);
        self.report_state(slot);
        if trigger.holds(&self.counts) {
            let has_run = now.saturating_sub(run.since) >= interval;
            self.schedule(slot, if has_run { now } else { now + interval });
            // Clients know this event twice: that the service will start, and when.
            self.report_state(slot);
        }
    }

    /// Starts the services that one of these signals triggers, whatever their interval.
    pub(crate) fn trigger(&mut self, signals: u64) {
        let is_wanted = |service: &Service| {
            service.run().is_none()
                && (1..64).any(|number| signals & (1 << number) != 0 && service.trigger.lists(number))
        };
        let mut from = 0;
        while let Some(slot) = self.services.next_slot(from, is_wanted) {
            self.schedule(slot, self.now);
            from = slot + 1;
        }
    }
}

/// Returns the names of the handles that a service gets.
fn listed(service: &Service) -> impl Iterator<Item = &[u8]> {
    Fields::new(service.fds()).filter(|_| !service.fds().is_empty())
}

/// Returns a connection for a service: our end and its. The direction that is not used is closed.
fn connect(uses: Uses) -> Result<(OwnedFd, OwnedFd), Errno> {
    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::SOCK_CLOEXEC)?;
    if !uses.events {
        shutdown(ours.as_raw_fd(), Shutdown::Write)?;
    }
    if !uses.commands {
        shutdown(ours.as_raw_fd(), Shutdown::Read)?;
    }
    Ok((ours, theirs))
}

fn quoted(name: &[u8]) -> crate::text::Text<64> {
    let mut text = crate::text::Text::of(b"\"");
    text.push(name).push(b"\" does not exist");
    text
}
