//! Replaces varlink without the feature `varlink`: no connection speaks it.

use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// No first message is looked at.
#[derive(Default)]
pub(crate) struct Glance;

impl Glance {
    pub(super) fn recognises(&mut self, _: &[u8], _: usize) -> Option<bool> {
        Some(false)
    }

    pub(super) fn is_open(&self) -> bool {
        false
    }
}

/// The machine of no connection.
#[derive(Default)]
pub(crate) struct Varlink;

impl Varlink {
    pub(super) fn input<S>(&mut self, bytes: &[u8], _: &mut Server<'_, S>, _: &mut Output) -> Step {
        Step::end(bytes)
    }

    pub(super) fn end(&mut self) {}

    pub(super) fn rest(&self, _: usize) -> Rest {
        Rest::Nothing
    }

    pub(super) fn reply(&mut self, _: CallId, _: Result<Part, Fault>, _: &mut Output) {}

    pub(super) fn item(&mut self, _: &ItemQueue, _: subscription::Next, _: &mut Output) {}
}

pub(super) fn farewell(_: Farewell<'_>, _: &mut Output) {}
