//! Replaces varlink without the feature `varlink`: no connection speaks it.

use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// The first message, which nobody looks at.
#[derive(Default)]
pub(crate) struct Glance(());

impl Glance {
    pub(super) fn is_open(&self) -> bool {
        false
    }
}

/// The machine that no connection has.
pub(crate) enum Varlink {}

impl Varlink {
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

    pub(super) fn item(&mut self, _: &ItemQueue, _: subscription::Next, _: &mut Output) {
        match *self {}
    }
}

/// Returns the machine if a connection starts with a call of varlink.
pub(super) fn recognise(_: &mut Glance, _: &[u8], _: usize) -> Option<Option<Varlink>> {
    Some(None)
}

pub(super) fn farewell(_: Farewell<'_>, _: &mut Output) {}
