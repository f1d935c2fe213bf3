//! The life of a running process as its channel shows it, as one table: (phase, event) → (phase, action).
//!
//! It is pure: [`Live`](super::live::Live) keeps the phase and the time. The supervisor has a table of its own for the life
//! of a child; this one decides what to report to the supervisor. Its test prints it into `docs/supervision.md`.

use std::fmt;

/// How far a running process has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has not reported that it is ready.
    Starting,
    /// It has reported that it is ready.
    Ready,
    /// It has announced that it is about to exit, without being asked to stop.
    Leaving,
    /// It is being killed; its messages are still read.
    Dying,
    /// It has violated the protocol and is being killed; its messages are no longer read.
    Corrupt,
}

/// What a process can do, or fail to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// It reports that it is ready.
    Ready,
    /// It announces that it is about to exit.
    Leaves,
    /// It has given no sign of life for too long, has not exited in time after announcing it, or has closed its doorbell
    /// without exiting.
    Silent,
    /// It has worked on a call for too long.
    Overdue,
    /// It violates the protocol.
    Violates,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    None,
    /// Report to the supervisor that it is ready, and check its heartbeat from now on.
    Welcome,
    /// Kill it: it has failed.
    Kill,
    /// Kill it and start another one. A call holds it up, which is not its own failure.
    Replace,
}

/// Returns the next phase after an event, and what to do.
pub(super) fn step(phase: Phase, event: Event) -> (Phase, Action) {
    use Event::{Leaves, Overdue, Ready as SaysReady, Silent, Violates};
    use Phase::{Corrupt, Dying, Leaving, Ready, Starting};

    match (phase, event) {
        (Starting, SaysReady) => (Ready, Action::Welcome),
        // A process becomes ready only once.
        (Ready | Leaving, SaysReady) | (Starting | Ready | Leaving, Violates) => (Corrupt, Action::Kill),

        (Starting | Ready | Leaving, Leaves) => (Leaving, Action::None),
        (Starting | Ready | Leaving, Silent) => (Dying, Action::Kill),
        (Starting | Ready | Leaving, Overdue) => (Dying, Action::Replace),

        (Dying, Violates) => (Corrupt, Action::None),
        (Dying, SaysReady | Leaves | Silent | Overdue)
        | (Corrupt, SaysReady | Leaves | Silent | Overdue | Violates) => (phase, Action::None),
    }
}

impl Phase {
    /// Whether its health is checked: it is not being killed.
    pub(super) fn is_checked(self) -> bool {
        matches!(self, Phase::Starting | Phase::Ready | Phase::Leaving)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Starting => "starting",
            Phase::Ready => "ready",
            Phase::Leaving => "leaving",
            Phase::Dying => "dying",
            Phase::Corrupt => "corrupt",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::printed;

    const PHASES: [Phase; 5] = [Phase::Starting, Phase::Ready, Phase::Leaving, Phase::Dying, Phase::Corrupt];

    const EVENTS: [(Event, &str); 5] = [
        (Event::Ready, "says ready"),
        (Event::Leaves, "leaves"),
        (Event::Silent, "silent"),
        (Event::Overdue, "overdue"),
        (Event::Violates, "violates"),
    ];

    #[test]
    fn the_table_is_the_documentation() {
        let table = printed::table(&PHASES, &EVENTS, cell);
        printed::check("docs/supervision.md", "life of a running process", &table);
    }

    fn cell(phase: Phase, event: Event) -> String {
        let (to, action) = step(phase, event);
        let done = match action {
            Action::None if to == phase => return String::new(),
            Action::None => return to.to_string(),
            Action::Welcome => "check its heartbeat",
            Action::Kill => "kill",
            Action::Replace => "replace",
        };
        format!("{to}, *{done}*")
    }

    fn pairs() -> impl Iterator<Item = (Phase, Event)> {
        PHASES.into_iter().flat_map(|phase| EVENTS.map(move |(event, _)| (phase, event)))
    }

    #[test]
    fn a_process_is_killed_once() {
        for (phase, event) in pairs() {
            let (to, action) = step(phase, event);
            let killed = matches!(action, Action::Kill | Action::Replace);
            assert_eq!(killed, phase.is_checked() && !to.is_checked(), "{phase}, {event:?}");
        }
    }

    #[test]
    fn there_is_no_way_back() {
        for (phase, event) in pairs() {
            let rank = |phase| PHASES.iter().position(|other| *other == phase);
            assert!(rank(step(phase, event).0) >= rank(phase), "{phase}, {event:?}");
        }
    }

    #[test]
    fn a_process_is_welcomed_once() {
        for (phase, event) in pairs() {
            let welcomed = step(phase, event).1 == Action::Welcome;
            assert_eq!(welcomed, phase == Phase::Starting && event == Event::Ready, "{phase}, {event:?}");
        }
    }
}
