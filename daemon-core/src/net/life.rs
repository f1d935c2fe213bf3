//! A connection's life as one table: (phase, event) → (phase, action).
//!
//! Pure: the connection carries out the actions, and the loop keeps the time. `docs/protocol.md` shows the whole table,
//! printed by the test that checks it. A connection that fails, or whose deadline passes, is closed in any phase.

use std::fmt;

/// The phases of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Requests are read and served.
    Open,
    /// The daemon is stopping: like open, but only for one more read.
    Last,
    /// Nothing more is read; requests that have arrived are served.
    Finishing,
    /// The peer has ended its side; requests that arrived before are served.
    Ended,
    /// Nothing more is served: input is discarded, replies that are ready are sent.
    Leaving,
    /// Like leaving, and the peer has ended its side.
    Flushing,
    /// The connection has ended.
    Closed,
}

/// What can happen to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The daemon is stopping.
    Stop,
    /// The connection was read once.
    Read,
    /// The end of the peer's side was read.
    PeerEnded,
    /// Nothing more is served: the peer broke the rules, or a handler hangs up.
    Refused,
    /// All requests that have arrived are answered, and all replies are sent.
    Sent,
    /// The same, but closing now could lose bytes that the peer has not received yet: the system resets an inet
    /// connection whose input was not read (RFC 9293, section 3.10.4).
    SentUnread,
}

/// What the connection must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    None,
    /// Discard input that was not served.
    Discard,
    /// End our side, so that the peer sees the end after the last byte.
    EndOurs,
    Close,
}

/// Returns the next phase after an event, and the action to carry out.
pub(crate) fn step(phase: Phase, event: Event) -> (Phase, Action) {
    use Event::{PeerEnded, Read, Refused, Sent, SentUnread, Stop};
    use Phase::{Closed, Ended, Finishing, Flushing, Last, Leaving, Open};

    match (phase, event) {
        (Open, Stop) => (Last, Action::None),
        (Last, Read) => (Finishing, Action::None),
        (Open, Read) | (Last, Stop) | (Open | Last, Sent | SentUnread) => (phase, Action::None),

        (Open | Last | Finishing, PeerEnded) => (Ended, Action::None),
        (Open | Last | Finishing, Refused) => (Leaving, Action::Discard),
        (Ended, Refused) => (Flushing, Action::Discard),

        (Finishing, SentUnread) => (Leaving, Action::EndOurs),
        (Finishing, Sent) | (Ended | Flushing, Sent | SentUnread) => (Closed, Action::Close),
        (Finishing, Stop | Read) | (Ended, Stop | Read | PeerEnded) => (phase, Action::None),

        (Leaving, PeerEnded) => (Flushing, Action::None),
        (Leaving, Sent | SentUnread) => (Leaving, Action::EndOurs),
        (Leaving, Stop | Read | Refused) | (Flushing, Stop | Read | PeerEnded | Refused) => {
            (phase, Action::None)
        }
        (Closed, Stop | Read | PeerEnded | Refused | Sent | SentUnread) => (Closed, Action::None),
    }
}

impl Phase {
    /// Whether requests that have arrived are still served.
    pub(crate) fn serves(self) -> bool {
        matches!(self, Phase::Open | Phase::Last | Phase::Finishing | Phase::Ended)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Open => "open",
            Phase::Last => "last read",
            Phase::Finishing => "finishing",
            Phase::Ended => "ended",
            Phase::Leaving => "leaving",
            Phase::Flushing => "flushing",
            Phase::Closed => "closed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Event::{PeerEnded, Read, Refused, Sent, SentUnread, Stop};
    use super::Phase::{Closed, Ended, Finishing, Flushing, Last, Leaving, Open};
    use super::*;
    use crate::printed;

    const PHASES: [Phase; 7] = [Open, Last, Finishing, Ended, Leaving, Flushing, Closed];

    const EVENTS: [(Event, &str); 6] = [
        (Stop, "the daemon stops"),
        (Read, "read"),
        (PeerEnded, "the peer ends"),
        (Refused, "refused"),
        (Sent, "sent"),
        (SentUnread, "sent, unread"),
    ];

    #[test]
    fn the_table_is_the_documentation() {
        printed::check("docs/protocol.md", "life of a connection", &printed::table(&PHASES, &EVENTS, cell));
    }

    fn cell(phase: Phase, event: Event) -> String {
        let (to, action) = step(phase, event);
        let done = match action {
            Action::None if to == phase => return String::new(),
            Action::None => return to.to_string(),
            Action::Discard => "discard",
            Action::EndOurs => "end our side",
            Action::Close => "close",
        };
        format!("{to}, *{done}*")
    }

    fn pairs() -> impl Iterator<Item = (Phase, Event)> {
        PHASES.into_iter().flat_map(|phase| EVENTS.map(move |(event, _)| (phase, event)))
    }

    /// Whether the peer has ended its side.
    fn has_ended(phase: Phase) -> bool {
        matches!(phase, Ended | Flushing | Closed)
    }

    #[test]
    fn a_connection_is_closed_once_and_stays_closed() {
        for (phase, event) in pairs() {
            let (to, action) = step(phase, event);
            assert_eq!(action == Action::Close, to == Closed && phase != Closed, "{phase}, {event:?}");
            assert!(phase != Closed || to == Closed, "{phase}, {event:?}");
        }
    }

    #[test]
    fn no_connection_is_closed_before_all_is_sent() {
        for (phase, event) in pairs().filter(|(phase, _)| *phase != Closed) {
            let (to, _) = step(phase, event);
            assert!(to != Closed || matches!(event, Sent | SentUnread), "{phase}, {event:?}");
        }
    }

    #[test]
    fn what_is_not_served_any_more_is_never_served_again() {
        for (phase, event) in pairs().filter(|(phase, _)| !phase.serves()) {
            assert!(!step(phase, event).0.serves(), "{phase}, {event:?}");
        }
    }

    #[test]
    fn the_end_of_a_peer_is_not_forgotten() {
        for (phase, event) in pairs() {
            let (to, _) = step(phase, event);
            assert!(!has_ended(phase) || has_ended(to), "{phase}, {event:?}");
            assert!(event != PeerEnded || has_ended(to), "{phase}, {event:?}");
        }
    }

    #[test]
    fn every_connection_comes_to_its_end_when_the_daemon_stops() {
        for phase in PHASES {
            let end = [Stop, Read, SentUnread, PeerEnded, Sent];
            let last = end.into_iter().fold(phase, |phase, event| step(phase, event).0);
            assert_eq!(last, Closed, "from {phase}");
        }
    }

    #[test]
    fn what_is_unread_is_not_cut_off_while_the_peer_listens() {
        for phase in PHASES.into_iter().filter(|phase| !has_ended(*phase)) {
            assert_ne!(step(phase, SentUnread).0, Closed, "{phase}");
        }
    }
}
