//! The closures that wait for the loop, as the loop and the handles see them.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::thread::{self, ThreadId};

use super::Context;
use crate::error::Error;

/// A closure for the loop; the first argument is the daemon's state.
pub(super) type Job = Box<dyn FnOnce(&mut dyn Any, &mut Context) + Send>;

/// How many closures may wait until the loop first reads its settings.
const JOBS: usize = 1024;

/// Why a closure was not accepted.
pub(super) enum Refused {
    /// There is no room for this one.
    Full(Job),
    Stopped,
}

impl Refused {
    pub(super) fn error(&self) -> Error {
        match self {
            Refused::Full(_) => Error::full("too many closures wait for the daemon's loop"),
            Refused::Stopped => Error::stopped("the daemon has stopped"),
        }
    }
}

/// The closures that wait for the loop. They are bounded: above the limit, a thread or a future waits for room.
pub(crate) struct Inbox {
    queue: Mutex<Queue>,
    /// Signalled when a thread that waits for room may have it.
    room: Condvar,
    /// Whether there are closures: readable without the lock, written only under it.
    waiting: AtomicBool,
    /// How many closures may wait.
    limit: AtomicUsize,
    /// The thread of the loop.
    home: ThreadId,
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// How many handles there are.
    handles: AtomicUsize,
}

struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
    /// The futures that wait for room, in order: one for each [`Pending`] that is being awaited.
    futures: BTreeMap<u64, Waker>,
    tickets: u64,
}

impl Inbox {
    /// An inbox of the loop that runs on this thread.
    pub(crate) fn new() -> Self {
        let queue = Queue { jobs: VecDeque::new(), closed: false, futures: BTreeMap::new(), tickets: 0 };
        Inbox {
            queue: Mutex::new(queue),
            room: Condvar::new(),
            waiting: AtomicBool::new(false),
            limit: AtomicUsize::new(JOBS),
            home: thread::current().id(),
            wake: OnceLock::new(),
            handles: AtomicUsize::new(0),
        }
    }

    /// Sets how the loop is woken. Until then nothing wakes it, and closures wait for its first turn.
    pub(crate) fn wake_with(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.wake.set(Box::new(wake));
    }

    /// Sets how many closures may wait.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Whether closures wait to be run.
    pub(crate) fn has_jobs(&self) -> bool {
        self.waiting.load(Ordering::Acquire)
    }

    /// Takes the next closure, and lets one that waits for room have its place.
    pub(crate) fn pop(&self) -> Option<Job> {
        if !self.has_jobs() {
            return None;
        }
        let mut queue = self.lock();
        let job = queue.jobs.pop_front();
        self.waiting.store(!queue.jobs.is_empty(), Ordering::Release);
        let future = queue.futures.pop_first();
        drop(queue);
        self.room.notify_one();
        if let Some((_, waker)) = future {
            waker.wake();
        }
        job
    }

    /// Accepts no more closures. Those that were accepted can still be taken.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let futures = std::mem::take(&mut queue.futures);
        drop(queue);
        self.room.notify_all();
        futures.into_values().for_each(Waker::wake);
    }

    /// How many handles there are.
    pub(crate) fn handles(&self) -> usize {
        self.handles.load(Ordering::Acquire)
    }

    /// Counts a handle.
    pub(super) fn add_handle(&self) {
        self.handles.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a handle no longer, and wakes the loop, which may wait for that.
    pub(super) fn remove_handle(&self) {
        self.handles.fetch_sub(1, Ordering::AcqRel);
        if !self.is_home()
            && let Some(wake) = self.wake.get()
        {
            wake();
        }
    }

    pub(super) fn is_home(&self) -> bool {
        thread::current().id() == self.home
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, job: Job) -> Result<(), Refused> {
        self.push_locked(&mut self.lock(), job)
    }

    pub(super) fn push_blocking(&self, mut job: Job) -> Result<(), Refused> {
        let mut queue = self.lock();
        loop {
            match self.push_locked(&mut queue, job) {
                Err(Refused::Full(refused)) => job = refused,
                done => return done,
            }
            queue = self.room.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Accepts a closure; if there is no room, `waker` is woken when there may be.
    pub(super) fn push_or_wait(
        &self,
        job: Job,
        ticket: &mut Option<u64>,
        waker: &Waker,
    ) -> Result<(), Refused> {
        let mut queue = self.lock();
        let pushed = self.push_locked(&mut queue, job);
        match pushed {
            Err(Refused::Full(_)) => {
                let number = *ticket.get_or_insert_with(|| {
                    queue.tickets += 1;
                    queue.tickets
                });
                queue.futures.insert(number, waker.clone());
            }
            _ => {
                if let Some(number) = ticket.take() {
                    queue.futures.remove(&number);
                }
            }
        }
        pushed
    }

    fn push_locked(&self, queue: &mut Queue, job: Job) -> Result<(), Refused> {
        if queue.closed {
            return Err(Refused::Stopped);
        }
        if queue.jobs.len() >= self.limit.load(Ordering::Relaxed) {
            return Err(Refused::Full(job));
        }
        queue.jobs.push_back(job);
        // One wake-up is enough until the loop has taken everything.
        if !self.waiting.swap(true, Ordering::AcqRel)
            && !self.is_home()
            && let Some(wake) = self.wake.get()
        {
            wake();
        }
        Ok(())
    }

    /// A future no longer waits for room. Its turn passes to the next, which may have been woken for nothing otherwise.
    pub(super) fn leave(&self, ticket: u64) {
        let mut queue = self.lock();
        let waited = queue.futures.remove(&ticket).is_some();
        let next = if waited { None } else { queue.futures.pop_first() };
        drop(queue);
        if let Some((_, waker)) = next {
            waker.wake();
        }
    }
}
