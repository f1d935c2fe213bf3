//! The way from another thread, or from a future, back to the daemon's state.
//!
//! A closure that is sent through a [`Handle`] waits in the [`Inbox`] of the loop, which runs it between two requests.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Cx, Poll, Waker};
use std::thread;

use super::Context;
use super::inbox::{Inbox, Job, Refused};
use super::plugins::on_state;
use crate::error::{Error, Result};
use crate::trace;

/// Runs closures on the daemon's state, from any thread or future; returned by [`Context::handle`].
///
/// A handle is cheap to clone. Closures run on the loop, in the order in which they were sent, with the same `&mut` state
/// and [`Context`] as a handler: keep them short. How many may wait is the limit `handle`.
///
/// ```
/// use daemon_core::prelude::*;
/// use std::thread;
/// use std::time::Duration;
///
/// #[daemon(name = "meter")]
/// #[derive(Default)]
/// struct Meter {
///     level: f64,
/// }
///
/// #[daemon]
/// impl Meter {
///     fn setup(&mut self, context: &mut Context) -> Result<()> {
///         let handle: Handle<Self> = context.handle();
///         thread::spawn(move || {
///             while handle.run(|meter, _| meter.level = read_sensor()).is_ok() {
///                 thread::sleep(Duration::from_secs(1));
///             }
///         });
///         Ok(())
///     }
///
///     /// Return the latest level.
///     #[rpc_method]
///     fn level(&self) -> f64 {
///         self.level
///     }
/// }
///
/// fn read_sensor() -> f64 {
///     0.5
/// }
/// ```
pub struct Handle<S> {
    inbox: Arc<Inbox>,
    state: PhantomData<fn(&mut S)>,
}

impl<S: 'static> Handle<S> {
    pub(super) fn new(inbox: Arc<Inbox>) -> Self {
        inbox.add_handle();
        Handle { inbox, state: PhantomData }
    }

    /// Sends a closure to the loop, without waiting for it. This may also be called on the loop itself; the closure then
    /// runs after the handler has returned. A panic in the closure is logged.
    ///
    /// # Errors
    ///
    /// [`is_full`](Error::is_full) if too many closures wait, and [`is_stopped`](Error::is_stopped) if the daemon has
    /// stopped. In both cases the closure never runs.
    pub fn run(&self, closure: impl FnOnce(&mut S, &mut Context) + Send + 'static) -> Result<()> {
        self.inbox.push(job(closure)).map_err(|refused| refused.error())
    }

    /// Runs a closure on the loop for its result, which the returned value waits for: a thread calls
    /// [`wait`](Pending::wait), a future awaits it. If too many closures wait, so does this one.
    ///
    /// ```no_run
    /// # use daemon_core::prelude::*;
    /// # fn of<S: 'static>(handle: &Handle<Vec<String>>) -> Result<()> {
    /// let length = handle.with(|list, _| list.len()).wait()?;
    /// # Ok(())
    /// # }
    /// # async fn awaited(handle: &Handle<Vec<String>>) -> Result<()> {
    /// let length = handle.with(|list, _| list.len()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with<T: Send + 'static>(
        &self,
        closure: impl FnOnce(&mut S, &mut Context) -> T + Send + 'static,
    ) -> Pending<T> {
        let slot = Arc::new(Slot { answer: Mutex::new(Answer::Awaited(None)), arrived: Condvar::new() });
        let mut sender = Sender(Some(slot.clone()));
        let job = job(move |state: &mut S, context| sender.send(closure(state, context)));
        Pending { inbox: self.inbox.clone(), job: Some(job), ticket: None, slot }
    }
}

/// Returns a closure for the loop, which belongs to the call that this thread runs, if it runs one.
fn job<S: 'static>(closure: impl FnOnce(&mut S, &mut Context) + Send + 'static) -> Job {
    let trace = trace::current();
    Box::new(move |state, context| {
        let _entered = trace::resume(trace);
        on_state(state, context, closure);
    })
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        self.inbox.add_handle();
        Handle { inbox: self.inbox.clone(), state: PhantomData }
    }
}

impl<S> Drop for Handle<S> {
    fn drop(&mut self) {
        self.inbox.remove_handle();
    }
}

impl<S> fmt::Debug for Handle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// The result of a closure that runs on the loop; returned by [`Handle::with`].
///
/// The closure is sent when this is first waited for. From then on it runs even if this is dropped.
#[must_use = "the closure is sent when this is awaited or waited for"]
pub struct Pending<T> {
    inbox: Arc<Inbox>,
    /// The closure until it is sent.
    job: Option<Job>,
    /// Its place among the futures that wait for room.
    ticket: Option<u64>,
    slot: Arc<Slot<T>>,
}

