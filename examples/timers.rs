//! Timers: a method at intervals, and tasks that a handler schedules.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use daemon_core::TimerId;
use daemon_core::prelude::*;

/// Counts its turns, and rings on request.
#[daemon(name = "timers")]
#[derive(Default)]
struct Clock {
    /// How often it turns
    #[flag(default = "10ms")]
    period: Duration,
    turns: u64,
    alarms: BTreeMap<String, TimerId>,
    rung: Vec<String>,
}

#[daemon]
impl Clock {
    #[every(period)]
    fn turn(&mut self) {
        self.turns += 1;
    }

    /// How often the timer has run.
    #[rpc_method]
    fn turns(&self) -> u64 {
        self.turns
    }

    /// Turn faster or slower.
    #[rpc_method]
    fn pace(&mut self, period: Span, context: &mut Context) {
        self.period = period.into();
        context.reload();
    }

    /// Ring after some time.
    #[rpc_method]
    fn alarm(&mut self, label: String, milliseconds: u64, context: &mut Context) {
        let name = label.clone();
        let timer = context.after(Duration::from_millis(milliseconds), |clock: &mut Clock, _| {
            clock.alarms.remove(&label);
            clock.rung.push(label);
        });
        self.alarms.insert(name, timer);
    }

    /// Take an alarm back; was there one?
    #[rpc_method]
    fn silence(&mut self, label: &str, context: &mut Context) -> bool {
        let timer = self.alarms.remove(label);
        if let Some(timer) = timer {
            context.cancel(timer);
        }
        timer.is_some()
    }

    /// What has rung.
    #[rpc_method]
    fn rung(&self) -> Vec<String> {
        self.rung.clone()
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Clock>()
}
