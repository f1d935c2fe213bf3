//! Calls that run beside the loop: a blocking function in a thread of its own, or a future on a runtime.
//!
//! Such a call is a row among the calls in flight like any other. When the row goes because the caller has hung up or
//! the time is up, a future is dropped; a thread cannot be stopped, and its result is ignored.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use tracing::error;

use crate::context::{CallId, Command, Task};
use crate::error::Error;
use crate::fault::Fault;
use crate::rpc::call::{Call, Outcome, Reply};

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
        let reply = self.defer::<T>();
        let call = self.attach(Task::endless(timeout));
        let run = move || {
            let outcome = catch_unwind(AssertUnwindSafe(work));
            finish(reply, outcome.unwrap_or_else(|_| Err(panicked())));
            drop(permit);
        };
        // Without a thread the reply is dropped, which is a fault for the caller.
        if let Err(cause) = thread::Builder::new().name(format!("call {}", call.0)).spawn(run) {
            error!("{}", Error::new("cannot start a thread for a call").because(cause).report());
        }
        self.deferred()
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
        let reply = self.defer::<T>();
        let mut work = Box::pin(work);
        let guarded = std::future::poll_fn(move |context| {
            catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
                .unwrap_or_else(|_| std::task::Poll::Ready(Err(panicked())))
        });
        let running = runtime.spawn(async move {
            finish(reply, guarded.await);
            drop(permit);
        });
        let abort = running.abort_handle();
        self.attach(Task::new(timeout, move || abort.abort()));
        self.deferred()
    }

    /// Ties a task to the row of this call.
    fn attach(&mut self, task: Task) -> CallId {
        let call = self.deferred.unwrap_or_default();
        self.context.command(Command::Attach(call, task));
        call
    }
}

fn finish<T: Serialize>(reply: Reply<T>, outcome: Result<T, Fault>) {
    match outcome {
        Ok(result) => reply.send(result),
        Err(fault) => reply.fail(fault),
    }
}

fn panicked() -> Fault {
    Fault::internal("the handler panicked")
}
