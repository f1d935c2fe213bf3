//! A client of a daemon that is found by its name: its instances, their connections, and what to do when one fails.

mod choice;
mod circuit;
mod instances;
pub(super) mod lease;
pub(super) mod place;
#[cfg(feature = "nats")]
mod remote;
mod retry;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::instances::Instances;
use self::lease::Lease;
use self::place::Place;
use self::retry::{Attempts, Lost, Next};
use super::discovery::Plan;
use super::{Client, Failure, Items};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::timers::after;

/// A client of a daemon that is found by its name, such as [`Discovery`](super::Discovery) returns it.
///
/// It stays of use when the daemon restarts: it connects again, and its calls wait until the daemon is ready. Several
/// instances share the load. Clones share their connections, and threads may share one client.
///
/// Calls block. In a handler of a daemon, call it in a method with `thread`, or in `spawn_blocking`: the loop must not
/// wait.
///
/// ```no_run
/// use daemon_core::{Discovery, Result};
///
/// # fn main() -> Result<()> {
/// let users = Discovery::suite("shop").connect("users")?;
/// let names: Vec<String> = users.call_idempotent("users.names", &())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Discovered(Way);

/// How a daemon is reached.
#[derive(Clone)]
enum Way {
    /// By its sockets in a directory.
    Here(Arc<Shared>),
    /// Through a NATS server.
    #[cfg(feature = "nats")]
    Remote(Arc<remote::Remote>),
}

/// What the clones of a client share.
struct Shared {
    place: Place,
    plan: Plan,
    instances: Mutex<Instances>,
    /// A connection is free, or an instance is back.
    changed: Condvar,
    #[cfg(daemon)]
    warned: std::sync::atomic::AtomicBool,
}

impl Discovered {
    pub(super) fn new(place: Place, plan: Plan) -> Self {
        Discovered(Way::Here(Arc::new(Shared {
            place,
            plan,
            instances: Mutex::new(Instances::new(plan.failures, plan.connections)),
            changed: Condvar::new(),
            #[cfg(daemon)]
            warned: std::sync::atomic::AtomicBool::new(false),
        })))
    }

    /// Returns a client of a daemon on other machines, through a NATS server.
    #[cfg(feature = "nats")]
    pub(super) fn remote(
        nats: &crate::settings::options::NatsOptions,
        daemon: &str,
        plan: Plan,
    ) -> Result<Self> {
        remote::Remote::connect(nats, daemon, plan).map(|remote| Discovered(Way::Remote(Arc::new(remote))))
    }

    /// Calls a method and waits for its reply, as [`Client::call`]. It is sent again only if the method did not run.
    ///
    /// # Errors
    ///
    /// Those of [`Client::call`]; [`is_not_running`](Error::is_not_running) if no instance was there for as long as a call
    /// waits, [`is_timed_out`](Error::is_timed_out) if none was ready or replied in time,
    /// [`is_unavailable`](Error::is_unavailable) at once if all instances have failed so often that they are left alone.
    pub fn call<R: DeserializeOwned>(&self, method: &str, params: &(impl Serialize + ?Sized)) -> Result<R> {
        self.ask(method, params, false)
    }

    /// Calls a method that does the same if it runs twice: it is sent again even if it may have run.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_idempotent<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<R> {
        self.ask(method, params, true)
    }

    /// Calls a method that sends items, as [`Client::subscribe`], on a connection of its own. The items end with an error if
    /// the daemon ends; subscribe again then.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn subscribe<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Items<'static, T>> {
        self.follow(method, params, false)
    }

    pub(super) fn follow<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        idempotent: bool,
    ) -> Result<Items<'static, T>> {
        #[allow(clippy::infallible_destructuring_match)] // With NATS, there is another way.
        let shared = match &self.0 {
            Way::Here(shared) => shared,
            #[cfg(feature = "nats")]
            Way::Remote(_) => {
                return Err(crate::error::Error::usage(format!(
                    "`{method}` sends items, which NATS does not pass on"
                )));
            }
        };
        let (lease, subscription) =
            shared.run(method, idempotent, |client| client.attempt::<u64>(method, params))?;
        Ok(Items::on(lease.into_subscription()?, method, subscription))
    }

    pub(super) fn ask<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        idempotent: bool,
    ) -> Result<R> {
        #[allow(clippy::infallible_destructuring_match)] // With NATS, there is another way.
        let shared = match &self.0 {
            Way::Here(shared) => shared,
            #[cfg(feature = "nats")]
            Way::Remote(remote) => return remote.ask(method, params, idempotent),
        };
        let (lease, result) = shared.run(method, idempotent, |client| client.attempt(method, params))?;
        lease.replied();
        Ok(result)
    }
}

impl Shared {
    /// Attempts a call until it has a reply, or must not be sent again.
    fn run<T>(
        self: &Arc<Self>,
        method: &str,
        idempotent: bool,
        mut attempt: impl FnMut(&mut Client) -> Result<T, Failure>,
    ) -> Result<(Lease, T)> {
        let plan = &self.plan;
        self.warn_of_waiting(method);
        let end = after(Instant::now(), plan.deadline);
        let mut attempts = Attempts::new(idempotent, plan.retries);
        loop {
            let mut lease = Lease::take(self, method, end)?;
            lease.client().timeout = Some(plan.timeout.min(end.saturating_duration_since(Instant::now())));
            let (lost, error) = match attempt(lease.client()) {
                Ok(result) => return Ok((lease, result)),
                Err(Failure::Replied(error)) => {
                    lease.replied();
                    return Err(error);
                }
                Err(Failure::Unbegun(error)) => (Lost::Unbegun, error),
                Err(Failure::Unknown(error)) => (Lost::Unknown, error),
            };
            lease.lost(lost, &error);
            let next = attempts.next(lost, &mut self.lock().budget, fastrand::f64());
            match next {
                Next::Again(pause) if after(Instant::now(), pause) < end => thread::sleep(pause),
                Next::Again(_) | Next::Give => return Err(error),
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Instances> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Warns once of calls that keep the loop of a daemon waiting.
    #[cfg(daemon)]
    fn warn_of_waiting(&self, method: &str) {
        use std::sync::atomic::Ordering::Relaxed;
        if crate::trace::is_loop() && !self.warned.swap(true, Relaxed) {
            tracing::warn!(
                "a call of `{method}` of {} blocks the loop of this daemon, and with it all of its connections: make it in \
                 a method with `thread`, or in `spawn_blocking`",
                self.place
            );
        }
    }

    #[cfg(not(daemon))]
    fn warn_of_waiting(&self, _: &str) {}
}

impl fmt::Debug for Discovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("Discovered");
        match &self.0 {
            Way::Here(shared) => tuple.field(&shared.place),
            #[cfg(feature = "nats")]
            Way::Remote(remote) => tuple.field(remote),
        };
        tuple.finish()
    }
}
