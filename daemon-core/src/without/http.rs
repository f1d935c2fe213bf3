//! HTTP, without the feature `http`: it is refused.

use super::{Dialects, Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// There is no connection that speaks HTTP.
pub(crate) enum Http {}

impl Http {
    pub(super) fn open(_: bool, _: Dialects) -> Option<Self> {
        None
    }

    pub(super) fn input<S>(&mut self, _: &[u8], _: &mut Server<'_, S>, _: &mut Output) -> Step {
        match *self {}
    }

    pub(super) fn end(&mut self) {
        match *self {}
    }

    pub(super) fn ends_with_peer(&self) -> bool {
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

    pub(super) fn farewell(&mut self, _: Farewell<'_>, _: &mut Output) {
        match *self {}
    }
}
