//! A connection while one call uses it: how it is found, and what becomes of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use humantime::format_duration;
use nix::unistd::geteuid;
use serde::de::IgnoredAny;

use super::Shared;
use super::instances::{Chosen, End, Pick, Unreachable};
use super::retry::Lost;
use crate::client::{Client, Failure};
use crate::credentials::secret;
use crate::error::{Error, Result};
use crate::fault::code;
use crate::net::Endpoint;
use crate::timers::after;

/// How long an instance has to answer that may not be back, while others could be called instead.
const SHORT: Duration = Duration::from_millis(100);

/// A connection that one call uses.
pub(in crate::client) struct Lease {
    shared: Arc<Shared>,
    path: PathBuf,
    generation: u64,
    /// `None` once its end was reported.
    client: Option<Box<Client>>,
}

/// Why an instance that was chosen is not used.
enum NotReached {
    Unreachable(Unreachable, Error),
    /// Another user's process listens there.
    Foreign(Error),
}

impl Lease {
    /// Waits for an instance that is ready, until `end` at the latest.
    ///
    /// # Errors
    ///
    /// If there is none in time, or no use in waiting.
    pub(super) fn take(shared: &Arc<Shared>, method: &str, end: Instant) -> Result<Lease> {
        let start = Instant::now();
        let given_up = shared.lock().given_up();
        let patience = given_up.map_or(shared.plan.wait, |_| Duration::ZERO);
        let end = after(start, patience).min(end);
        loop {
            let picked = shared.pick()?;
            let now = Instant::now();
            match picked {
                Pick::Use(chosen) => match Lease::reach(shared, chosen, end)? {
                    Some(lease) => return Ok(lease),
                    None if Instant::now() < end => {}
                    None => return Err(shared.in_vain(method, start)),
                },
                Pick::Barred(since, until) => return Err(shared.barred(method, since, until, now)),
                Pick::Full | Pick::Later(_) if now >= end => return Err(shared.in_vain(method, start)),
                Pick::Full => shared.wait(end, now),
                Pick::Later(until) => shared.wait(until.min(end), now),
            }
        }
    }

    /// Returns the idle connection of an instance, or a new one; `None` if it can't be reached.
    ///
    /// # Errors
    ///
    /// If the process that listens belongs to another user.
    fn reach(shared: &Arc<Shared>, mut chosen: Chosen, end: Instant) -> Result<Option<Lease>> {
        let client = match chosen.client.take() {
            Some(client) => Ok(client),
            None => shared.connect(&chosen, end),
        };
        let Chosen { path, generation, .. } = chosen;
        let (what, error) = match client {
            Ok(client) => {
                return Ok(Some(Lease { shared: shared.clone(), path, generation, client: Some(client) }));
            }
            Err(NotReached::Unreachable(what, error)) => (what, error),
            Err(NotReached::Foreign(error)) => {
                shared.unreachable(&path, Unreachable::Gone, error.report());
                return Err(error);
            }
        };
        shared.unreachable(&path, what, error.report());
        Ok(None)
    }

    /// Returns its connection.
    pub(in crate::client) fn client(&mut self) -> &mut Client {
        #[allow(clippy::expect_used)] // It is taken only by what consumes the lease.
        self.client.as_mut().expect("a lease has a connection until its end")
    }

    /// The daemon has replied: the next call may use the connection.
    pub(super) fn replied(mut self) {
        if let Some(client) = self.client.take() {
            self.shared.lock().replied(&self.path, self.generation, client);
            self.shared.changed.notify_all();
        }
    }

    /// The call has no reply.
    pub(super) fn lost(mut self, lost: Lost, error: &Error) {
        self.client = None;
        let end = match lost {
            _ if error.is_timed_out() => End::TimedOut,
            Lost::Unbegun => End::HungUpUnread,
            Lost::Unknown => End::HungUp,
        };
        let now = Instant::now();
        self.shared.lock().lost(&self.path, self.generation, end, error.report(), now);
        self.shared.changed.notify_all();
    }

    /// The daemon has replied, and what follows on this connection are items.
    pub(super) fn into_subscription(mut self) -> Result<Lease> {
        self.shared.lock().answered(&self.path);
        self.client().set_timeout(None)?;
        Ok(self)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.client.take().is_some() {
            self.shared.lock().ended(&self.path);
            self.shared.changed.notify_one();
        }
    }
}

impl Shared {
    /// Chooses an instance, after a look into the directory if something has failed.
    fn pick(&self) -> Result<Pick> {
        let now = Instant::now();
        let mut instances = self.lock();
        if instances.is_stale(now) {
            instances.refresh(self.place.sockets()?, now);
        }
        Ok(instances.pick(now, fastrand::f64()))
    }

    /// Waits until something changes, or until a time.
    fn wait(&self, until: Instant, now: Instant) {
        // What changes between the choice and this wait is not noticed by it, so it is a short one.
        let time = until.saturating_duration_since(now).min(SHORT);
        // Whether it was the one or the other is found out by the next look.
        drop(self.changed.wait_timeout(self.lock(), time));
        self.lock().look_again();
    }

