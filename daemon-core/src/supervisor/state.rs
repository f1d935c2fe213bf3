//! A child's life as one table: (state, event) → (state, action).
//!
//! Pure: the supervisor carries out the actions and keeps the time. `docs/supervision.md` shows the whole table,
//! printed by the test that checks it.

use std::fmt;

use super::restart::Next;

/// The state of a child.
///
/// Only valid combinations can be expressed: a state contains a goal only while the goal is still ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Not wanted.
    Down,
    /// About to be started: at the next turn of the loop, or after a delay.
    Waiting(Goal),
    /// Its process runs, and is not ready yet.
    Starting(Goal),
    /// Ready and at work.
    Running,
    /// Ready, and asked to pause.
    Paused,
    /// Its process was asked to stop.
    Stopping(Then),
    /// Its process was killed; what comes next is already decided.
    Killed(Then),
    /// Its process was killed because it failed; the policy decides what comes next.
    Failing(Goal),
    /// Given up: the policy does not restart it, or it failed too often.
    Failed,
}

/// What a child does once it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goal {
    /// It works.
    Run,
    /// It pauses.
    Pause,
}

/// What a child does once its process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Then {
    /// It stays down.
    Down,
    /// It is started again, at once.
    Restart(Goal),
}

/// What can happen to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// It was requested to do something.
    Wanted(Want),
    /// It reported that it is ready.
    Ready,
    /// Its process ended, or could not be started; with the policy's decision.
    Ended(Next),
    /// The deadline of its state has passed.
    Overdue,
    /// It is broken or hangs: it has failed.
    Unfit,
    /// It is stuck through no fault of its own: another process takes its place.
    Replace,
}

/// What can be requested of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To run.
    Start,
    /// To end: by its stop signal, or by SIGKILL if that takes too long.
    Stop,
    /// To end and to run again.
    Restart,
    /// To pause, as its owner has it.
    Pause,
    /// To go on after a pause.
    Resume,
}

/// What the supervisor has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    None,
    /// Start a process, and pass it its goal.
    Spawn,
    /// Ask the process to stop, by its stop signal.
    Terminate,
    /// Kill the process.
    Kill,
    /// Ask the process to pause.
    Pause,
    /// Ask the process to resume.
    Resume,
    /// Treat the process as gone, although it was not reaped.
    Disown,
}

/// Returns the next state after an event, and the action to carry out.
pub(crate) fn step(state: State, event: Event) -> (State, Action) {
    use Event::{Ended, Overdue, Ready, Replace, Unfit, Wanted};
    use Next::{After, Never};
    use State::{Down, Failed, Failing, Killed, Paused, Running, Starting, Stopping, Waiting};
    use Want::{Pause, Restart, Resume, Start, Stop};

    const RUN: Then = Then::Restart(Goal::Run);
    const PAUSE: Then = Then::Restart(Goal::Pause);

    let (to, action) = match (state, event) {
        (Down | Failed, Wanted(Start | Restart)) => (Waiting(Goal::Run), Action::None),
        (Failed, Wanted(Stop)) => (Down, Action::None),
        (Down, Wanted(Stop | Pause | Resume) | Ready | Ended(_) | Overdue | Unfit | Replace)
        | (Failed, Wanted(Pause | Resume) | Ready | Ended(_) | Overdue | Unfit | Replace) => {
            (state, Action::None)
        }

        (Waiting(goal), Overdue) => (Starting(goal), Action::Spawn),
        // This ends its delay.
        (Waiting(_), Wanted(Start | Restart)) => (state, Action::None),
        (Waiting(_), Wanted(Stop)) => (Down, Action::None),
        (Waiting(_), Wanted(Pause)) => (Waiting(Goal::Pause), Action::None),
        (Waiting(_), Wanted(Resume)) => (Waiting(Goal::Run), Action::None),
        (Waiting(_), Ready | Ended(_) | Unfit | Replace) => (state, Action::None),

        // The process got its goal when it was started, so it must be notified of a new one.
        (Starting(Goal::Run), Wanted(Pause)) => (Starting(Goal::Pause), Action::Pause),
        (Starting(Goal::Pause), Wanted(Resume)) => (Starting(Goal::Run), Action::Resume),
        (Starting(Goal::Run), Wanted(Resume)) | (Starting(Goal::Pause), Wanted(Pause)) => {
            (state, Action::None)
        }
        (Starting(Goal::Run), Ready) => (Running, Action::None),
        (Starting(Goal::Pause), Ready) => (Paused, Action::None),
        (Starting(goal), Overdue) => (Failing(goal), Action::Kill),

        (Running, Wanted(Pause)) => (Paused, Action::Pause),
        (Paused, Wanted(Resume)) => (Running, Action::Resume),
        (Running, Wanted(Resume) | Ready | Overdue) | (Paused, Wanted(Pause) | Ready | Overdue) => {
            (state, Action::None)
        }

        // The process is alive and wanted.
        (Starting(_) | Running | Paused, Wanted(Start)) => (state, Action::None),
        (Starting(_) | Running | Paused, Wanted(Stop)) => (Stopping(Then::Down), Action::Terminate),
        (Starting(_) | Running | Paused, Wanted(Restart)) => {
            (Stopping(Then::Restart(state.goal())), Action::Terminate)
        }
        (Starting(_) | Running | Paused, Unfit) => (Failing(state.goal()), Action::Kill),
        (Starting(_) | Running | Paused, Replace) => (Killed(Then::Restart(state.goal())), Action::Kill),
        (Starting(_) | Running | Paused | Failing(_), Ended(After(_))) => {
            (Waiting(state.goal()), Action::None)
        }
        (Starting(_) | Running | Paused | Failing(_), Ended(Never)) => (Failed, Action::None),

        (Stopping(Then::Down), Wanted(Start | Restart)) => (Stopping(RUN), Action::None),
        (Stopping(Then::Down), Wanted(Stop | Pause | Resume)) => (state, Action::None),
        (Stopping(Then::Restart(_)), Wanted(Stop)) => (Stopping(Then::Down), Action::None),
        (Stopping(Then::Restart(_)), Wanted(Pause)) => (Stopping(PAUSE), Action::None),
        (Stopping(Then::Restart(_)), Wanted(Resume)) => (Stopping(RUN), Action::None),
        (Stopping(Then::Restart(_)), Wanted(Start | Restart)) => (state, Action::None),
        (Stopping(then), Overdue | Unfit | Replace) => (Killed(then), Action::Kill),
        (Stopping(_), Ready) => (state, Action::None),

        // A killed process can only end, or be treated as gone if the kernel does not let it end.
        (Killed(_) | Failing(_), Overdue) => (state, Action::Disown),
        (Killed(_) | Failing(_), Ready | Unfit | Replace) => (state, Action::None),
        (Killed(Then::Down), Wanted(Start | Restart)) => (Killed(RUN), Action::None),
        (Killed(Then::Down), Wanted(Stop | Pause | Resume)) => (state, Action::None),
        (Killed(Then::Restart(_)), Wanted(Start | Restart)) => (state, Action::None),
        (Killed(Then::Restart(_)), Wanted(Pause)) => (Killed(PAUSE), Action::None),
        (Killed(Then::Restart(_)), Wanted(Resume)) => (Killed(RUN), Action::None),
        (Failing(goal), Wanted(Start | Restart)) => (Killed(Then::Restart(goal)), Action::None),
        (Killed(Then::Restart(_)) | Failing(_), Wanted(Stop)) => (Killed(Then::Down), Action::None),
        (Failing(_), Wanted(Pause)) => (Failing(Goal::Pause), Action::None),
        (Failing(_), Wanted(Resume)) => (Failing(Goal::Run), Action::None),

        // This end was requested: the policy has no say.
        (Stopping(Then::Down) | Killed(Then::Down), Ended(_)) => (Down, Action::None),
        (Stopping(Then::Restart(goal)) | Killed(Then::Restart(goal)), Ended(_)) => {
            (Waiting(goal), Action::None)
        }
    };
    (to, action)
}

