//! What becomes of a child when something happens: one table.
//!
//! Pure: no clock, no system. Deadlines are not kept here either: they follow from the state, since when it holds, and the
//! child's policy.

/// How a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum State {
    /// No process, and none is wanted.
    Down,
    /// No process until the back-off is over.
    Waiting,
    /// A process that is not ready yet.
    Starting,
    /// A process that is ready.
    Running,
    /// A process that is ready and was told to rest.
    Paused,
    /// Told to stop; then it stays down.
    Stopping,
    /// Told to stop; then it is started again.
    Replacing,
    /// Killed; then it stays down.
    Killing,
    /// Killed; then it is started again at once.
    Culling,
    /// Killed because it was unfit; then the policy decides.
    Condemned,
    /// No process, and none will be: the policy has given up.
    Failed,
}

/// What can happen to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Event {
    /// It is wanted.
    Start,
    /// It is not wanted any more.
    Stop,
    /// It is wanted anew.
    Restart,
    /// It is to rest.
    Pause,
    /// It is to go on.
    Resume,
    /// It says that it is ready.
    Ready,
    /// The system would not start it.
    NotStarted,
    /// Its process has ended, and this is what the policy says.
    Ended(Next),
    /// The state has lasted for as long as it may.
    Overdue,
    /// It gives no sign of life, or its memory is broken.
    Unfit,
    /// It is to be exchanged without delay, through no failure of its own.
    Replace,
}

/// What the policy says of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Next {
    /// Start it again at once.
    AtOnce,
    /// Start it again after its back-off.
    Later,
    /// Leave it.
    Never,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Action {
    None,
    /// Start a process.
    Spawn,
    /// Send the stop signal.
    Terminate,
    /// Send SIGKILL.
    Kill,
    /// Tell it to rest.
    Pause,
    /// Tell it to go on.
    Resume,
}

impl State {
    /// Every state, in the order in which the table shows them.
    pub(crate) const ALL: [State; 11] = [
        State::Down,
        State::Waiting,
        State::Starting,
        State::Running,
        State::Paused,
        State::Stopping,
        State::Replacing,
        State::Killing,
        State::Culling,
        State::Condemned,
        State::Failed,
    ];

    /// Whether there is a process.
    pub(crate) fn lives(self) -> bool {
        !matches!(self, State::Down | State::Waiting | State::Failed)
    }
}

/// The table. `rests` tells whether the child was told to rest, which outlives its processes.
pub(crate) fn step(state: State, event: Event, rests: bool) -> (State, Action) {
    use Event::*;
    use State::*;
    let stay = (state, Action::None);
    match (state, event) {
        (Down | Failed, Start | Restart) => (Starting, Action::Spawn),
        (Down | Failed, Stop) => (Down, Action::None),
        (Down | Failed, Pause | Resume | Ready | NotStarted | Ended(_) | Overdue | Unfit | Replace) => stay,

        (Waiting, Start | Restart | Overdue | Replace) => (Starting, Action::Spawn),
        (Waiting, Stop) => (Down, Action::None),
        (Waiting, Pause | Resume | Ready | NotStarted | Ended(_) | Unfit) => stay,

        (Starting, Ready) => (if rests { Paused } else { Running }, Action::None),
        (Starting, NotStarted) => (Waiting, Action::None),
        (Running, Pause) => (Paused, Action::Pause),
        (Paused, Resume) => (Running, Action::Resume),
        (Starting, Overdue) => (Condemned, Action::Kill),
        (Starting | Running | Paused, Stop) => (Stopping, Action::Terminate),
        (Starting | Running | Paused, Restart) => (Replacing, Action::Terminate),
        (Starting | Running | Paused, Unfit) => (Condemned, Action::Kill),
        (Starting | Running | Paused, Replace) => (Culling, Action::Kill),
        (Starting | Running | Paused, Ended(next)) => ended(next),
        (Starting, Start | Pause | Resume) => stay,
        (Running, Start | Resume | Ready | NotStarted | Overdue) => stay,
        (Paused, Start | Pause | Ready | NotStarted | Overdue) => stay,

        (Stopping, Start | Restart) => (Replacing, Action::None),
        (Stopping, Overdue | Unfit | Replace) => (Killing, Action::Kill),
        (Stopping | Killing, Ended(_)) => (Down, Action::None),
        (Stopping, Stop | Pause | Resume | Ready | NotStarted) => stay,

        (Replacing, Stop) => (Stopping, Action::None),
        (Replacing, Overdue | Unfit | Replace) => (Culling, Action::Kill),
        (Replacing | Culling, Ended(_)) => (Starting, Action::Spawn),
        (Replacing, Start | Restart | Pause | Resume | Ready | NotStarted) => stay,

        (Killing, Start | Restart) => (Culling, Action::None),
        (Killing, Stop | Pause | Resume | Ready | NotStarted | Overdue | Unfit | Replace) => stay,

        (Culling, Stop) => (Killing, Action::None),
        (Culling, Start | Restart | Pause | Resume | Ready | NotStarted | Overdue | Unfit | Replace) => stay,

        (Condemned, Stop) => (Killing, Action::None),
        (Condemned, Restart | Replace) => (Culling, Action::None),
        (Condemned, Ended(next)) => ended(next),
        (Condemned, Start | Pause | Resume | Ready | NotStarted | Overdue | Unfit) => stay,
    }
}

/// What becomes of a child that has ended without having been told to.
fn ended(next: Next) -> (State, Action) {
    match next {
        Next::AtOnce => (State::Starting, Action::Spawn),
        Next::Later => (State::Waiting, Action::None),
        Next::Never => (State::Failed, Action::None),
    }
}
