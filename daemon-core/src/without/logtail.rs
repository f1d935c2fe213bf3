//! The logs of services over HTTP, without the feature `supervisorctl`: there is no such path.

use hyper::StatusCode;

use super::answer::empty;
use super::route::Routed;
use crate::rpc::dispatch::Server;

pub(super) fn names_log(_: &str) -> bool {
    false
}

pub(super) fn serve<S>(_: &str, _: &mut Server<'_, S>) -> Routed {
    Routed::Now(empty(StatusCode::NOT_FOUND))
}
