//! The page for a browser, without the feature `page`: there is none.

use hyper::HeaderMap;

use super::answer::empty;
use super::codec::Answer;

pub(super) const VERBS: &[&str] = &["POST"];

pub(super) fn is_wanted(_: &HeaderMap) -> bool {
    false
}

pub(super) fn answer() -> Answer {
    empty(hyper::StatusCode::NOT_FOUND)
}
