//! The functions of one block, or a free function, checked.

use super::call_hook::{self, CallHook};
use super::function::Called;
use super::method::Method;
use super::schedule::{self, Listener, Timer};
use crate::errors::Errors;
use crate::side::Side;

/// What the tables of a block hold.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) methods: Vec<Method>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) timers: Vec<Timer>,
    pub(crate) call_hooks: Vec<CallHook>,
}

impl Tables {
    /// Adds what the loop calls a function for, besides calls of clients.
    pub(super) fn schedule(&mut self, called: &Called<'_>, side: Side, errors: &mut Errors) {
        if called.function.scheduled() && called.function.rpc.is_none() {
            schedule::check_error(called.function, errors);
        }
        self.listeners.extend(schedule::listeners(called, side, errors));
        self.timers.extend(schedule::timers(called, side, errors));
        self.call_hooks.extend(call_hook::call_hooks(called, side, errors));
    }
}
