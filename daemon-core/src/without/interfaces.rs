//! Replaces the interfaces of varlink without the feature `varlink`: there are none.

use super::methods::Methods;

/// No interfaces.
#[derive(Default)]
pub(crate) struct Interfaces(());

impl Interfaces {
    pub(crate) fn of<S>(_: &Methods<S>, _: &str, _: Option<&'static str>) -> (Self, Vec<String>) {
        (Interfaces(()), Vec::new())
    }
}