    fn unreachable(&self, path: &std::path::Path, what: Unreachable, why: String) {
        self.lock().unreachable(path, what, why, Instant::now(), fastrand::f64());
        self.changed.notify_all();
    }

    /// Connects to an instance, checks whose it is, and waits until it is ready.
    fn connect(&self, chosen: &Chosen, end: Instant) -> Result<Box<Client>, NotReached> {
        let patience = if chosen.is_try { self.plan.timeout.min(SHORT) } else { self.plan.timeout };
        let patience = end.saturating_duration_since(Instant::now()).min(patience).max(SHORT.min(patience));
        let endpoint = Endpoint::Unix(chosen.path.clone());
        let mut client = Client::to(&endpoint, None, patience).map_err(|error| {
            let silent = error.is_timed_out();
            let what = if silent { Unreachable::Silent } else { Unreachable::Gone };
            NotReached::Unreachable(what, error)
        })?;
        check_owner(&client, &endpoint).map_err(NotReached::Foreign)?;
        client.timeout = Some(patience);
        match client.attempt::<IgnoredAny>("daemon.ready", &()) {
            // Also one that may not say more, or has a worker that is down, serves calls.
            Ok(_) | Err(Failure::Replied(_)) => {}
            Err(Failure::Unbegun(error)) => return Err(NotReached::Unreachable(Unreachable::Gone, error)),
            Err(Failure::Unknown(error)) => {
                return Err(NotReached::Unreachable(
                    Unreachable::Silent,
                    not_ready(&endpoint, patience, error),
                ));
            }
        }
        self.introduce(&mut client).map_err(|failure| match failure {
            Failure::Replied(error) => NotReached::Foreign(error),
            Failure::Unbegun(error) => NotReached::Unreachable(Unreachable::Gone, error),
            Failure::Unknown(error) => NotReached::Unreachable(Unreachable::Silent, error),
        })?;
        self.lock().reached(&chosen.path);
        self.changed.notify_all();
        Ok(Box::new(client))
    }

    /// Shows the secret of the suite, if there is one: then the calls are those of a member.
    fn introduce(&self, client: &mut Client) -> Result<(), Failure> {
        let secret = match secret(self.place.directory()) {
            Err(error) if error.is_not_running() => return Ok(()),
            secret => secret.map_err(Failure::Replied)?,
        };
        match client.attempt::<bool>("auth", &[&secret]) {
            // It was built without tokens.
            Err(Failure::Replied(error)) if has_code(&error, code::METHOD_NOT_FOUND) => Ok(()),
            shown => shown.map(drop),
        }
    }

    /// The error of a call that has waited.
    fn in_vain(&self, method: &str, start: Instant) -> Error {
        let now = Instant::now();
        let mut instances = self.lock();
        let since = instances.given_up();
        instances.waited_in_vain(now);
        let (why, silent) = (instances.why(), instances.is_silent());
        drop(instances);
        let waited = match since {
            Some(since) => {
                format!("for {}, and calls do not wait for it any more", seconds(now - since))
            }
            None => format!("after {}", seconds(now - start)),
        };
        let what = format!("cannot call `{method}`: no instance of {} is ready {waited}", self.place);
        let what = if why.is_empty() { what } else { format!("{what}: {why}") };
        if silent { Error::timed_out(what) } else { Error::not_running(what) }
    }

    /// The error of a call that is not sent because all instances are left alone.
    fn barred(&self, method: &str, since: Instant, until: Instant, now: Instant) -> Error {
        let (long, left) = (seconds(now - since), seconds(until.saturating_duration_since(now)));
        Error::unavailable(format!(
            "cannot call `{method}`: every instance of {} has failed repeatedly, and is left alone since {long} ago; the \
             next try is in {left}: {}",
            self.place,
            self.lock().why()
        ))
    }
}

/// Checks that the process at the other end is one of the same user, or root, before it is shown anything.
fn check_owner(client: &Client, endpoint: &Endpoint) -> Result<()> {
    let own = geteuid().as_raw();
    match client.listener() {
        Some((_, uid)) if uid == own || uid == 0 => Ok(()),
        Some((pid, uid)) => Err(Error::refused(format!(
            "will not call `{endpoint}`: process {pid} of uid {uid} listens there, and not one of uid {own}"
        ))),
        None => Err(Error::refused(format!("will not call `{endpoint}`: it is unknown who listens there"))),
    }
}

fn has_code(error: &Error, code: i32) -> bool {
    error.fault().is_some_and(|fault| fault.code() == code)
}

fn not_ready(endpoint: &Endpoint, patience: Duration, error: Error) -> Error {
    match error.is_timed_out() {
        true => Error::timed_out(format!(
            "`{endpoint}`: a process listens there, and was not ready within {}",
            format_duration(patience)
        )),
        false => error,
    }
}

/// Returns a time to show, in whole milliseconds.
fn seconds(time: Duration) -> humantime::FormattedDuration {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    format_duration(Duration::from_millis(milliseconds))
}
