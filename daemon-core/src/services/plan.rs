//! When a schedule starts a service next.
//!
//! A schedule of cron follows the clock on the wall, which can be set at any time. What is planned is such a time, and
//! that clock decides whether it has come. Set forward past it, the start is made up for, once. Set back, no time comes
//! twice; but by more than [`CORRECTION`], the clock was wrong before, and what it has said does not count.
//!
//! Nothing here reads a clock.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, Zoned};

use crate::service::{Schedule, Start};
use crate::timers::after;

/// How far a clock may be set back so that no time comes twice, as with cron(8).
const CORRECTION: SignedDuration = SignedDuration::from_hours(3);
/// How often the clock on the wall is read: it may have been set.
const CLOCK_EVERY: Duration = Duration::from_secs(60);

/// A moment by both clocks.
pub(super) struct Clocks {
    pub(super) now: Instant,
    pub(super) wall: Zoned,
}

impl Clocks {
    /// Returns the present moment.
    pub(super) fn new(now: Instant) -> Self {
        Clocks { now, wall: Zoned::now() }
    }
}

/// The next start of a service by its schedule.
#[derive(Debug, Default)]
pub(super) struct Plan {
    next: Option<Next>,
    /// What the clock on the wall said when a start of it had come.
    done: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
struct Next {
    at: Instant,
    /// The time that decides, if the schedule follows the clock on the wall.
    wall: Option<Timestamp>,
}

impl Plan {
    /// Plans the next start.
    pub(super) fn set(&mut self, schedule: &Schedule, clocks: &Clocks) {
        self.next = schedule.next(&self.from(clocks)).map(|start| match start {
            Start::After(delay) => Next { at: after(clocks.now, delay), wall: None },
            Start::At(time) => Next { at: after(clocks.now, until(time, clocks)), wall: Some(time) },
        });
    }

    /// Returns the time after which the next one is looked for.
    fn from(&self, clocks: &Clocks) -> Zoned {
        let wall = clocks.wall.timestamp();
        let done = self.done.filter(|done| *done > wall && done.duration_since(wall) <= CORRECTION);
        done.map_or_else(|| clocks.wall.clone(), |done| done.to_zoned(clocks.wall.time_zone().clone()))
    }

    /// Plans no start; returns whether there was one.
    pub(super) fn clear(&mut self) -> bool {
        self.next.take().is_some()
    }

    /// Returns when the next start is, as long as no clock is set.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next.map(|next| next.at)
    }

    /// Returns when to find out whether it has come.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        self.next.map(|next| next.wall.map_or(next.at, |_| next.at.min(after(now, CLOCK_EVERY))))
    }

    /// Whether the next start has come. The caller then plans the next one, as it does when the clock may have been set.
    pub(super) fn has_come(&mut self, clocks: &Clocks) -> bool {
        let wall = clocks.wall.timestamp();
        match self.next {
            Some(Next { wall: Some(time), .. }) if time <= wall => {
                self.done = Some(wall);
                true
            }
            Some(Next { at, wall: None }) => at <= clocks.now,
            Some(_) | None => false,
        }
    }
}

