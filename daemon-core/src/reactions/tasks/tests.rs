//! Timers with a clock that the test moves.

use super::*;
use crate::context::{Command, Facts};
use crate::declare::Period;

/// What has run.
type Log = Vec<&'static str>;

/// Timers, and a clock that a test moves.
struct Clock {
    tasks: Tasks<Log>,
    context: Context,
    log: Log,
    now: Instant,
}

impl Clock {
    fn new(timers: &'static [Timer<Log>]) -> Self {
        let (context, now) = (Context::new::<Log>(Facts::new("clock", "0")), Instant::now());
        Clock {
            tasks: Tasks::new(Panic::Ends, timers.iter().collect(), &Log::new(), &context, now),
            context,
            log: Log::new(),
            now,
        }
    }

    /// Applies the commands, as a loop does at the end of a turn.
    fn apply(&mut self) {
        for command in self.context.take_commands() {
            match command {
                Command::Schedule { timer, delay, every, task } => {
                    self.tasks.schedule(timer, self.now, delay, every, task);
                }
                Command::CancelTimer(timer) => self.tasks.cancel(timer),
                _ => panic!("this is no command about timers"),
            }
        }
    }

    /// Lets this much time pass in one turn; returns what has run.
    fn pass(&mut self, milliseconds: u64) -> Log {
        self.apply();
        self.now += Duration::from_millis(milliseconds);
        self.tasks.run(&mut self.log, &mut self.context, self.now);
        self.apply();
        std::mem::take(&mut self.log)
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_cancelled_timer_does_not_run() {
    let mut clock = Clock::new(&[]);
    let once = clock.context.after(SECOND, |log: &mut Log, _| log.push("once"));
    let often = clock.context.every(SECOND, |log: &mut Log, _| log.push("often"));
    clock.context.after(SECOND * 2, |log: &mut Log, _| log.push("other"));
    assert_eq!(clock.pass(1000), ["once", "often"]);
    // It has run: nothing happens.
    clock.context.cancel(once);
    clock.context.cancel(often);
    clock.context.cancel(often);
    assert_eq!(clock.pass(1000), ["other"]);
    assert_eq!(clock.tasks.next(), None);
    assert!(clock.tasks.set.is_empty());
}

#[test]
fn a_timer_set_and_cancelled_by_one_handler_does_not_run() {
    let mut clock = Clock::new(&[]);
    let timer = clock.context.after(Duration::ZERO, |log: &mut Log, _| log.push("never"));
    clock.context.cancel(timer);
    assert!(clock.pass(0).is_empty());
    assert!(clock.tasks.set.is_empty());
}

#[test]
fn a_timer_can_cancel_another_that_is_due_in_the_same_turn() {
    let mut clock = Clock::new(&[]);
    let later = clock.context.after(SECOND * 2, |log: &mut Log, _| log.push("later"));
    clock.context.after(SECOND, move |log: &mut Log, context| {
        log.push("sooner");
        context.cancel(later);
    });
    assert_eq!(clock.pass(5000), ["sooner"]);
    assert!(clock.tasks.set.is_empty());
}

#[test]
fn what_a_handler_cancels_does_not_run_later_in_its_turn() {
    let mut clock = Clock::new(&[]);
    let timer = clock.context.every(SECOND, |log: &mut Log, _| log.push("late"));
    clock.apply();
    // A handler runs before the timers of its turn.
    clock.context.cancel(timer);
    clock.now += SECOND;
    clock.tasks.run(&mut clock.log, &mut clock.context, clock.now);
    assert!(clock.log.is_empty());
}

#[test]
fn a_timer_can_cancel_itself_while_it_runs() {
    let mut clock = Clock::new(&[]);
    let own = std::rc::Rc::new(std::cell::Cell::new(None));
    let seen = own.clone();
    let timer = clock.context.every(SECOND, move |log: &mut Log, context| {
        log.push("once");
        if let Some(timer) = seen.get() {
            context.cancel(timer);
        }
    });
    own.set(Some(timer));
    assert_eq!(clock.pass(1000), ["once"]);
    assert!(clock.pass(9000).is_empty());
}

#[test]
fn a_late_cancel_does_not_hit_the_next_timer() {
    let mut clock = Clock::new(&[]);
    let first = clock.context.after(SECOND, |log: &mut Log, _| log.push("first"));
    assert_eq!(clock.pass(1000), ["first"]);
    clock.context.after(SECOND, |log: &mut Log, _| log.push("second"));
    clock.context.cancel(first);
    assert_eq!(clock.pass(1000), ["second"]);
}

/// A timer whose period is a field: as many seconds as the log has entries.
const FROM_STATE: &[Timer<Log>] = &[Timer {
    period: Period::Setting(|log, _| Duration::from_secs(log.len() as u64)),
    name: "tick",
    tick: |log, _| {
        log.push("tick");
        Ok(())
    },
}];

#[test]
fn a_period_from_the_state_is_read_after_each_run_and_after_a_reload() {
    let start = Instant::now();
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    let mut context = Context::new::<Log>(Facts::new("clock", "0"));
    let mut log = vec!["one", "two"];
    let mut tasks = Tasks::new(Panic::Ends, FROM_STATE.iter().collect(), &log, &context, start);
    assert_eq!(tasks.next(), Some(at(2000)));
    // The run itself changes it.
    tasks.run(&mut log, &mut context, at(2000));
    assert_eq!((log.len(), tasks.next()), (3, Some(at(5000))));
    // A change shows after a reload, and counts from there.
    log.truncate(1);
    assert_eq!(tasks.next(), Some(at(5000)));
    tasks.reload(&log, &context, at(2500));
    assert_eq!(tasks.next(), Some(at(3500)));
    // A reload that changes nothing does not delay it.
    tasks.reload(&log, &context, at(3000));
    assert_eq!(tasks.next(), Some(at(3500)));
    // Zero is the shortest period.
    log.clear();
    tasks.reload(&log, &context, at(3000));
    assert_eq!(tasks.next(), Some(at(3001)));
}
