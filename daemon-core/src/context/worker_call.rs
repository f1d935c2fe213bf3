//! What a handler can request from workers: to run a method. Built-in methods can also manage them.

use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Command, Context, ReplyTo};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::trace::{self, TraceContext};

/// A call of a worker's method, on its way to the worker.
pub(crate) struct OutgoingCall {
    pub(crate) callee: Callee,
    /// The JSON text of an array or object, empty if there are none; or why they could not be serialised.
    pub(crate) params: Result<Vec<u8>, Fault>,
    /// The caller on whose behalf it is made.
    pub(crate) caller: Option<Caller>,
    /// When that caller stops waiting, if it says.
    pub(crate) deadline: Option<Instant>,
    /// The trace context of the call that makes it.
    pub(crate) trace: Option<TraceContext>,
}

/// The called method.
pub(crate) enum Callee {
    /// Resolved by the dispatcher, with its parameters checked: the numbers of the worker and of its method.
    Known { worker: usize, method: usize },
    /// As a handler named it.
    Named { worker: String, method: String },
}

/// What the built-in methods request from workers; a name is that of a worker, `None` means all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkerRequest {
    List,
    Status(Option<String>),
    Info(Option<String>),
    Pause(Option<String>),
    Resume(Option<String>),
    Start(String),
    Stop(String),
    Restart(String),
    Scale(String, usize),
}

/// A worker of the daemon, to call its methods; returned by [`Context::worker`].
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "office")]
/// #[derive(Default)]
/// struct Office {
///     copies: u64,
/// }
///
/// #[daemon]
/// impl Office {
///     /// Have the handyman use another file.
///     #[rpc_method]
///     fn rename(&mut self, name: &str, reply: Reply<bool>, daemon: &mut Context) {
///         daemon.worker("handyman").call("changename", &[name]).reply_to(reply);
///     }
///
///     #[every("1min")]
///     fn count(&mut self, daemon: &mut Context) {
///         daemon.worker("handyman").call("copies", &()).then(|office: &mut Office, copies, _| {
///             office.copies = copies.unwrap_or(office.copies);
///         });
///     }
/// }
/// ```
#[must_use = "it does nothing until one of its methods is called"]
pub struct WorkerRef<'c> {
    context: &'c mut Context,
    worker: String,
}

/// A call of a worker's method. It is made once it is known what to do with the reply.
#[must_use = "the call is made by `then` or `reply_to`"]
pub struct WorkerCall<'c> {
    context: &'c mut Context,
    callee: Callee,
    params: Result<Vec<u8>, Fault>,
}

impl<'c> WorkerRef<'c> {
    pub(super) fn new(context: &'c mut Context, name: &str) -> Self {
        WorkerRef { context, worker: name.to_owned() }
    }

    /// Calls a method, by the name it has in the worker (`changename`) or on the wire (`handyman.changename`).
    /// `params` is anything that serialises to an array, by position, or to a map, by name; `&()` is none.
    pub fn call(self, method: &str, params: &(impl Serialize + ?Sized)) -> WorkerCall<'c> {
        let callee = Callee::Named { worker: self.worker, method: method.to_owned() };
        WorkerCall { context: self.context, callee, params: json(params) }
    }

    /// Calls a method and ignores its reply. A failure is logged.
    pub fn send(self, method: &str, params: &(impl Serialize + ?Sized)) {
        self.call(method, params).make(ReplyTo::Nobody);
    }
}

impl WorkerCall<'_> {
    /// Makes the call, and runs `then` on the daemon's loop with the reply, or with the fault if the call fails. It
    /// also fails if there is no such worker or method.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn then<S: 'static, T: DeserializeOwned>(
        self,
        then: impl FnOnce(&mut S, Result<T, Fault>, &mut Context) + 'static,
    ) {
        let reply_to = self.context.reply_to(then);
        self.make(reply_to);
    }

    pub(crate) fn make(self, reply_to: ReplyTo) {
        let caller = self.context.caller.clone();
        let deadline = self.context.deadline;
        let (callee, params, trace) = (self.callee, self.params, trace::current());
        let call = OutgoingCall { callee, params, caller, deadline, trace };
        self.context.commands.push(Command::Call(call, reply_to));
    }
}

fn json(params: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, Fault> {
    let text = serde_json::to_vec(params).map_err(|error| Fault::internal(error.to_string()))?;
    match text.first() {
        Some(b'[' | b'{') => Ok(text),
        _ if text == b"null" => Ok(Vec::new()),
        _ => Err(Fault::internal("parameters must be an array or a map")),
    }
}
