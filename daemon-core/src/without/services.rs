//! A stand-in for the services of a daemon without the feature `services`: it has none.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use mio::Registry;
use nix::unistd::Pid;

use crate::context::CallId;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fault::Fault;
use crate::supervisor::spec::ChildSpec;
use crate::supervisor::{Change, ChildId, ExitReport, Owner, OwnerId, Supervisor};
use crate::sys::exit::Exit;

/// The id of the services among the owners of children.
pub(crate) const OWNER: OwnerId = OwnerId(2);

/// The services of a daemon.
pub(crate) struct Services;

/// What the services of a daemon would be made from.
pub(crate) struct ServicesConfig;

/// What the loop would deliver.
pub(crate) enum Effect {
    Reply(CallId, Result<Vec<u8>, Fault>),
    Event(Event),
    Fail(Error),
    Exit(u8),
}

impl ServicesConfig {
    pub(crate) fn new(_: Option<&[(&str, &str)]>, _: Option<PathBuf>, _: bool, _: u64) -> Result<Self> {
        Ok(ServicesConfig)
    }
}

impl Services {
    pub(crate) fn new(_: ServicesConfig, _: &mut Supervisor, _: Rc<Registry>, _: Instant) -> Result<Self> {
        Ok(Services)
    }

    pub(crate) fn is_enabled(&self) -> bool {
        false
    }

    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    pub(crate) fn is_busy(&self) -> bool {
        false
    }

    pub(crate) fn are_down(&self) -> bool {
        true
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        None
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    pub(crate) fn start(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn on_ready(&mut self, _: &mut Supervisor, _: u64, _: Instant) {}

    pub(crate) fn tick(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn apply_changes(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn reload(&mut self, _: &mut Supervisor, _: Instant) -> Vec<String> {
        Vec::new()
    }

    pub(crate) fn hurry(&mut self, _: &mut Supervisor, _: Instant) {}

    pub(crate) fn shut_down(&mut self, _: &mut Supervisor, _: Instant) {}
}

impl Owner for Services {
    fn start(&mut self, _: ChildId, _: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
        Err(Error::new("there is no such service"))
    }

    fn set_paused(&mut self, _: ChildId, _: bool) {}

    fn ended(&mut self, _: ChildId, _: Exit, _: Instant) -> ExitReport {
        ExitReport::default()
    }

    fn changed(&mut self, _: Change) {}
}
