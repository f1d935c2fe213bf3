//! How worn a running process is: it is replaced after so many calls, so long, or with so much memory.

use std::time::{Duration, Instant};

use humantime::format_duration;

use crate::declare::worker::Recycle;
use crate::sys::process;
use crate::timers::after;

/// How often the memory of a process is looked at, if it has a limit.
const MEMORY_CHECK: Duration = Duration::from_secs(1);

/// What a process has done since its start, as far as its worker limits that.
pub(super) struct Wear {
    limits: Recycle,
    since: Instant,
    calls: u64,
    memory_check: Instant,
    /// Which limit it has reached: it gets no more calls, and is replaced when it has answered those that it has.
    reached: Option<String>,
}

impl Wear {
    /// Of a process that has just been started.
    pub(super) fn new(limits: Recycle, now: Instant) -> Self {
        Wear { limits, since: now, calls: 0, memory_check: after(now, MEMORY_CHECK), reached: None }
    }

    /// Counts a call that the process has answered.
    pub(super) fn count(&mut self) {
        self.calls += 1;
        if self.limits.calls.is_some_and(|most| self.calls >= most) {
            self.reached.get_or_insert_with(|| format!("it has answered {} calls", self.calls));
        }
    }

    /// Returns which limit it has reached.
    pub(super) fn reached(&self) -> Option<&str> {
        self.reached.as_deref()
    }

    /// Returns when to check it next.
    pub(super) fn next_check(&self) -> Option<Instant> {
        let age = self.limits.age.map(|age| after(self.since, age));
        let memory = self.limits.memory.map(|_| self.memory_check);
        age.into_iter().chain(memory).min().filter(|_| self.reached.is_none())
    }

    /// Forgets its limits, and that it has reached one.
    pub(super) fn forget_limits(&mut self) {
        (self.limits, self.reached) = (Recycle::never(), None);
    }

    /// Checks its age and its memory; `pid` is its process.
    pub(super) fn check(&mut self, pid: i32, now: Instant) {
        if let Some(age) = self.limits.age
            && after(self.since, age) <= now
        {
            self.reached.get_or_insert_with(|| format!("it has run for {}", format_duration(age)));
        }
        if let Some(most) = self.limits.memory
            && self.memory_check <= now
        {
            self.memory_check = after(now, MEMORY_CHECK);
            let kib = process::memory(pid).filter(|kib| kib.saturating_mul(1024) > most);
            self.reached = self.reached.take().or(kib.map(|kib| format!("it uses {kib} KiB of memory")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid() -> i32 {
        std::process::id().cast_signed()
    }

    #[test]
    fn a_process_without_limits_never_wears_out() {
        let now = Instant::now();
        let mut wear = Wear::new(Recycle::never(), now);
        (0..10_000).for_each(|_| wear.count());
        wear.check(pid(), now + Duration::from_secs(1_000_000));
        assert_eq!((wear.reached(), wear.next_check()), (None, None));
    }

    #[test]
    fn each_limit_is_named_when_it_is_reached() {
        let now = Instant::now();
        let mut wear = Wear::new(Recycle { calls: Some(2), ..Recycle::never() }, now);
        wear.count();
        assert_eq!(wear.reached(), None);
        wear.count();
        assert_eq!(wear.reached(), Some("it has answered 2 calls"));

        let minute = Duration::from_secs(60);
        let mut wear = Wear::new(Recycle { age: Some(minute), ..Recycle::never() }, now);
        assert_eq!(wear.next_check(), Some(now + minute));
        wear.check(pid(), now + minute);
        assert_eq!((wear.reached(), wear.next_check()), (Some("it has run for 1m"), None));

        let mut wear = Wear::new(Recycle { memory: Some(1), ..Recycle::never() }, now);
        wear.check(pid(), now);
        assert_eq!(wear.reached(), None, "it is too early to look");
        wear.check(pid(), now + MEMORY_CHECK);
        assert!(wear.reached().is_some_and(|reason| reason.ends_with(" KiB of memory")));

        let mut wear = Wear::new(Recycle { memory: Some(u64::MAX), ..Recycle::never() }, now);
        wear.check(pid(), now + MEMORY_CHECK);
        assert_eq!((wear.reached(), wear.next_check()), (None, Some(now + 2 * MEMORY_CHECK)));
    }
}
