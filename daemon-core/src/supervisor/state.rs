//! The life of a child as a table: in which state what happens, what it is then, and what has to be done.
//!
//! Pure: the supervisor carries out the actions and keeps the time. `docs/supervision.md` shows the whole table, printed by
//! the test that checks it.

use std::fmt;
use std::mem::discriminant;

use super::restart::Next;

/// How a child is.
///
/// Only valid combinations can be written: a goal is there while it is still ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// It is not wanted.
    Down,
    /// It is to be started: at the next turn of the loop, or after a rest.
    Waiting(Goal),
    /// Its process is there, and not ready yet.
    Starting(Goal),
    /// It works.
    Running,
    /// It is ready, and told to rest.
    Paused,
    /// It was asked to stop, and stays down then.
    Stopping,
    /// It was asked to stop, and is started again then.
    Replacing(Goal),
    /// It was killed, and stays down then.
    Killing,
    /// It was killed, and is started again then, at once.
    Culling(Goal),
    /// It was killed for what it did, and the policy decides what comes then.
    Condemned(Goal),
    /// It is down for good: it was not to be restarted, or it failed too often.
    Failed,
}

/// What a child is to do once it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Goal {
    Run,
    Rest,
}

/// What may happen to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Somebody wants something of it.
    Asked(Wish),
    /// It says that it is ready.
    Ready,
    /// Its process has ended, or could not be started; what the policy says to that.
    Ended(Next),
    /// The deadline of its state is over.
    Overdue,
    /// It is broken or hangs: it has failed.
    Unfit,
    /// It is held up through no fault of its own: another one is to take its place.
    Replace,
}

/// What may be wanted of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Start,
    Stop,
    Restart,
    Pause,
    Resume,
}

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    None,
    /// Start a process, and tell it its goal.
    Spawn,
    /// Ask the process to stop, by its stop signal.
    Terminate,
    /// Kill the process.
    Kill,
    /// Tell the process to rest.
    Pause,
    /// Tell the process to go on.
    Resume,
    /// Take the process for gone, though it was not seen to end.
    Disown,
}

/// What a child is after an event, and what has to be done.
pub(crate) fn step(state: State, event: Event) -> (State, Action) {
    use Event::{Asked, Ended, Overdue, Ready, Replace, Unfit};
    use Goal::{Rest, Run};
    use Next::{After, Never};
    use State::{
        Condemned, Culling, Down, Failed, Killing, Paused, Replacing, Running, Starting, Stopping, Waiting,
    };
    use Wish::{Pause, Restart, Resume, Start, Stop};

    let (to, action) = match (state, event) {
        (Down | Failed, Asked(Start | Restart)) => (Waiting(Run), Action::None),
        (Failed, Asked(Stop)) => (Down, Action::None),
        (Down, Asked(Stop | Pause | Resume) | Ready | Ended(_) | Overdue | Unfit | Replace)
        | (Failed, Asked(Pause | Resume) | Ready | Ended(_) | Overdue | Unfit | Replace) => {
            (state, Action::None)
        }

        (Waiting(goal), Overdue) => (Starting(goal), Action::Spawn),
        // Its rest is over by that.
        (Waiting(_), Asked(Start | Restart)) => (state, Action::None),
        (Waiting(_), Asked(Stop)) => (Down, Action::None),
        (Waiting(_), Asked(Pause)) => (Waiting(Rest), Action::None),
        (Waiting(_), Asked(Resume)) => (Waiting(Run), Action::None),
        (Waiting(_), Ready | Ended(_) | Unfit | Replace) => (state, Action::None),

        // It was told its goal when it was started, so that it has to be told of another.
        (Starting(Run), Asked(Pause)) => (Starting(Rest), Action::Pause),
        (Starting(Rest), Asked(Resume)) => (Starting(Run), Action::Resume),
        (Starting(Run), Asked(Resume)) | (Starting(Rest), Asked(Pause)) => (state, Action::None),
        (Starting(Run), Ready) => (Running, Action::None),
        (Starting(Rest), Ready) => (Paused, Action::None),
        (Starting(goal), Overdue) => (Condemned(goal), Action::Kill),

        (Running, Asked(Pause)) => (Paused, Action::Pause),
        (Paused, Asked(Resume)) => (Running, Action::Resume),
        (Running, Asked(Resume) | Ready | Overdue) | (Paused, Asked(Pause) | Ready | Overdue) => {
            (state, Action::None)
        }

        // What lives and is wanted.
        (Starting(_) | Running | Paused, Asked(Start)) => (state, Action::None),
        (Starting(_) | Running | Paused, Asked(Stop)) => (Stopping, Action::Terminate),
        (Starting(_) | Running | Paused, Asked(Restart)) => (Replacing(state.goal()), Action::Terminate),
        (Starting(_) | Running | Paused, Unfit) => (Condemned(state.goal()), Action::Kill),
        (Starting(_) | Running | Paused, Replace) => (Culling(state.goal()), Action::Kill),
        (Starting(_) | Running | Paused | Condemned(_), Ended(After(_))) => {
            (Waiting(state.goal()), Action::None)
        }
        (Starting(_) | Running | Paused | Condemned(_), Ended(Never)) => (Failed, Action::None),

        (Stopping, Asked(Start | Restart)) => (Replacing(Run), Action::None),
        (Stopping, Overdue | Unfit | Replace) => (Killing, Action::Kill),
        (Stopping, Asked(Stop | Pause | Resume) | Ready) => (Stopping, Action::None),

        (Replacing(_), Asked(Stop)) => (Stopping, Action::None),
        (Replacing(_), Asked(Pause)) => (Replacing(Rest), Action::None),
        (Replacing(_), Asked(Resume)) => (Replacing(Run), Action::None),
        (Replacing(goal), Overdue | Unfit | Replace) => (Culling(goal), Action::Kill),
        (Replacing(_), Asked(Start | Restart) | Ready) => (state, Action::None),

        // What is killed can only end, or be taken for gone if the kernel does not let it end.
        (Killing | Culling(_) | Condemned(_), Overdue) => (state, Action::Disown),
        (Killing, Asked(Start | Restart)) => (Culling(Run), Action::None),
        (Killing, Asked(Stop | Pause | Resume)) => (Killing, Action::None),
        (Condemned(goal), Asked(Start | Restart)) => (Culling(goal), Action::None),
        (Culling(_), Asked(Start | Restart)) => (state, Action::None),
        (Culling(_) | Condemned(_), Asked(Stop)) => (Killing, Action::None),
        (Culling(_), Asked(Pause)) => (Culling(Rest), Action::None),
        (Culling(_), Asked(Resume)) => (Culling(Run), Action::None),
        (Condemned(_), Asked(Pause)) => (Condemned(Rest), Action::None),
        (Condemned(_), Asked(Resume)) => (Condemned(Run), Action::None),
        (Killing | Culling(_) | Condemned(_), Ready | Unfit | Replace) => (state, Action::None),

        // An end that was asked for: the policy has no say.
        (Stopping | Killing, Ended(_)) => (Down, Action::None),
        (Replacing(goal) | Culling(goal), Ended(_)) => (Waiting(goal), Action::None),
    };
    (to, action)
}

