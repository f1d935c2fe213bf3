//! A turn without peers and user code: the poll, the signals and the children.
//!
//! This is all that a supervisor without sockets needs; the event loop adds the rest.

use std::time::{Duration, Instant};

use mio::Registry;
use mio::event::Event as Readiness;

use crate::error::Result;
use crate::event::Signal;
use crate::poller::{Poller, Source};
use crate::signals::Signals;
use crate::supervisor::{Owners, Supervisor};

/// The poll, the signals and the children of a loop.
pub(super) struct Turn {
    poller: Poller,
    signals: Signals,
    pub(super) supervisor: Supervisor,
    /// Whether more children may have ended than were reaped.
    unreaped: bool,
}

impl Turn {
    pub(super) fn new(mut signals: Signals) -> Result<Self> {
        let poller = Poller::new()?;
        signals.register(poller.registry(), Source::Signals.into())?;
        Ok(Turn { poller, signals, supervisor: Supervisor::new(), unreaped: false })
    }

    pub(super) fn registry(&self) -> &Registry {
        self.poller.registry()
    }

    pub(super) fn waker(&self) -> Result<impl Fn() + Clone + Send + Sync + 'static> {
        self.poller.waker()
    }

    /// Adds a signal to those that [`take_signals`](Turn::take_signals) returns.
    pub(super) fn add_signal(&self, signal: Signal) -> Result<()> {
        self.signals.add(signal)
    }

    /// Waits until something is ready, at most for `timeout`: the one blocking call of a turn.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.poller.wait(timeout)
    }

    /// Returns the sources that the last wait reported as ready, and the supervisor, which handles some of them.
    pub(super) fn ready(&mut self) -> (impl Iterator<Item = (Source, &Readiness)>, &mut Supervisor) {
        (self.poller.ready(), &mut self.supervisor)
    }

    /// Returns the signals that have arrived, those that stop the daemon first.
    pub(super) fn take_signals(&mut self) -> Vec<Signal> {
        self.signals.take()
    }

    /// Reaps children after a SIGCHLD. If there are many, some are left to the next turn.
    pub(super) fn reap(&mut self, owners: &mut dyn Owners, now: Instant) {
        self.unreaped = self.supervisor.reap(owners, now);
    }

    /// Whether there is something to do at once.
    pub(super) fn is_busy(&self) -> bool {
        self.unreaped
    }

    /// Returns when there is something to do without readiness.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.supervisor.next_deadline()
    }
}

#[cfg(test)]
mod tests {
    use nix::unistd::Pid;

    use super::*;
    use crate::supervisor::spec::{
        ChildSpec, Environment, Given, Group, Policy, Program, Readiness, Rights, Streams,
    };
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
            spec.spawn(Given { descriptors: &[], environment: &[] })
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
        let mut turn = Turn::new(Signals::new().unwrap()).unwrap();
        turn.add_signal(Signal::SIGCHLD).unwrap();
        let mut starter = Starter::default();
        let spec = ChildSpec {
            name: "true".to_owned(),
            program: Program::Path("/bin/true".into()),
            arguments: vec!["true".into()],
            environment: Environment::default(),
            descriptors: Vec::new(),
            streams: Streams::Null,
            blocked: false,
            group: Group::Own,
            directory: None,
            rights: Rights::default(),
            readiness: Readiness::Started,
            quiet: false,
            policy: Policy::new(),
        };
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
