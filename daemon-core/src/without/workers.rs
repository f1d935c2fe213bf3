//! A stand-in for the workers of a daemon without the feature `workers`: it has none.

use std::time::{Duration, Instant};

use mio::Registry;
use nix::unistd::Pid;

#[path = "../workers/config.rs"]
mod config;
#[cfg(feature = "metrics")]
#[path = "../workers/report.rs"]
mod report;

pub(crate) use self::config::{WorkersConfig, descriptors};
#[cfg(feature = "metrics")]
pub(crate) use self::report::ProcessReport;
use crate::context::{CallId, Callee, OutgoingCall, WorkerRequest};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::Fault;
use crate::poller::ChannelId;
use crate::supervisor::spec::ChildSpec;
use crate::supervisor::{Change, ChildId, ExitReport, Owner, Supervisor};
use crate::sys::exit::Exit;

/// The workers of a daemon.
pub(crate) struct Workers;

/// Replies and events for the loop to deliver: always empty.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) list: Vec<Effect>,
}

/// What the loop would deliver.
pub(crate) enum Effect {
    Reply(CallId, Result<Vec<u8>, Fault>),
    Event(Event),
}

/// Why the daemon must end because of a worker: never.
pub(crate) struct FatalExit {
    pub(crate) why: String,
    pub(crate) clean: bool,
}

/// What the names of segments begin with.
pub(crate) fn prefix(daemon: &str) -> String {
    daemon.to_owned()
}

impl Workers {
    pub(crate) fn new(_: WorkersConfig, _: &mut Supervisor, _: &Registry, _: Instant) -> Result<Self> {
        Ok(Workers)
    }

    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn reports(&self, _: &Supervisor, _: Instant) -> Vec<ProcessReport> {
        Vec::new()
    }

    pub(crate) fn missing(&self, _: &Supervisor) -> Option<String> {
        None
    }

    pub(crate) fn is_busy(&self) -> bool {
        false
    }

    pub(crate) fn are_up(&self, _: &Supervisor) -> bool {
        true
    }

    pub(crate) fn are_down(&self, _: &Supervisor) -> bool {
        true
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        None
    }

    /// Fails: a handler can still call a worker by name.
    pub(crate) fn call(
        &mut self,
        _: &Supervisor,
        _: CallId,
        call: OutgoingCall,
    ) -> Result<Option<Duration>, Fault> {
        let worker = match &call.callee {
            Callee::Named { worker, .. } => worker,
            Callee::Known { .. } => "",
        };
        Err(Fault::no_worker(worker))
    }

    pub(crate) fn take_effects(&mut self) -> Effects {
        Effects::default()
    }

    pub(crate) fn fatal(&self) -> Option<&FatalExit> {
        None
    }

    pub(crate) fn take_fatal(&mut self) -> Option<FatalExit> {
        None
    }

    pub(crate) fn start(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn on_readable(&mut self, _: &mut Supervisor, _: ChannelId, _: bool, _: Instant) {}

    pub(crate) fn receive(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn send_calls(&mut self, _: &Supervisor, _: Instant) {}

    pub(crate) fn expire(&mut self, _: &mut Supervisor, _: CallId, _: Instant) {}

    pub(crate) fn tick(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn supervised(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn apply_changes(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn manage(&mut self, _: &mut Supervisor, _: WorkerRequest, _: CallId, _: Instant) {}

    pub(crate) fn reload(&mut self) {}

    pub(crate) fn drain(&mut self) {}

    pub(crate) fn hurry(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn shut_down(&mut self, _: &mut Supervisor, _: Instant) {}
}

impl Owner for Workers {
    fn start(&mut self, _: ChildId, _: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
        Err(Error::new("there is no such worker"))
    }

    fn set_paused(&mut self, _: ChildId, _: bool) {}

    fn ended(&mut self, _: ChildId, _: Exit, _: Instant) -> ExitReport {
        ExitReport::default()
    }

    fn changed(&mut self, _: Change) {}
}