impl State {
    /// Whether it has no process, and gets none until it is wanted.
    pub fn is_down(self) -> bool {
        matches!(self, State::Down | State::Failed)
    }

    /// Whether it was asked to pause, now or as soon as it is ready.
    pub(crate) fn is_to_pause(self) -> bool {
        self.goal() == Goal::Pause
    }

    /// Whether its process is ready and wanted.
    pub(super) fn is_ready(self) -> bool {
        matches!(self, State::Running | State::Paused)
    }

    /// Whether its process was sent a SIGKILL.
    pub(super) fn was_killed(self) -> bool {
        matches!(self, State::Killed(_) | State::Failing(_))
    }

    /// Whether its process was not asked to end, so that the policy decides what follows.
    pub(super) fn is_surprised_by_an_end(self) -> bool {
        matches!(self, State::Starting(_) | State::Running | State::Paused | State::Failing(_))
    }

    /// Whether it is the same state, apart from its goal.
    pub(super) fn is_alike(self, other: State) -> bool {
        self.for_goal(Goal::Run) == other.for_goal(Goal::Run)
    }

    /// Whether the deadline of one state carries over to the other: a change of goal gives no more time.
    pub(super) fn goes_on_as(self, other: State) -> bool {
        let was_asked = |state| matches!(state, State::Stopping(_));
        self.is_alike(other)
            || (was_asked(self) && was_asked(other))
            || (self.was_killed() && other.was_killed())
    }

    /// Returns what it does, or will do once it is ready.
    pub(super) fn goal(self) -> Goal {
        match self {
            State::Waiting(goal)
            | State::Starting(goal)
            | State::Stopping(Then::Restart(goal))
            | State::Killed(Then::Restart(goal))
            | State::Failing(goal) => goal,
            State::Paused => Goal::Pause,
            State::Down
            | State::Running
            | State::Stopping(Then::Down)
            | State::Killed(Then::Down)
            | State::Failed => Goal::Run,
        }
    }

    /// Returns the same state with another goal, if a goal is still ahead.
    fn for_goal(self, goal: Goal) -> State {
        match self {
            State::Waiting(_) => State::Waiting(goal),
            State::Starting(_) => State::Starting(goal),
            State::Stopping(Then::Restart(_)) => State::Stopping(Then::Restart(goal)),
            State::Killed(Then::Restart(_)) => State::Killed(Then::Restart(goal)),
            State::Failing(_) => State::Failing(goal),
            State::Down
            | State::Running
            | State::Paused
            | State::Stopping(Then::Down)
            | State::Killed(Then::Down)
            | State::Failed => self,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Down => "down",
            State::Waiting(_) => "waiting",
            State::Starting(_) => "starting",
            State::Running => "running",
            State::Paused => "paused",
            State::Stopping(Then::Down) => "stopping",
            State::Stopping(Then::Restart(_)) => "restarting",
            State::Killed(Then::Down) => "killed",
            State::Killed(Then::Restart(_)) => "killed, restarting",
            State::Failing(_) => "failing",
            State::Failed => "failed",
        })?;
        match self.goal() {
            Goal::Pause if *self != State::Paused => f.write_str(" (to pause)"),
            Goal::Pause | Goal::Run => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
