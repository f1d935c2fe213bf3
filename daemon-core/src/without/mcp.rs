//! Replaces the Model Context Protocol without the feature `mcp`: no connection speaks it.

use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{ItemQueue, Next};

/// The calls that nobody makes.
#[derive(Default)]
pub(crate) struct Late;

impl Late {
    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    pub(crate) fn reply(&mut self, _: CallId, _: Result<Part, Fault>, _: &mut Output) {}

    pub(crate) fn item(&mut self, _: &ItemQueue, _: Next, _: &mut Output) {}

    pub(crate) fn gathered(&mut self, _: &ItemQueue, _: &mut Output) {}
}

/// The machine that no connection has.
#[derive(Default)]
pub(crate) struct Messages;

impl Messages {
    pub(super) fn input<S>(&mut self, bytes: &[u8], _: &mut Server<'_, S>, _: &mut Output) -> Step {
        Step::end(bytes)
    }

    pub(super) fn end(&mut self) {}

    pub(super) fn rest(&self, _: usize) -> Rest {
        Rest::Nothing
    }

    pub(super) fn reply(&mut self, _: CallId, _: Result<Part, Fault>, _: &mut Output) {}

    pub(super) fn item(&mut self, _: &ItemQueue, _: Next, _: &mut Output) {}

    pub(super) fn farewell(&mut self, _: Farewell<'_>, _: &mut Output) {}
}

/// Whether a connection starts with a greeting.
pub(super) fn is_start(_: &[u8]) -> Option<bool> {
    Some(false)
}
