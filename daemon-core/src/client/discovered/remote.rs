//! A daemon on other machines, which is called through a NATS server: the server knows who offers its methods.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::retry::{Attempts, Budget, Lost, Next, pause};
use crate::client::discovery::Plan;
use crate::error::{Error, OrError, Result};
use crate::fault::code;
use crate::nats::{Refusal, Requests};
use crate::settings::options::NatsOptions;
use crate::timers::after;
use crate::trace;

/// A daemon that is called through a server.
pub(super) struct Remote {
    daemon: String,
    plan: Plan,
    requests: Requests,
    budget: Mutex<Budget>,
}

impl Remote {
    /// Connects to a server.
    ///
    /// # Errors
    ///
    /// Those of [`Requests::connect`].
    pub(super) fn connect(nats: &NatsOptions, daemon: &str, plan: Plan) -> Result<Remote> {
        let requests = Requests::connect(&format!("client of {daemon}"), nats)?;
        Ok(Remote { daemon: daemon.to_owned(), plan, requests, budget: Mutex::new(Budget::new()) })
    }

    /// Calls a method, as often as it must and may be sent.
    pub(super) fn ask<R: DeserializeOwned>(
        &self,
        method: &str,
        params: &(impl Serialize + ?Sized),
        idempotent: bool,
    ) -> Result<R> {
        let what = || format!("cannot call `{method}` of `{}` on NATS", self.daemon);
        let params = serde_json::to_string(params).or_error(what)?;
        // Nothing is how a call without parameters is written.
        let params = if params == "null" { String::new() } else { params };
        let start = Instant::now();
        let (end, patient_until) = (after(start, self.plan.deadline), after(start, self.plan.wait));
        let (mut attempts, mut vain) = (Attempts::new(idempotent, self.plan.retries), 0);
        loop {
            let patience = self.plan.timeout.min(end.saturating_duration_since(Instant::now()));
            let called = self.requests.call(&self.daemon, method, params.clone(), trace::current(), patience);
            let (error, next) = match called {
                Ok(result) => {
                    self.budget().earn();
                    return serde_json::from_slice(&result).or_error(what);
                }
                Err(Refusal::Nobody) => {
                    vain += 1;
                    let error = Error::not_running(format!("{}: no instance of it is there", what()));
                    (error, Next::Again(pause(vain, fastrand::f64())))
                }
                Err(Refusal::Fault(fault)) if fault.is_of_stopping() => {
                    let next = attempts.next(Lost::Unbegun, &mut self.budget(), fastrand::f64());
                    (Error::new(what()).because(fault), next)
                }
                // The bridge of an instance has lost its daemon.
                Err(Refusal::Fault(fault)) if fault.code() == code::TRANSPORT_ERROR => {
                    let next = attempts.next(Lost::Unknown, &mut self.budget(), fastrand::f64());
                    (Error::new(what()).because(fault), next)
                }
                Err(Refusal::Fault(fault)) => return Err(Error::new(what()).because(fault)),
                Err(Refusal::Silence(why)) => {
                    let next = attempts.next(Lost::Unknown, &mut self.budget(), fastrand::f64());
                    (Error::timed_out(format!("{}: {why}", what())), next)
                }
            };
            let until = if error.is_not_running() { patient_until.min(end) } else { end };
            match next {
                Next::Again(pause) if after(Instant::now(), pause) < until => thread::sleep(pause),
                Next::Again(_) | Next::Give => return Err(error),
            }
        }
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.daemon).finish()
    }
}