fn until(time: Timestamp, clocks: &Clocks) -> Duration {
    Duration::try_from(time.duration_since(clocks.wall.timestamp())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// Two clocks, and a plan that is checked at its deadlines.
    struct World {
        clocks: Clocks,
        plan: Plan,
        schedule: Schedule,
        look: Instant,
        /// The times of starts by the clock on the wall.
        starts: Vec<String>,
    }

    impl World {
        fn new(schedule: Schedule, wall: &str) -> Self {
            let clocks = Clocks { now: Instant::now(), wall: at(wall) };
            let look = clocks.now;
            let mut world = World { clocks, plan: Plan::default(), schedule, look, starts: Vec::new() };
            world.plan();
            world
        }

        fn cron(pattern: &str, wall: &str) -> Self {
            World::new(Schedule::cron(pattern).unwrap(), wall)
        }

        fn plan(&mut self) {
            self.plan.set(&self.schedule, &self.clocks);
            self.look = self.plan.deadline(self.clocks.now).unwrap();
        }

        /// Lets time pass, as both clocks see it.
        fn pass(&mut self, minutes: u64) {
            let end = self.clocks.now + Duration::from_secs(minutes * 60);
            while self.clocks.now < end {
                let next = self.look.min(end);
                let step = SignedDuration::try_from(next - self.clocks.now).unwrap();
                self.clocks = Clocks { now: next, wall: &self.clocks.wall + step };
                if next == self.look {
                    if self.plan.has_come(&self.clocks) {
                        self.starts.push(self.clocks.wall.strftime("%H:%M").to_string());
                    }
                    self.plan();
                }
            }
        }

        /// Sets the clock on the wall.
        fn set(&mut self, wall: &str) {
            self.clocks.wall = at(wall);
        }
    }

    fn at(time: &str) -> Zoned {
        let time: jiff::civil::DateTime = time.parse().unwrap();
        time.to_zoned(TimeZone::UTC).unwrap()
    }

    #[test]
    fn a_schedule_of_cron_starts_at_its_times() {
        let mut world = World::cron("0 * * * *", "2026-11-28T02:30");
        world.pass(180);
        assert_eq!(world.starts, ["03:00", "04:00", "05:00"]);
    }

    #[test]
    fn a_clock_set_forward_past_several_starts_makes_up_for_one() {
        let mut world = World::cron("0 * * * *", "2026-11-28T02:30");
        world.set("2026-11-28T07:10");
        world.pass(60);
        assert_eq!(world.starts, ["07:11", "08:00"]);
        let mut world = World::cron("0 3 * * *", "1970-01-01T00:00");
        world.set("2026-11-28T02:30");
        world.pass(60);
        assert_eq!(world.starts, ["02:31", "03:00"]);
    }

    #[test]
    fn a_clock_set_back_starts_nothing_twice() {
        let mut world = World::cron("0 3 * * *", "2026-11-28T02:30");
        world.pass(60);
        assert_eq!(world.starts, ["03:00"]);
        world.set("2026-11-28T02:50");
        world.pass(60);
        assert_eq!(world.starts, ["03:00"]);
        // Over as much as a day, the next one is that of the next day.
        world.pass(24 * 60);
        assert_eq!(world.starts, ["03:00", "03:00"]);
    }

    #[test]
    fn a_clock_set_back_right_before_a_start_puts_it_off() {
        let mut world = World::cron("0 3 * * *", "2026-11-28T02:00");
        world.pass(59);
        world.set("2026-11-28T02:00");
        world.pass(59);
        assert_eq!(world.starts, [""; 0]);
        world.pass(2);
        assert_eq!(world.starts, ["03:00"]);
    }

    #[test]
    fn a_clock_that_was_wrong_by_years_does_not_stop_a_schedule() {
        let mut world = World::cron("0 * * * *", "2099-01-01T00:30");
        world.pass(60);
        world.set("2026-11-28T02:30");
        world.pass(60);
        assert_eq!(world.starts, ["01:00", "03:00"]);
    }

    #[test]
    fn a_period_does_not_follow_the_clock_on_the_wall() {
        let mut world = World::new(Schedule::every(Duration::from_secs(3600)), "2026-11-28T02:30");
        for wall in ["1970-01-01T00:00", "2099-01-01T00:00", "2026-11-28T02:30", "2026-11-28T02:00"] {
            world.pass(30);
            world.set(wall);
        }
        assert_eq!(world.starts, ["00:30", "03:00"]);
    }

    #[test]
    fn daylight_saving_repeats_and_skips_no_start() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let mut world = World::cron("30 2 * * *", "2026-10-24T12:00");
        world.clocks.wall = world.clocks.wall.datetime().to_zoned(zone).unwrap();
        world.plan();
        world.pass(2 * 24 * 60);
        assert_eq!(world.starts, ["02:30", "02:30"]);
    }
}
