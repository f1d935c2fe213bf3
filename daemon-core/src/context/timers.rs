//! Timers that user code sets while the daemon runs.

use std::time::Duration;

use super::plugins::on_state;
use super::{Command, Context, DynTask};

/// A timer that was set at run time, to take it back with [`Context::cancel`]. It is never used for another timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(u64);

impl Context {
    /// Calls `task` once, after `delay`, unless it is [cancelled](Self::cancel) before.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn after<S: 'static>(
        &mut self,
        delay: Duration,
        task: impl FnOnce(&mut S, &mut Context) + 'static,
    ) -> TimerId {
        self.check_state::<S>();
        let mut task = Some(task);
        self.schedule(delay, false, move |state, context| {
            if let Some(task) = task.take() {
                task(state, context);
            }
        })
    }

    /// Calls `task` every `period`, for the first time after one period, until it is [cancelled](Self::cancel). Calls
    /// missed because the daemon was busy are not made up for. The shortest period is a millisecond.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn every<S: 'static>(
        &mut self,
        period: Duration,
        task: impl FnMut(&mut S, &mut Context) + 'static,
    ) -> TimerId {
        self.check_state::<S>();
        self.schedule(period, true, task)
    }

    /// Takes a timer back: from now on it does not run, and its closure is dropped at the end of the turn. A timer may
    /// cancel itself while it runs. If it has run or was cancelled before, nothing happens.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use daemon_core::TimerId;
    /// use daemon_core::prelude::*;
    ///
    /// #[daemon(name = "oven")]
    /// #[derive(Default)]
    /// struct Oven {
    ///     baking: Option<TimerId>,
    /// }
    ///
    /// #[daemon]
    /// impl Oven {
    ///     /// Bake for some seconds.
    ///     #[rpc_method]
    ///     fn bake(&mut self, seconds: u64, context: &mut Context) {
    ///         self.open(context);
    ///         let timer = context.after(Duration::from_secs(seconds), |oven: &mut Oven, _| oven.baking = None);
    ///         self.baking = Some(timer);
    ///     }
    ///
    ///     /// Take out what is in it.
    ///     #[rpc_method]
    ///     fn open(&mut self, context: &mut Context) {
    ///         if let Some(timer) = self.baking.take() {
    ///             context.cancel(timer);
    ///         }
    ///     }
    /// }
    /// ```
    pub fn cancel(&mut self, timer: TimerId) {
        self.commands.push(Command::CancelTimer(timer));
    }

    /// Returns the timers cancelled by the commands that wait, without the first `seen` of these; counts them as seen.
    pub(crate) fn cancelled(&self, seen: &mut usize) -> impl Iterator<Item = TimerId> {
        self.commands_after(seen).iter().filter_map(|command| match command {
            Command::CancelTimer(timer) => Some(*timer),
            _ => None,
        })
    }

    fn schedule<S: 'static>(
        &mut self,
        delay: Duration,
        every: bool,
        mut task: impl FnMut(&mut S, &mut Context) + 'static,
    ) -> TimerId {
        let timer = TimerId(self.timers);
        self.timers += 1;
        let task: DynTask = Box::new(move |state, context| {
            on_state(state, context, &mut task);
        });
        self.commands.push(Command::Schedule { timer, delay, every, task });
        timer
    }
}
