//! The reply of a handler that replies later, from any thread.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;

use super::call::{Completed, Mail, Mailbox};
use super::closed::Closed;
use crate::context::{CallId, ReplyTo, WorkerCall};
use crate::fault::Fault;

/// A pending reply: a handler that can't reply at once takes one and keeps it.
///
/// Every call gets exactly one reply: a `Reply` that is dropped replies with a fault. It can be sent to another thread
/// and used there; the loop wakes up for it.
///
/// `E` is the type of the error: any that a handler may return. Introspection lists its faults.
///
/// ```
/// use daemon_core::prelude::*;
/// use std::time::Duration;
///
/// #[daemon(name = "kitchen")]
/// #[derive(Default)]
/// struct Kitchen {}
///
/// #[daemon]
/// impl Kitchen {
///     /// Boil an egg.
///     #[rpc_method]
///     fn boil(&mut self, seconds: u64, reply: Reply<String>, context: &mut Context) {
///         context.after(Duration::from_secs(seconds), move |_: &mut Kitchen, _| {
///             reply.send("an egg".to_owned());
///         });
///     }
/// }
/// ```
#[must_use = "a reply that is dropped replies with a fault"]
pub struct Reply<T, E = Fault> {
    call_id: CallId,
    mailbox: Arc<Mailbox>,
    replied: bool,
    closed: Closed,
    raise: fn(E) -> Fault,
    result: PhantomData<fn(T)>,
}

impl<T: Serialize, E> Reply<T, E> {
    /// Replies with a result.
    pub fn send(mut self, result: T) {
        let outcome = self.mailbox.json(&result);
        self.reply(outcome);
    }

    /// Replies with a result, or with an error.
    ///
    /// ```
    /// use daemon_core::prelude::*;
    ///
    /// #[derive(Debug, Fault)]
    /// enum Refused {
    ///     #[fault(code = 1)]
    ///     NotANumber(#[from] std::num::ParseIntError),
    /// }
    ///
    /// # #[daemon(name = "counter")]
    /// # #[derive(Default)]
    /// # struct Counter {}
    /// #
    /// # #[daemon]
    /// # impl Counter {
    /// #[rpc_method]
    /// fn read(&self, text: String, reply: Reply<u64, Refused>) {
    ///     std::thread::spawn(move || reply.finish(text.parse().map_err(Refused::from)));
    /// }
    /// # }
    /// ```
    pub fn finish(self, outcome: Result<T, E>) {
        match outcome {
            Ok(result) => self.send(result),
            Err(error) => self.fail(error),
        }
    }
}

impl<T, E> Reply<T, E> {
    pub(super) fn new(call_id: CallId, mailbox: Arc<Mailbox>, closed: Closed, raise: fn(E) -> Fault) -> Self {
        Reply { call_id, mailbox, replied: false, closed, raise, result: PhantomData }
    }

    /// Replies with an error, or with what converts into it. Without an error type of its own, the reply takes a
    /// [`Fault`], or what converts into that: an error with `#[derive(Fault)]`, an `io::Error`, a boxed error, a text.
    pub fn fail(mut self, error: impl Into<E>) {
        let fault = (self.raise)(error.into());
        self.reply(Err(fault));
    }

    /// Whether no caller waits any longer: its connection is closed, or the daemon has ended the call. The reply would be
    /// discarded. This can be asked from any thread.
    ///
    /// In a worker it is always false: only the daemon knows the caller.
    ///
    /// ```
    /// use daemon_core::prelude::*;
    ///
    /// #[daemon(name = "oracle")]
    /// #[derive(Default)]
    /// struct Oracle {
    ///     waiting: Vec<Reply<String>>,
    /// }
    ///
    /// #[daemon]
    /// impl Oracle {
    ///     #[rpc_method]
    ///     fn ask(&mut self, reply: Reply<String>) {
    ///         self.waiting.retain(|reply| !reply.is_closed());
    ///         self.waiting.push(reply);
    ///     }
    /// }
    /// ```
    pub fn is_closed(&self) -> bool {
        self.closed.is_set()
    }

    fn reply(&mut self, outcome: Result<Vec<u8>, Fault>) {
        self.replied = true;
        self.mailbox.push(Mail::Reply(Completed { call_id: self.call_id, outcome }));
    }
}

impl<T, E> Drop for Reply<T, E> {
    fn drop(&mut self) {
        if !self.replied {
            self.reply(Err(Fault::internal("the handler dropped the call without an answer")));
        }
    }
}

impl<T, E> fmt::Debug for Reply<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply<{}>({})", type_name::<T>(), self.call_id.0)
    }
}

impl WorkerCall<'_> {
    /// Makes the call, and passes its result or its fault to `reply`.
    pub fn reply_to<T: 'static, E>(self, mut reply: Reply<T, E>) {
        reply.replied = true;
        self.make(ReplyTo::Call(reply.call_id));
    }
}
