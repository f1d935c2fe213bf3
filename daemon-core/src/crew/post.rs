//! A worker as the daemon knows it: its methods, the calls that wait for it, and which processes do its work.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::ask::Waiting;
use crate::declare::worker::{Job, Offer, Role};
use crate::fault::Fault;
use crate::rpc::params::{self, Params, Rewritten};
use crate::supervisor::spec::Spec;
use crate::timers::after;

/// Calls that one process is given before it has answered the first: enough to keep it busy, and few to send again when
/// it dies.
const WINDOW: usize = 64;

/// One worker.
pub(super) struct Post {
    pub(super) name: Rc<str>,
    /// What its short names of methods stand under on the wire.
    prefix: String,
    pub(super) job: Job,
    offers: Vec<Offer>,
    /// A worker of a pool gets one call at a time: what kills it is then known.
    pub(super) window: usize,
    pub(super) is_pool: bool,
    pub(super) waiting: Waiting,
    /// Its processes, by their numbers.
    pub(super) hands: Vec<usize>,
    /// It has been told to stop because the daemon ends.
    pub(super) retired: bool,
}

impl Post {
    /// A worker of this daemon.
    pub(super) fn new(role: &dyn Role, daemon: &str) -> Self {
        let job = role.job();
        Post {
            name: job.name.into(),
            prefix: if role.is_pool() { daemon } else { job.name }.to_owned(),
            job,
            offers: role.offers(),
            window: if role.is_pool() { 1 } else { WINDOW },
            is_pool: role.is_pool(),
            waiting: Waiting::default(),
            hands: Vec::new(),
            retired: false,
        }
    }

    /// How one of its processes is looked after.
    pub(super) fn spec(&self, number: usize) -> Spec {
        Spec { name: self.label(number), policy: self.job.policy }
    }

    /// What a process is called in the log.
    pub(super) fn label(&self, number: usize) -> String {
        format!("{}/{number}", self.name)
    }

    /// The number of a method, by its name in the worker or on the wire.
    pub(super) fn find(&self, method: &str) -> Option<usize> {
        let short = |offer: &Offer| offer.about.name.short() == method;
        let whole = |offer: &Offer| offer.about.name.of(&self.prefix) == method;
        self.offers.iter().position(|offer| short(offer) || whole(offer))
    }

    /// Says what is wrong with the parameters of a call.
    pub(super) fn check(&self, method: usize, params: &[u8]) -> Result<(), Fault> {
        let offer = &self.offers[method];
        let text = std::str::from_utf8(params).ok().filter(|text| !text.is_empty());
        params::check(offer.check, &Params::new(text, offer.about.params, &Rewritten::new()))
    }

    /// How long a call may take.
    pub(super) fn timeout(&self, method: usize) -> Option<Duration> {
        self.offers[method].timeout.or(self.job.call_timeout)
    }

    /// When to look for the first time after a start whether a process gives signs of life.
    pub(super) fn first_look(&self, now: Instant) -> Option<Instant> {
        self.job.heartbeat.map(|longest| after(now, longest / 2))
    }
}
