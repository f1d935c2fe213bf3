//! A turn without peers and user code: the poll, the signals and the children.
//!
//! This is all that a supervisor without sockets needs; the event loop adds the rest.

use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};
use std::{fmt, io};

use mio::event::Event as Readiness;
use mio::unix::SourceFd;
use mio::{Interest, Registry};

use crate::error::Result;
use crate::poller::{Poller, Source, WatchId};
use crate::signal::Signal;
use crate::signals::Signals;
use crate::supervisor::{Owners, Supervisor};

/// The poll, the signals and the children of a loop.
///
/// A loop calls [`wait`](Turn::wait), the one blocking call of its turn. Then it takes the signals, reaps the children if
/// SIGCHLD is among them or the last turn has left some, handles what is [`ready`](Turn::ready), and calls
/// [`Supervisor::tick`].
///
/// The limit: signals of one kind that arrive within one turn count as one (signal(7)).
pub struct Turn {
    poller: Poller,
    signals: Signals,
    /// The children.
    pub supervisor: Supervisor,
    /// Whether more children may have ended than were reaped.
    unreaped: bool,
}

/// A watched descriptor that has become ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// The number that it is watched by.
    pub id: u64,
    /// Whether there may be something to read, or the other side has closed.
    pub readable: bool,
    /// Whether there may be room to write, or the other side has closed.
    pub writable: bool,
}

impl Turn {
    /// Makes a poll, and listens to these signals. There can be one in a process, which must not fork afterwards: the
    /// child would write to the same pipe.
    ///
    /// A loop with children needs SIGCHLD.
    ///
    /// # Errors
    ///
    /// If the system does not let it listen to one of the signals, or has no descriptors left.
    pub fn new(signals: &[Signal]) -> Result<Self> {
        Turn::with_signals(Signals::listen(signals)?)
    }

    /// Makes a poll for these signals.
    pub(crate) fn with_signals(mut signals: Signals) -> Result<Self> {
        let poller = Poller::new()?;
        signals.register(poller.registry(), Source::Signals.into())?;
        Ok(Turn { poller, signals, supervisor: Supervisor::new(), unreaped: false })
    }

    pub(crate) fn registry(&self) -> &Registry {
        self.poller.registry()
    }

    pub(crate) fn waker(&self) -> Result<impl Fn() + Clone + Send + Sync + 'static> {
        self.poller.waker()
    }

    /// Adds a signal to those that [`signals`](Turn::signals) returns.
    ///
    /// # Errors
    ///
    /// If the system does not let it listen to the signal.
    pub fn add_signal(&self, signal: Signal) -> Result<()> {
        self.signals.add(signal)
    }

    /// Watches a descriptor, for reading and for writing, by a number that the caller chooses.
    ///
    /// It is reported once each time it becomes ready: then read or write until that would block. End the watch before the
    /// descriptor is closed, as another process may have a copy of it.
    ///
    /// # Errors
    ///
    /// The kind is `PermissionDenied` if it is a file, which is always ready; `AlreadyExists` if it is watched already.
    pub fn watch(&self, descriptor: BorrowedFd<'_>, id: u64) -> io::Result<()> {
        let number = descriptor.as_raw_fd();
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry().register(&mut SourceFd(&number), Source::Watch(WatchId(id)).into(), both)
    }

    /// Ends the watch of a descriptor; one that is not watched is left alone.
    pub fn unwatch(&self, descriptor: BorrowedFd<'_>) {
        let _ = self.registry().deregister(&mut SourceFd(&descriptor.as_raw_fd()));
    }

    /// Waits until something is ready, at most for `timeout`: the one blocking call of a turn.
    ///
    /// # Errors
    ///
    /// If the system call fails. A signal only ends the wait.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.poller.wait(timeout)
    }

    /// Returns the watched descriptors that the last wait reported. One that was closed since may be among them.
    pub fn ready(&self) -> impl Iterator<Item = Ready> {
        self.poller.ready().filter_map(|(source, event)| match source {
            Source::Watch(WatchId(id)) => Some(Ready {
                id,
                readable: event.is_readable() || event.is_read_closed() || event.is_error(),
                writable: event.is_writable() || event.is_write_closed() || event.is_error(),
            }),
            Source::Waker
            | Source::Signals
            | Source::Listener(_)
            | Source::Doorbell(_)
            | Source::Connection(_)
            | Source::Service(_) => None,
        })
    }

    /// Whether a signal interrupted the last wait.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.poller.was_interrupted()
    }

    /// Returns the sources that the last wait reported as ready, and the supervisor, which handles some of them.
    pub(crate) fn sources(&mut self) -> (impl Iterator<Item = (Source, &Readiness)>, &mut Supervisor) {
        (self.poller.ready(), &mut self.supervisor)
    }

    /// Returns the signals that have arrived, in no order.
    pub fn signals(&mut self) -> impl Iterator<Item = Signal> {
        self.signals.pending()
    }

    /// Returns the signals that have arrived, those that stop the daemon first.
    pub(crate) fn take_signals(&mut self) -> Vec<Signal> {
        self.signals.take()
    }

    /// Reaps children after a SIGCHLD. If there are many, some are left to the next turn.
    pub fn reap(&mut self, owners: &mut dyn Owners, now: Instant) {
        self.unreaped = self.supervisor.reap(owners, now);
    }

    /// Whether there is something to do at once: children to reap.
    pub fn is_busy(&self) -> bool {
        self.unreaped
    }

    /// Returns when there is something to do without readiness.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.supervisor.next_deadline()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("supervisor", &self.supervisor).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use nix::unistd::Pid;

    use super::*;
    use crate::supervisor::spec::ChildSpec;
    use crate::supervisor::{Change, ChildId, ExitReport, Owner, OwnerId, Want};
    use crate::sys::exit::Exit;

    /// Starts the process of a spec.
    #[derive(Default)]
    struct Starter {
        starts: u32,
    }

    impl Owner for Starter {
        fn start(&mut self, _: ChildId, spec: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
            self.starts += 1;
            spec.start()
        }

        fn set_paused(&mut self, _: ChildId, _: bool) {}

        fn ended(&mut self, _: ChildId, exit: Exit, _: Instant) -> ExitReport {
            assert!(exit.is_clean(), "{exit}");
            ExitReport::default()
        }

        fn changed(&mut self, _: Change) {}
    }

    #[test]
    fn children_are_looked_after_without_peers_and_without_user_code() {
        let mut turn = Turn::new(&[]).unwrap();
        turn.add_signal(Signal::SIGCHLD).unwrap();
        let mut starter = Starter::default();
        let spec = ChildSpec::new("true", "/bin/true");
        let child = turn.supervisor.add(OwnerId(0), spec, Instant::now());
        turn.supervisor.want(child, Want::Start, &mut starter, Instant::now());
        let deadline = Instant::now() + Duration::from_secs(30);
        while starter.starts < 3 {
            let now = Instant::now();
            assert!(now < deadline, "{} starts", starter.starts);
            let next = turn.next_deadline().unwrap_or(deadline).min(deadline);
            let pause = if turn.is_busy() { Duration::ZERO } else { next.saturating_duration_since(now) };
            turn.wait(Some(pause)).unwrap();
            if turn.take_signals().contains(&Signal::SIGCHLD) || turn.is_busy() {
                turn.reap(&mut starter, Instant::now());
            }
            turn.supervisor.tick(&mut starter, Instant::now());
        }
        turn.supervisor.want(child, Want::Stop, &mut starter, Instant::now());
    }
}
