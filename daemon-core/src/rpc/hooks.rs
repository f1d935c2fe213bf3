//! What a daemon does before and after every call.

use std::time::Duration;

use crate::caller::Caller;
use crate::context::Context;
use crate::error::Result;
use crate::fault::Fault;
use crate::trace::TraceContext;

/// A call that is about to run, as a function with `#[before_call]` sees it.
#[derive(Debug)]
pub struct BeforeCall<'a> {
    pub(super) method: &'a str,
    pub(super) caller: Option<Caller>,
}

impl BeforeCall<'_> {
    /// The name of the method on the wire.
    pub fn method(&self) -> &str {
        self.method
    }

    /// Who calls.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }
}

/// A call that has ended, as a function with `#[after_call]` sees it.
#[derive(Debug)]
pub struct AfterCall {
    pub(super) method: Box<str>,
    pub(super) caller: Option<Caller>,
    pub(super) duration: Duration,
    pub(super) fault: Option<Fault>,
    pub(super) trace: Option<TraceContext>,
}

impl AfterCall {
    /// The name of the method on the wire, as the table has it; if there is no such method, as the caller wrote it.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Who called.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// How long it took from its start to its reply, wherever it ran.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// How it ended.
    ///
    /// # Errors
    ///
    /// The fault that the caller got.
    pub fn outcome(&self) -> std::result::Result<(), &Fault> {
        self.fault.as_ref().map_or(Ok(()), Err)
    }
}

/// The functions of one block that a daemon calls before and after every call; `S` is its state.
pub struct CallHooks<S: 'static> {
    /// Called in order before each call; the first fault is its reply.
    pub before: &'static [Before<S>],
    /// Called in order after each call.
    pub after: &'static [After<S>],
}

/// A function with `#[before_call]`.
pub(crate) type Before<S> = fn(&mut S, &BeforeCall<'_>, &mut Context) -> std::result::Result<(), Fault>;
/// A function with `#[after_call]`.
pub(crate) type After<S> = fn(&mut S, &AfterCall, &mut Context) -> Result<()>;

impl<S> CallHooks<S> {
    /// Returns no functions.
    pub const fn none() -> Self {
        CallHooks { before: &[], after: &[] }
    }
}

impl<S> Clone for CallHooks<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for CallHooks<S> {}

/// The functions of all blocks of a daemon, in order.
pub(crate) struct Hooks<S: 'static> {
    pub(super) before: Vec<Before<S>>,
    pub(super) after: Vec<After<S>>,
}

impl<S> FromIterator<CallHooks<S>> for Hooks<S> {
    fn from_iter<B: IntoIterator<Item = CallHooks<S>>>(blocks: B) -> Self {
        let mut hooks = Hooks { before: Vec::new(), after: Vec::new() };
        for block in blocks {
            hooks.before.extend(block.before);
            hooks.after.extend(block.after);
        }
        hooks
    }
}
