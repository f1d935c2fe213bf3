//! Replaces XML-RPC without the feature `xml`: no connection speaks it.

use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};

/// The call that nobody makes.
#[derive(Debug, Default)]
pub(crate) struct Late;

impl Late {
    pub(crate) fn is_due(&self) -> bool {
        false
    }

    pub(crate) fn reply(&mut self, _: CallId, _: Result<Part, Fault>, _: &mut Output) {}
}

/// Serves nothing.
pub(crate) fn serve<S>(_: &mut Server<'_, S>, _: &mut Late, _: &[u8], _: &mut Output) {}

/// The machine that no connection has.
pub(crate) enum Documents {}

impl Documents {
    pub(super) fn input<S>(&mut self, _: &[u8], _: &mut Server<'_, S>, _: &mut Output) -> Step {
        match *self {}
    }

    pub(super) fn end(&mut self) {
        match *self {}
    }

    pub(super) fn rest(&self, _: usize) -> Rest {
        match *self {}
    }

    pub(super) fn reply(&mut self, _: CallId, _: Result<Part, Fault>, _: &mut Output) {
        match *self {}
    }
}

pub(super) fn farewell(_: Farewell<'_>, _: &mut Output) {}

/// Returns the machine if a connection starts with a document.
pub(super) fn recognise(_: &[u8]) -> Option<Option<Documents>> {
    Some(None)
}
