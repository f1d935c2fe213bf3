//! One call as generated code sees it: parameters in, a reply out, now or later.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use serde::Serialize;

use super::closed::{Closed, Waiting};
use super::output::Output;
use super::params::{ParamList, Params};
use super::reply::Reply;
use super::subscription::{ItemQueue, Subscription};
#[cfg(feature = "services")]
use crate::context::ServiceRequest;
use crate::context::{CallId, Command, Context, WorkerRequest};
use crate::fault::Fault;
use crate::settings::limits::Limits;

/// The outcome of a call: its result is written, or will come through a [`Reply`]; or it is a fault.
pub type Outcome = Result<Completion, Fault>;

/// How a call succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// The result is in the output.
    Written,
    /// A [`Reply`] to this call was taken.
    Deferred(CallId),
    /// Another call of the same peer is being cancelled. Only the dialect knows the ids of a peer's calls; it replies.
    Cancels,
}

/// One call, as a handler receives it.
pub struct Call<'a> {
    pub(crate) params: Params<'a>,
    pub(crate) output: &'a mut Output,
    pub(crate) context: &'a mut Context,
    pub(crate) outbox: &'a mut Outbox,
    /// The call whose reply was taken, if it was; survives a panic of the handler.
    pub(crate) deferred: &'a mut Option<CallId>,
    /// The name of the method on the wire.
    pub(crate) method: &'a str,
    /// The subscription that was taken, if one was.
    pub(crate) subscribed: &'a mut Option<Arc<ItemQueue>>,
}

impl<'a> Call<'a> {
    /// Returns the parameters, as a tuple of the handler's types.
    ///
    /// # Errors
    ///
    /// A fault -32602 whose data names the parameter and the reason.
    pub fn params<P: ParamList<'a>>(&self) -> Result<P, Fault> {
        self.params.read()
    }

    /// Returns the context, for the handler's requests.
    pub fn context(&mut self) -> &mut Context {
        self.context
    }

    /// Replies with a result.
    ///
    /// # Errors
    ///
    /// A fault -32603 if the value can't be serialised, or is longer than a reply may be.
    pub fn reply<T: Serialize>(self, result: T) -> Outcome {
        self.output.json(&result)?;
        Ok(Completion::Written)
    }

    /// Takes the reply, for a handler that replies later; `raise` makes a fault of its error.
    pub fn defer<T, E>(&mut self, raise: fn(E) -> Fault) -> Reply<T, E> {
        let call_id = self.outbox.issue();
        *self.deferred = Some(call_id);
        self.outbox.reply(call_id, raise)
    }

    /// Takes a subscription, for a handler that sends items.
    ///
    /// # Errors
    ///
    /// A fault -32603 if no peer has made the call.
    pub fn subscribe<T>(&mut self) -> Result<Subscription<T>, Fault> {
        let Some(caller) = self.context.caller() else {
            return Err(Fault::internal("only the peer of a connection can subscribe"));
        };
        let queue = Arc::new(ItemQueue::new(self.outbox.issue(), caller.connection, self.method));
        *self.subscribed = Some(queue.clone());
        Ok(Subscription::new(queue, self.outbox.mailbox.clone()))
    }

    /// Takes a subscription for a function beside the loop, and what ends it when that function returns.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    pub fn subscribe_beside<T>(&mut self) -> Result<(Subscription<T>, Subscription<()>), Fault> {
        self.subscribe().map(Subscription::split)
    }

    /// Replies with the number of the subscription that was taken.
    pub fn subscribed(self) -> Outcome {
        let id = self.subscribed.as_ref().map(|queue| queue.id.0);
        match id {
            Some(id) => self.reply(id),
            None => Err(Fault::internal("the handler took no subscription")),
        }
    }

    /// Leaves the reply to the workers.
    pub(crate) fn manage(self, order: WorkerRequest) -> Outcome {
        self.later(|call_id| Command::Manage(order, call_id))
    }

    /// Leaves the reply to the services.
    #[cfg(feature = "services")]
    pub(crate) fn manage_services(self, request: ServiceRequest) -> Outcome {
        self.later(|call_id| Command::ManageServices(request, Some(call_id)))
    }

    /// Leaves the reply to the loop, with a command.
    pub(crate) fn later(mut self, command: impl FnOnce(CallId) -> Command) -> Outcome {
        let call_id = self.outbox.issue();
        *self.deferred = Some(call_id);
        self.context().command(command(call_id));
        Ok(Completion::Deferred(call_id))
    }

    /// Ends a call whose reply was taken.
    pub fn deferred(self) -> Outcome {
        match *self.deferred {
            Some(call_id) => Ok(Completion::Deferred(call_id)),
            None => Err(Fault::internal("the handler took no reply")),
        }
    }
}

