//! One call as generated code sees it: parameters in, an answer out, now or later.

use std::any::type_name;
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use serde::Serialize;

use super::output::Output;
use super::params::{ParamList, Params};
use crate::caller::ConnectionId;
use crate::context::{Asked, Command, Context, CrewOrder, Settle};
use crate::fault::Fault;

/// What became of a call: its result is written, or will come by a [`Reply`]; or a fault.
pub type Outcome = Result<Answer, Fault>;

/// The good ends of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The result stands in the output.
    Written,
    /// A [`Reply`] with this ticket was handed out.
    Deferred(Ticket),
}

/// One call on its way through a handler.
pub struct Call<'a> {
    pub(crate) params: Params<'a>,
    pub(crate) output: &'a mut Output,
    pub(crate) context: &'a mut Context,
    pub(crate) outbox: &'a mut Outbox,
    /// The ticket of the reply that was handed out, if one was; outlives a panic of the handler.
    pub(crate) deferred: &'a mut Option<Ticket>,
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
    /// A fault -32603 if the value can't be serialised, or is longer than an answer may be.
    pub fn reply<T: Serialize>(self, result: T) -> Outcome {
        self.output.json(&result)?;
        Ok(Answer::Written)
    }

    /// Makes the reply that the handler will answer with, later.
    pub fn defer<T: Serialize>(&mut self) -> Reply<T> {
        let ticket = self.outbox.issue(self.context);
        *self.deferred = Some(ticket);
        self.outbox.reply(ticket)
    }

    /// Leaves the answer to the workers' keeper.
    pub(crate) fn manage(self, order: CrewOrder) -> Outcome {
        self.later(|settle| Command::Manage(order, settle))
    }

    /// Leaves the answer to the loop, with a command.
    pub(crate) fn later(mut self, command: impl FnOnce(Settle) -> Command) -> Outcome {
        let ticket = self.outbox.issue(self.context);
        *self.deferred = Some(ticket);
        let settle = self.outbox.settler(ticket);
        self.context().command(command(settle));
        Ok(Answer::Deferred(ticket))
    }

    /// Ends a call whose reply has been handed out.
    pub fn deferred(self) -> Outcome {
        match *self.deferred {
            Some(ticket) => Ok(Answer::Deferred(ticket)),
            None => Err(Fault::internal("the handler took no reply")),
        }
    }
}

/// One outstanding reply: a number that is never used again, and the connection that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    number: u64,
    connection: Option<ConnectionId>,
}

impl Ticket {
    pub(crate) fn connection(self) -> Option<ConnectionId> {
        self.connection
    }
}

/// An answer that is still owed: a handler that can't answer at once takes one and keeps it.
///
/// Every call gets exactly one answer: a reply that is dropped answers with a fault. It may be sent to another
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
    ticket: Ticket,
    mailbox: Arc<Mailbox>,
    answered: bool,
    result: PhantomData<fn(T)>,
}

impl<T: Serialize> Reply<T> {
    /// Answers with a result.
    pub fn send(mut self, result: T) {
        let mut output = Output::new(self.mailbox.limit);
        let outcome = output.json(&result).map(|()| output.take());
        self.answer(outcome);
    }
}

impl<T> Reply<T> {
    /// Answers with a fault.
    pub fn fail(mut self, fault: impl Into<Fault>) {
        self.answer(Err(fault.into()));
    }

    fn answer(&mut self, outcome: Result<Vec<u8>, Fault>) {
        self.answered = true;
        self.mailbox.post(Settled { ticket: self.ticket, outcome });
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if !self.answered {
            self.answer(Err(Fault::internal("the handler dropped the call without an answer")));
        }
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply<{}>({})", type_name::<T>(), self.ticket.number)
    }
}

impl Asked<'_> {
    /// Makes the call, and answers `reply` with its answer, or with the fault that it ended in.
    pub fn answer<T: 'static>(self, mut reply: Reply<T>) {
        self.make(Some(Box::new(move |_, outcome, _| reply.answer(outcome))));
    }
}

/// A late answer on its way to its connection: the JSON text of the result, or a fault.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) ticket: Ticket,
    pub(crate) outcome: Result<Vec<u8>, Fault>,
}

/// Issues tickets, and collects what replies answer.
pub(crate) struct Outbox {
    next: u64,
    mailbox: Arc<Mailbox>,
}

impl Outbox {
    /// `limit` is how many bytes one answer may have; `wake` is called when an answer comes from another thread.
    pub(crate) fn new(limit: usize, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let home = thread::current().id();
        let mailbox = Mailbox {
            settled: Mutex::default(),
            waiting: AtomicBool::new(false),
            home,
            wake: Box::new(wake),
            limit,
        };
        Outbox { next: 0, mailbox: Arc::new(mailbox) }
    }

    /// A ticket for a call that the context's caller has made.
    pub(crate) fn issue(&mut self, context: &Context) -> Ticket {
        self.next += 1;
        Ticket { number: self.next, connection: context.caller().map(|caller| caller.connection) }
    }

    /// Takes the answer to the call with this ticket from another process.
    pub(crate) fn settler(&self, ticket: Ticket) -> Settle {
        let mut reply = self.reply::<()>(ticket);
        Box::new(move |_, outcome, _| reply.answer(outcome))
    }

    fn reply<T>(&self, ticket: Ticket) -> Reply<T> {
        Reply { ticket, mailbox: self.mailbox.clone(), answered: false, result: PhantomData }
    }

    /// Answers in the place of whoever has the reply.
    pub(crate) fn settle(&self, settled: Settled) {
        self.mailbox.post(settled);
    }

    /// The next answer that has come in.
    pub(crate) fn collect(&self) -> Option<Settled> {
        if !self.has_mail() {
            return None;
        }
        let mut settled = self.mailbox.settled();
        let next = settled.pop_front();
        self.mailbox.waiting.store(!settled.is_empty(), Ordering::Release);
        next
    }

    /// Whether an answer waits to be collected.
    pub(crate) fn has_mail(&self) -> bool {
        self.mailbox.waiting.load(Ordering::Acquire)
    }
}

struct Mailbox {
    /// At most as many as there are calls without an answer, which every connection bounds.
    settled: Mutex<VecDeque<Settled>>,
    /// Whether there are any: for a look without the lock, under which alone it is written.
    waiting: AtomicBool,
    home: ThreadId,
    wake: Box<dyn Fn() + Send + Sync>,
    limit: usize,
}

impl Mailbox {
    fn settled(&self) -> MutexGuard<'_, VecDeque<Settled>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, settled: Settled) {
        let mut queue = self.settled();
        queue.push_back(settled);
        self.waiting.store(true, Ordering::Release);
        drop(queue);
        if thread::current().id() != self.home {
            (self.wake)();
        }
    }
}