impl State {
    /// Whether it has no process, and will have none unless somebody wants it.
    pub(crate) fn is_down(self) -> bool {
        matches!(self, State::Down | State::Failed)
    }

    /// Whether it was told to rest, now or as soon as it is ready.
    pub(crate) fn rests(self) -> bool {
        self.goal() == Goal::Rest
    }

    /// Whether its process is ready and wanted.
    pub(super) fn is_ready(self) -> bool {
        matches!(self, State::Running | State::Paused)
    }

    /// Whether its process was sent a SIGKILL.
    pub(super) fn was_killed(self) -> bool {
        matches!(self, State::Killing | State::Culling(_) | State::Condemned(_))
    }

    /// Whether nobody has asked for the end of its process, so that the policy decides what follows.
    pub(super) fn is_surprised_by_an_end(self) -> bool {
        matches!(self, State::Starting(_) | State::Running | State::Paused | State::Condemned(_))
    }

    /// Whether it is the same, apart from what is to come.
    pub(super) fn is_alike(self, other: State) -> bool {
        discriminant(&self) == discriminant(&other)
    }

    /// Whether the deadline of the one counts on in the other: a change of mind gives nobody more time.
    pub(super) fn goes_on_as(self, other: State) -> bool {
        let was_asked = |state| matches!(state, State::Stopping | State::Replacing(_));
        self.is_alike(other)
            || (was_asked(self) && was_asked(other))
            || (self.was_killed() && other.was_killed())
    }

    /// What it does, or is to do once it is ready.
    pub(super) fn goal(self) -> Goal {
        match self {
            State::Waiting(goal)
            | State::Starting(goal)
            | State::Replacing(goal)
            | State::Culling(goal)
            | State::Condemned(goal) => goal,
            State::Paused => Goal::Rest,
            State::Down | State::Running | State::Stopping | State::Killing | State::Failed => Goal::Run,
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
            State::Stopping => "stopping",
            State::Replacing(_) => "replacing",
            State::Killing => "killing",
            State::Culling(_) => "culling",
            State::Condemned(_) => "condemned",
            State::Failed => "failed",
        })?;
        match self.goal() {
            Goal::Rest if *self != State::Paused => f.write_str(" to rest"),
            Goal::Rest | Goal::Run => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