impl<T> Pending<T> {
    /// Blocks this thread until the closure has run.
    ///
    /// # Errors
    ///
    /// [`is_stopped`](Error::is_stopped) if the daemon stopped before the closure ran; another error if the closure
    /// panicked, or if this is called on the loop's own thread, which would wait for itself.
    pub fn wait(mut self) -> Result<T> {
        if self.inbox.is_home() {
            return Err(Error::new(
                "the loop cannot wait for itself: use `Handle::run`, or wait in a thread",
            ));
        }
        if let Some(job) = self.job.take() {
            self.inbox.push_blocking(job).map_err(|refused| refused.error())?;
        }
        let mut answer = self.slot.lock();
        loop {
            match answer.take() {
                Some(outcome) => return outcome,
                None => {
                    answer = self.slot.arrived.wait(answer).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Cx<'_>) -> Poll<Result<T>> {
        let this = &mut *self;
        if let Some(job) = this.job.take() {
            match this.inbox.push_or_wait(job, &mut this.ticket, cx.waker()) {
                Ok(()) => {}
                Err(Refused::Stopped) => return Poll::Ready(Err(Refused::Stopped.error())),
                Err(Refused::Full(job)) => {
                    this.job = Some(job);
                    return Poll::Pending;
                }
            }
        }
        let mut answer = this.slot.lock();
        match answer.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                *answer = Answer::Awaited(Some(cx.waker().clone()));
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.inbox.leave(ticket);
        }
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// Where the result of a closure is put.
struct Slot<T> {
    answer: Mutex<Answer<T>>,
    arrived: Condvar,
}

enum Answer<T> {
    /// With the future that waits for it.
    Awaited(Option<Waker>),
    Arrived(Result<T>),
    Taken,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Answer<T>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Answer<T> {
    fn take(&mut self) -> Option<Result<T>> {
        match std::mem::replace(self, Answer::Taken) {
            Answer::Arrived(outcome) => Some(outcome),
            Answer::Taken => Some(Err(Error::new("the result of this closure was already taken"))),
            awaited @ Answer::Awaited(_) => {
                *self = awaited;
                None
            }
        }
    }
}

/// The closure's end of a slot. Dropped without a result, it reports why there is none.
struct Sender<T>(Option<Arc<Slot<T>>>);

impl<T> Sender<T> {
    fn send(&mut self, result: T) {
        self.arrive(Ok(result));
    }

    fn arrive(&mut self, outcome: Result<T>) {
        let Some(slot) = self.0.take() else { return };
        let before = std::mem::replace(&mut *slot.lock(), Answer::Arrived(outcome));
        slot.arrived.notify_one();
        if let Answer::Awaited(Some(waker)) = before {
            waker.wake();
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.0.is_some() {
            self.arrive(Err(match thread::panicking() {
                true => Error::new("the closure panicked"),
                false => Refused::Stopped.error(),
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::Wake;

    use super::super::Facts;
    use super::*;

    type State = Vec<u32>;

    fn context() -> Context {
        Context::new::<State>(Facts::new("handle", "0"))
    }

    /// Runs everything that waits.
    fn run_all(state: &mut State, context: &mut Context) {
        while let Some(job) = context.inbox().pop() {
            job(state, context);
        }
    }

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Count {
        fn get(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn poll<T>(pending: &mut Pending<T>, count: &Arc<Count>) -> Poll<Result<T>> {
        pin!(pending).poll(&mut Cx::from_waker(&Waker::from(count.clone())))
    }

    #[test]
    fn closures_run_in_order_and_may_request_what_a_handler_may() {
        let (mut context, mut state) = (context(), State::new());
        let handle = context.handle::<State>();
        let other = handle.clone();
        handle.run(|state, _| state.push(1)).unwrap();
        other
            .run(|state, context| {
                state.push(2);
                context.stop();
            })
            .unwrap();
        run_all(&mut state, &mut context);
        assert_eq!(state, [1, 2]);
        assert!(context.has_commands());
    }

    #[test]
    fn a_thread_waits_for_the_result() {
        let (mut context, mut state) = (context(), vec![7]);
        let handle = context.handle::<State>();
        let (send, woken) = mpsc::channel();
        context.inbox().wake_with(move || send.send(()).unwrap());
        let thread = thread::spawn(move || handle.with(|state, _| state[0]).wait().unwrap());
        woken.recv().unwrap();
        run_all(&mut state, &mut context);
        assert_eq!(thread.join().unwrap(), 7);
    }

    #[test]
    fn the_loop_cannot_wait_for_itself() {
        let context = context();
        let error = context.handle::<State>().with(|_, _| ()).wait().unwrap_err();
        assert!(error.to_string().contains("cannot wait for itself"), "{error}");
        assert!(!context.inbox().has_jobs());
    }

    #[test]
    fn one_closure_too_many_is_refused_and_a_thread_waits_for_room() {
        let (mut context, mut state) = (context(), State::new());
        let handle = context.handle::<State>();
        context.inbox().set_limit(2);
        handle.run(|state, _| state.push(1)).unwrap();
        handle.run(|state, _| state.push(2)).unwrap();
        assert!(handle.run(|state, _| state.push(3)).unwrap_err().is_full());
        let thread = thread::spawn(move || handle.with(|state, _| state.push(4)).wait());
        while !thread.is_finished() {
            run_all(&mut state, &mut context);
            thread::yield_now();
        }
        thread.join().unwrap().unwrap();
        assert_eq!(state, [1, 2, 4]);
    }

    #[test]
    fn futures_wait_for_room_in_order() {
        let (mut context, mut state) = (context(), State::new());
        let handle = context.handle::<State>();
        context.inbox().set_limit(1);
        let count = Arc::<Count>::default();
        let mut pending: Vec<_> = (0..4).map(|n| handle.with(move |state, _| state.push(n))).collect();
        assert!(pending.iter_mut().all(|pending| poll(pending, &count).is_pending()));
        // The second one is no longer wanted: the third has its place.
        drop(pending.remove(1));
        for woken in 1..=pending.len() {
            run_all(&mut state, &mut context);
            assert!(count.get() >= woken, "a future that has the next place is woken");
            for pending in &mut pending {
                let _ = poll(pending, &count);
            }
        }
        run_all(&mut state, &mut context);
        assert_eq!(state, [0, 2, 3]);
    }

    #[test]
    fn a_future_that_leaves_after_it_was_woken_passes_its_place_on() {
        let (mut context, mut state) = (context(), State::new());
        let handle = context.handle::<State>();
        context.inbox().set_limit(1);
        let counts: Vec<_> = (0..3).map(|_| Arc::<Count>::default()).collect();
        let mut pending: Vec<_> = counts.iter().map(|_| handle.with(|state, _| state.push(1))).collect();
        for (pending, count) in pending.iter_mut().zip(&counts) {
            assert!(poll(pending, count).is_pending());
        }
        run_all(&mut state, &mut context);
        assert_eq!((counts[1].get(), counts[2].get()), (1, 0));
        drop(pending.remove(1));
        assert_eq!(counts[2].get(), 1);
    }

    #[test]
    fn a_future_gets_its_result() {
        let (mut context, mut state) = (context(), vec![7]);
        let mut pending = context.handle::<State>().with(|state, _| state[0]);
        let count = Arc::<Count>::default();
        assert!(poll(&mut pending, &count).is_pending());
        run_all(&mut state, &mut context);
        assert_eq!(count.get(), 1);
        let Poll::Ready(Ok(7)) = poll(&mut pending, &count) else { panic!("it has run") };
    }

    #[test]
    fn a_closure_that_panics_has_no_result() {
        let mut context = context();
        let handle = context.handle::<State>();
        let thread = thread::spawn(move || handle.with::<()>(|_, _| panic!("as it should")).wait());
        let job = loop {
            if let Some(job) = context.inbox().pop() {
                break job;
            }
            thread::yield_now();
        };
        let run = std::panic::AssertUnwindSafe(|| job(&mut State::new(), &mut context));
        assert!(std::panic::catch_unwind(run).is_err());
        assert_eq!(thread.join().unwrap().unwrap_err().to_string(), "the closure panicked");
    }

    #[test]
    fn after_the_end_nothing_waits() {
        let context = context();
        let handle = context.handle::<State>();
        let count = Arc::<Count>::default();
        let (mut sent, mut unsent) = (handle.with(|_, _| ()), handle.with(|_, _| ()));
        context.inbox().set_limit(1);
        assert!(poll(&mut sent, &count).is_pending());
        assert!(poll(&mut unsent, &count).is_pending());
        drop(context);
        assert_eq!(count.get(), 2);
        for pending in [&mut sent, &mut unsent] {
            let Poll::Ready(Err(error)) = poll(pending, &count) else { panic!("nothing will run it") };
            assert!(error.is_stopped(), "{error}");
        }
        assert!(handle.run(|_, _| ()).unwrap_err().is_stopped());
    }
}