/// A late reply on its way to its connection: the JSON text of the result, or a fault.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) call_id: CallId,
    pub(crate) outcome: Result<Vec<u8>, Fault>,
}

/// What comes from handlers after they have returned.
pub(crate) enum Mail {
    Reply(Completed),
    /// A subscription that has something to send.
    Items(Arc<ItemQueue>),
}

/// Issues ids of calls, and collects late replies and items.
pub(crate) struct Outbox {
    next: u64,
    /// Whether the call of the latest reply is closed, until the row of that call takes it.
    latest: Option<(CallId, Closed)>,
    mailbox: Arc<Mailbox>,
}

impl Outbox {
    /// `limit` is the most bytes of one reply; `wake` is called when a reply comes from another thread.
    pub(crate) fn new(limit: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let home = thread::current().id();
        let mailbox = Mailbox {
            mail: Mutex::default(),
            waiting: AtomicBool::new(false),
            home,
            wake: Box::new(wake),
            limit: AtomicUsize::new(limit),
            items: AtomicUsize::new(0),
            item_bytes: AtomicUsize::new(0),
        };
        Outbox { next: 0, latest: None, mailbox: Arc::new(mailbox) }
    }

    /// Sets the bounds of replies and of what waits in subscriptions.
    pub(crate) fn set_limits(&self, limits: &Limits) {
        self.mailbox.limit.store(limits.output_hard, Ordering::Relaxed);
        self.mailbox.items.store(limits.items, Ordering::Relaxed);
        self.mailbox.item_bytes.store(limits.output_soft, Ordering::Relaxed);
    }

    /// Issues the id of the next call.
    pub(crate) fn issue(&mut self) -> CallId {
        self.next += 1;
        CallId(self.next)
    }

    fn reply<T, E>(&mut self, call_id: CallId, raise: fn(E) -> Fault) -> Reply<T, E> {
        let closed = Closed::default();
        self.latest = Some((call_id, closed.clone()));
        Reply::new(call_id, self.mailbox.clone(), closed, raise)
    }

    /// Returns what the row of a call holds for the reply that its handler has taken, if that is the latest.
    pub(crate) fn waiting(&mut self, call_id: CallId) -> Option<Waiting> {
        let (_, closed) = self.latest.take_if(|(latest, _)| *latest == call_id)?;
        Some(closed.into())
    }

    /// Replies in place of the handler that has taken the reply.
    pub(crate) fn complete(&self, completed: Completed) {
        self.mailbox.push(Mail::Reply(completed));
    }

    /// Takes the next late reply, or the next subscription that has something to send.
    pub(crate) fn collect(&self) -> Option<Mail> {
        if !self.has_mail() {
            return None;
        }
        let mut mail = self.mailbox.mail();
        let next = mail.pop_front();
        self.mailbox.waiting.store(!mail.is_empty(), Ordering::Release);
        next
    }

    /// Whether something is waiting to be collected.
    pub(crate) fn has_mail(&self) -> bool {
        self.mailbox.waiting.load(Ordering::Acquire)
    }
}

pub(super) struct Mailbox {
    /// At most as many as there are calls without a reply, and subscriptions: both are bounded for each connection.
    mail: Mutex<VecDeque<Mail>>,
    /// Whether there are any: readable without the lock, written only under it.
    waiting: AtomicBool,
    home: ThreadId,
    wake: Box<dyn Fn() + Send + Sync>,
    /// The most bytes of one reply, or of one item.
    limit: AtomicUsize,
    /// The most items that wait in one subscription, and their most bytes.
    items: AtomicUsize,
    item_bytes: AtomicUsize,
}

impl Mailbox {
    fn mail(&self) -> MutexGuard<'_, VecDeque<Mail>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a result or an item as JSON text.
    ///
    /// # Errors
    ///
    /// A fault if JSON cannot represent it, or if it is too long.
    pub(super) fn json<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, Fault> {
        let mut output = Output::new(self.limit.load(Ordering::Relaxed));
        output.json(value)?;
        Ok(output.take())
    }

    pub(super) fn items(&self) -> usize {
        self.items.load(Ordering::Relaxed)
    }

    pub(super) fn item_bytes(&self) -> usize {
        self.item_bytes.load(Ordering::Relaxed)
    }

    /// Tells the loop that a subscription has something to send.
    pub(super) fn push_items(&self, queue: Arc<ItemQueue>) {
        self.push(Mail::Items(queue));
    }

    /// Leaves mail for the loop, and wakes it if this is another thread.
    pub(super) fn push(&self, mail: Mail) {
        let mut queue = self.mail();
        queue.push_back(mail);
        self.waiting.store(true, Ordering::Release);
        drop(queue);
        if thread::current().id() != self.home {
            (self.wake)();
        }
    }
}
