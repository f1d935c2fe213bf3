//! The circuit of one instance: calls pass while it is closed; after failures in a row it is open for a time, then one
//! call probes.
//!
//! It reads no clock: the caller says what time it is.

use std::time::{Duration, Instant};

use crate::timers::after;

/// How long a circuit is open at first; each failed probe doubles it.
pub(super) const SHORTEST: Duration = Duration::from_secs(1);
/// How long it is open at most.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// Whether calls pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Calls pass. The number of failures since the last success.
    Closed(u32),
    /// No call passes until a time. The number of times that it has opened in a row.
    Open(u32),
    /// One call passes; the others wait for its result.
    Probing(u32),
}

/// What happens to a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Succeeded,
    Failed,
    /// A call would like to pass, and the time of an open circuit is over.
    Due,
}

/// Returns the next state of a circuit that opens after `most` failures in a row.
pub(super) fn step(state: State, event: Event, most: u32) -> State {
    use Event::{Due, Failed, Succeeded};
    use State::{Closed, Open, Probing};
    match (state, event) {
        (Closed(_) | Open(_) | Probing(_), Succeeded) => Closed(0),
        (Closed(failures), Failed) if failures + 1 >= most => Open(1),
        (Closed(failures), Failed) => Closed(failures + 1),
        // A call that had passed before.
        (Open(turn), Failed) => Open(turn),
        (Probing(turn), Failed) => Open(turn.saturating_add(1)),
        (Open(turn), Due) => Probing(turn),
        (Closed(_) | Probing(_), Due) => state,
    }
}

/// Returns how long a circuit is open that has opened so many times in a row.
pub(super) fn pause(turn: u32) -> Duration {
    let doubled = 1_u32.checked_shl(turn.saturating_sub(1)).unwrap_or(u32::MAX);
    SHORTEST.saturating_mul(doubled).min(LONGEST)
}

/// The circuit of one instance.
#[derive(Debug)]
pub(super) struct Circuit {
    state: State,
    most: u32,
    /// When it opened first since the last success.
    since: Option<Instant>,
    /// Until when it is open.
    until: Option<Instant>,
}

/// What a circuit says about a call that would like to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    Free,
    /// It is the one that probes, if it wants to be: see [`Circuit::probe`].
    Probe,
    /// Not now. Since when, and until when.
    Barred(Instant, Instant),
}

impl Circuit {
    /// Returns a closed circuit that opens after `most` failures in a row.
    pub(super) fn new(most: u32) -> Self {
        Circuit { state: State::Closed(0), most, since: None, until: None }
    }

    /// Whether a call may pass.
    pub(super) fn passage(&self, now: Instant) -> Passage {
        match (self.state, self.since, self.until) {
            (State::Open(_), _, Some(until)) if now >= until => Passage::Probe,
            (State::Open(_) | State::Probing(_), Some(since), Some(until)) => Passage::Barred(since, until),
            (State::Open(_) | State::Probing(_), _, _) | (State::Closed(_), _, _) => Passage::Free,
        }
    }

    /// Lets one call pass. It must report how it went.
    pub(super) fn probe(&mut self) {
        self.state = step(self.state, Event::Due, self.most);
    }

    /// Records that a call has succeeded.
    pub(super) fn succeeded(&mut self) {
        let state = step(self.state, Event::Succeeded, self.most);
        *self = Circuit { state, ..Circuit::new(self.most) };
    }

    /// Records that a call has failed.
    pub(super) fn failed(&mut self, now: Instant) {
        let next = step(self.state, Event::Failed, self.most);
        if let (State::Open(turn), true) = (next, next != self.state) {
            self.since.get_or_insert(now);
            self.until = Some(after(now, pause(turn)));
        }
        self.state = next;
    }
}

#[cfg(test)]
mod tests {
    use super::Event::{Due, Failed, Succeeded};
    use super::State::{Closed, Open, Probing};
    use super::*;

    #[test]
    fn every_state_has_an_answer_to_every_event() {
        let table = [
            // state, success, failure, due
            (Closed(0), Closed(0), Closed(1), Closed(0)),
            (Closed(1), Closed(0), Closed(2), Closed(1)),
            (Closed(2), Closed(0), Open(1), Closed(2)),
            (Open(1), Closed(0), Open(1), Probing(1)),
            (Open(7), Closed(0), Open(7), Probing(7)),
            (Probing(1), Closed(0), Open(2), Probing(1)),
            (Probing(u32::MAX), Closed(0), Open(u32::MAX), Probing(u32::MAX)),
        ];
        for (state, succeeded, failed, due) in table {
            for (event, next) in [(Succeeded, succeeded), (Failed, failed), (Due, due)] {
                assert_eq!(step(state, event, 3), next, "{state:?} and {event:?}");
            }
        }
    }

    #[test]
    fn the_pause_doubles_and_is_bounded() {
        let seconds: Vec<u64> = [1, 2, 3, 5, 6, 32, 33, u32::MAX].map(|turn| pause(turn).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 16, 30, 30, 30, 30]);
    }

    #[test]
    fn one_call_probes_an_open_circuit_when_its_time_is_over() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut circuit = Circuit::new(2);
        circuit.failed(at(0));
        assert_eq!(circuit.passage(at(0)), Passage::Free);
        circuit.failed(at(10));
        assert_eq!(circuit.passage(at(10)), Passage::Barred(at(10), at(1010)));
        // What began before it opened does not keep it open for longer.
        circuit.failed(at(500));
        assert_eq!(circuit.passage(at(1010)), Passage::Probe);
        circuit.probe();
        assert_eq!(circuit.passage(at(1010)), Passage::Barred(at(10), at(1010)));
        circuit.failed(at(1020));
        assert_eq!(circuit.passage(at(3019)), Passage::Barred(at(10), at(3020)));
        assert_eq!(circuit.passage(at(3020)), Passage::Probe);
        circuit.probe();
        circuit.succeeded();
        assert_eq!(circuit.passage(at(3020)), Passage::Free);
        circuit.failed(at(3030));
        assert_eq!(circuit.passage(at(3030)), Passage::Free);
    }
}
