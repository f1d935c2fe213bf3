//! One call as generated code sees it: parameters in, a reply out, now or later.

use std::any::type_name;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use serde::Serialize;

use super::output::Output;
use super::params::{ParamList, Params};
use crate::context::{CallId, Command, Context, ReplyTo, WorkerCall, WorkerRequest};
use crate::fault::Fault;

/// What became of a call: its result is written, or will come by a [`Reply`]; or a fault.
pub type Outcome = Result<Completion, Fault>;

/// The good ends of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The result stands in the output.
    Written,
    /// A [`Reply`] to this call was handed out.
    Deferred(CallId),
}

/// One call on its way through a handler.
pub struct Call<'a> {
    pub(crate) params: Params<'a>,
    pub(crate) output: &'a mut Output,
    pub(crate) context: &'a mut Context,
    pub(crate) outbox: &'a mut Outbox,
    /// The call whose reply was handed out, if one was; outlives a panic of the handler.
    pub(crate) deferred: &'a mut Option<CallId>,
}

impl<'a> Call<'a> {
    /// The parameters, as a tuple of the handler's types.
    ///
    /// # Errors
    ///
    /// A fault -32602 whose data names the parameter and the reason.
    pub fn params<P: ParamList<'a>>(&self) -> Result<P, Fault> {
        self.params.read()
    }

    /// What the handler may ask for.
    pub fn context(&mut self) -> &mut Context {
        self.context
    }

    /// Answers with a result.
    ///
    /// # Errors
    ///
    /// A fault -32603 if the value can't be serialised, or is longer than a reply may be.
    pub fn reply<T: Serialize>(self, result: T) -> Outcome {
        self.output.json(&result)?;
        Ok(Completion::Written)
    }

    /// Makes the reply that the handler will answer with, later.
    pub fn defer<T: Serialize>(&mut self) -> Reply<T> {
        let call_id = self.outbox.issue();
        *self.deferred = Some(call_id);
        self.outbox.reply(call_id)
    }

    /// Leaves the reply to the workers.
    pub(crate) fn manage(self, order: WorkerRequest) -> Outcome {
        self.later(|call_id| Command::Manage(order, call_id))
    }

    /// Leaves the reply to the loop, with a command.
    pub(crate) fn later(mut self, command: impl FnOnce(CallId) -> Command) -> Outcome {
        let call_id = self.outbox.issue();
        *self.deferred = Some(call_id);
        self.context().command(command(call_id));
        Ok(Completion::Deferred(call_id))
    }

    /// Ends a call whose reply has been handed out.
    pub fn deferred(self) -> Outcome {
        match *self.deferred {
            Some(call_id) => Ok(Completion::Deferred(call_id)),
            None => Err(Fault::internal("the handler took no reply")),
        }
    }
}

/// A reply that is still owed: a handler that can't answer at once takes one and keeps it.
///
/// Every call gets exactly one reply: one that is dropped replies with a fault. It may be sent to another
/// thread and answered there; the loop wakes up for it.
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
#[must_use = "a reply that is dropped answers with a fault"]
pub struct Reply<T> {
    call_id: CallId,
    mailbox: Arc<Mailbox>,
    replied: bool,
    result: PhantomData<fn(T)>,
}

impl<T: Serialize> Reply<T> {
    /// Answers with a result.
    pub fn send(mut self, result: T) {
        let mut output = Output::new(self.mailbox.limit.load(Ordering::Relaxed));
        let outcome = output.json(&result).map(|()| output.take());
        self.reply(outcome);
    }
}

impl<T> Reply<T> {
    /// Answers with a fault.
    pub fn fail(mut self, fault: impl Into<Fault>) {
        self.reply(Err(fault.into()));
    }

    fn reply(&mut self, outcome: Result<Vec<u8>, Fault>) {
        self.replied = true;
        self.mailbox.push(Completed { call_id: self.call_id, outcome });
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if !self.replied {
            self.reply(Err(Fault::internal("the handler dropped the call without an answer")));
        }
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply<{}>({})", type_name::<T>(), self.call_id.0)
    }
}

impl WorkerCall<'_> {
    /// Makes the call, and answers `reply` with its reply, or with the fault that it ended in.
    pub fn reply_to<T: 'static>(self, mut reply: Reply<T>) {
        reply.replied = true;
        self.make(ReplyTo::Call(reply.call_id));
    }
}

/// A late reply on its way to its connection: the JSON text of the result, or a fault.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) call_id: CallId,
    pub(crate) outcome: Result<Vec<u8>, Fault>,
}

/// Issues ids of calls, and collects the replies that handlers give later.
pub(crate) struct Outbox {
    next: u64,
    mailbox: Arc<Mailbox>,
}

impl Outbox {
    /// `limit` is how many bytes one reply may have; `wake` is called when a reply comes from another thread.
    pub(crate) fn new(limit: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let home = thread::current().id();
        let mailbox = Mailbox {
            completed: Mutex::default(),
            waiting: AtomicBool::new(false),
            home,
            wake: Box::new(wake),
            limit: AtomicUsize::new(limit),
        };
        Outbox { next: 0, mailbox: Arc::new(mailbox) }
    }

    /// Sets how many bytes one reply may have.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.mailbox.limit.store(limit, Ordering::Relaxed);
    }

    /// The id of the next call.
    pub(crate) fn issue(&mut self) -> CallId {
        self.next += 1;
        CallId(self.next)
    }

    fn reply<T>(&self, call_id: CallId) -> Reply<T> {
        Reply { call_id, mailbox: self.mailbox.clone(), replied: false, result: PhantomData }
    }

    /// Replies in place of the handler that has the reply.
    pub(crate) fn complete(&self, completed: Completed) {
        self.mailbox.push(completed);
    }

    /// The next answer that has come in.
    pub(crate) fn collect(&self) -> Option<Completed> {
        if !self.has_mail() {
            return None;
        }
        let mut completed = self.mailbox.completed();
        let next = completed.pop_front();
        self.mailbox.waiting.store(!completed.is_empty(), Ordering::Release);
        next
    }

    /// Whether a reply waits to be collected.
    pub(crate) fn has_mail(&self) -> bool {
        self.mailbox.waiting.load(Ordering::Acquire)
    }
}

struct Mailbox {
    /// At most as many as there are calls without a reply, which every connection bounds.
    completed: Mutex<VecDeque<Completed>>,
    /// Whether there are any: for a look without the lock, under which alone it is written.
    waiting: AtomicBool,
    home: ThreadId,
    wake: Box<dyn Fn() + Send + Sync>,
    /// Bytes that one reply may have.
    limit: AtomicUsize,
}

impl Mailbox {
    fn completed(&self) -> MutexGuard<'_, VecDeque<Completed>> {
        self.completed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, completed: Completed) {
        let mut queue = self.completed();
        queue.push_back(completed);
        self.waiting.store(true, Ordering::Release);
        drop(queue);
        if thread::current().id() != self.home {
            (self.wake)();
        }
    }
}
