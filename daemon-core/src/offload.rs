//! Calls that run beside the loop: a blocking function in a thread of its own, or a future on a runtime.
//!
//! Such a call is a row among the calls in flight like any other. When the row goes because the caller has hung up or
//! the time is up, a future is dropped; a thread cannot be stopped, and its result is ignored.

use std::convert::identity;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use tracing::{Span, error};

use crate::context::{CallId, Command, Task};
use crate::error::Error;
use crate::fault::Fault;
use crate::rpc::Subscription;
use crate::rpc::call::{Call, Outcome};
use crate::trace;

impl Call<'_> {
    /// Runs a blocking function in a thread of its own, and replies with its result. The caller waits for it no longer
    /// than `timeout`.
    ///
    /// # Errors
    ///
    /// A fault -32300 if as many calls run in threads as the limit `threads` allows.
    pub fn in_thread<T: Serialize + 'static>(
        mut self,
        timeout: Option<Duration>,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Outcome {
        let permit = self.context.permits().thread()?;
        let reply = self.defer::<T, Fault>(identity);
        let call = self.deferred.unwrap_or_default();
        self.context.command(Command::Attach(call, Task::endless(timeout)));
        spawn(call, move || {
            reply.finish(run(work));
            drop(permit);
        });
        self.deferred()
    }

    /// Runs a blocking function that sends items in a thread of its own. The subscription ends when it returns.
    ///
    /// # Errors
    ///
    /// As [`in_thread`](Self::in_thread).
    pub fn items_in_thread(
        self,
        end: Subscription<()>,
        work: impl FnOnce() -> Result<(), Fault> + Send + 'static,
    ) -> Outcome {
        let permit = self.context.permits().thread()?;
        spawn(end.call_id(), move || {
            finish_items(end, run(work));
            drop(permit);
        });
        self.subscribed()
    }

    /// Runs a future on the daemon's runtime, and replies with its result. It is dropped after `timeout`, and when the
    /// caller hangs up.
    ///
    /// # Errors
    ///
    /// A fault -32300 if as many futures run as the limit `futures` allows, and -32603 if there is no runtime.
    #[cfg(feature = "tokio")]
    pub fn on_runtime<T: Serialize + 'static>(
        mut self,
        timeout: Option<Duration>,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Outcome {
        let permit = self.context.permits().future()?;
        let runtime = self.context.runtime().map_err(|error| Fault::internal(error.report()))?;
        let reply = self.defer::<T, Fault>(identity);
        let work = guarded(work);
        let running = runtime.spawn(async move {
            reply.finish(work.await);
            drop(permit);
        });
        let abort = running.abort_handle();
        let call = self.deferred.unwrap_or_default();
        self.context.command(Command::Attach(call, Task::new(timeout, move || abort.abort())));
        self.deferred()
    }

    /// Runs a future that sends items on the daemon's runtime. The subscription ends when it does; it is dropped when
    /// the caller unsubscribes or hangs up.
    ///
    /// # Errors
    ///
    /// As [`on_runtime`](Self::on_runtime).
    #[cfg(feature = "tokio")]
    pub fn items_on_runtime(
        self,
        end: Subscription<()>,
        work: impl Future<Output = Result<(), Fault>> + Send + 'static,
    ) -> Outcome {
        let permit = self.context.permits().future()?;
        let runtime = self.context.runtime().map_err(|error| Fault::internal(error.report()))?;
        let (call, work) = (end.call_id(), guarded(work));
        let running = runtime.spawn(async move {
            finish_items(end, work.await);
            drop(permit);
        });
        let abort = running.abort_handle();
        self.context.command(Command::Attach(call, Task::new(None, move || abort.abort())));
        self.subscribed()
    }
}

/// Sends all items of a stream, as fast as the caller reads them; `each` makes a fault of an item that is an error, which
/// ends the subscription.
#[cfg(feature = "tokio")]
pub async fn send_all<T: Serialize, S: futures_core::Stream>(
    subscription: Subscription<T>,
    stream: S,
    each: impl Fn(S::Item) -> Result<T, Fault>,
) -> Result<(), Fault> {
    let mut stream = std::pin::pin!(stream);
    while subscription.room().await.is_ok() {
        let Some(item) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await else { break };
        if subscription.send(&each(item)?).is_err() {
            break;
        }
    }
    Ok(())
}

/// Runs a function in a thread. If there can be none, its reply or subscription is dropped, and the caller learns of it.
fn spawn(call: CallId, work: impl FnOnce() + Send + 'static) {
    let (trace, span) = (trace::current(), Span::current());
    let work = move || {
        let _entered = trace::resume(trace);
        span.in_scope(work);
    };
    if let Err(cause) = thread::Builder::new().name(format!("call {}", call.0)).spawn(work) {
        error!("{}", Error::new("cannot start a thread for a call").because(cause).report());
    }
}

fn run<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()))
}

/// Returns a future that belongs to the call of this thread, and whose panic is a fault.
#[cfg(feature = "tokio")]
fn guarded<T>(
    work: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> impl Future<Output = Result<T, Fault>> + Send {
    let (trace, span) = (trace::current(), Span::current());
    let mut work = Box::pin(work);
    std::future::poll_fn(move |context| {
        let _resumed = trace::resume(trace);
        let _entered = span.enter();
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|_| std::task::Poll::Ready(Err(panicked())))
    })
}

fn finish_items(end: Subscription<()>, outcome: Result<(), Fault>) {
    match outcome {
        Ok(()) => end.end(),
        Err(fault) => end.fail(fault),
    }
}

fn panicked() -> Fault {
    Fault::internal("the handler panicked")
}
