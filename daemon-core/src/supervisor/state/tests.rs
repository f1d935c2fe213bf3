//! The table, printed into `docs/supervision.md`, and its invariants.

use super::Event::{Ended, Overdue, Ready, Replace, Unfit, Wanted};
use super::State::{Down, Failed, Failing, Killed, Paused, Running, Starting, Stopping, Waiting};
use super::Want::{Pause, Restart, Resume, Start, Stop};
use super::*;
use crate::printed;

const RUN: Then = Then::Restart(Goal::Run);
const PAUSE: Then = Then::Restart(Goal::Pause);

const STATES: [State; 16] = [
    Down,
    Waiting(Goal::Run),
    Waiting(Goal::Pause),
    Starting(Goal::Run),
    Starting(Goal::Pause),
    Running,
    Paused,
    Stopping(Then::Down),
    Stopping(RUN),
    Stopping(PAUSE),
    Killed(Then::Down),
    Killed(RUN),
    Killed(PAUSE),
    Failing(Goal::Run),
    Failing(Goal::Pause),
    Failed,
];

const AGAIN: Event = Ended(Next::AT_ONCE);

const WANTS: [(Event, &str); 5] = [
    (Wanted(Start), "start"),
    (Wanted(Stop), "stop"),
    (Wanted(Restart), "restart"),
    (Wanted(Pause), "pause"),
    (Wanted(Resume), "resume"),
];

const INCIDENTS: [(Event, &str); 6] = [
    (Ready, "ready"),
    (AGAIN, "ended: again"),
    (Ended(Next::Never), "ended: never"),
    (Overdue, "overdue"),
    (Unfit, "unfit"),
    (Replace, "replace"),
];

#[test]
fn the_table_is_the_documentation() {
    let wants = printed::table(&STATES, &WANTS, cell);
    let incidents = printed::table(&STATES, &INCIDENTS, cell);
    printed::check("docs/supervision.md", "life of a worker", &format!("{wants}\n{incidents}"));
}

/// The next state after an event and the action; empty if nothing happens.
fn cell(state: State, event: Event) -> String {
    let (to, action) = step(state, event);
    let done = match action {
        Action::None if to == state => return String::new(),
        Action::None => return to.to_string(),
        Action::Spawn => "spawn",
        Action::Terminate => "TERM",
        Action::Kill => "KILL",
        Action::Pause => "tell it to pause",
        Action::Resume => "tell it to resume",
        Action::Disown => "disown",
    };
    format!("{to}, *{done}*")
}

fn pairs() -> impl Iterator<Item = (State, Event)> {
    let events = || WANTS.into_iter().chain(INCIDENTS).map(|(event, _)| event);
    STATES.into_iter().flat_map(move |state| events().map(move |event| (state, event)))
}

fn lives(state: State) -> bool {
    !matches!(state, Down | Waiting(_) | Failed)
}

/// Only a running process can end.
fn lives_on(state: State, event: Event) -> bool {
    lives(state) && !matches!(event, Ended(_))
}

#[test]
fn a_process_is_started_where_one_is_wanted_and_there_is_none() {
    for (state, event) in pairs() {
        let (to, action) = step(state, event);
        let is_missing = lives(to) && !lives_on(state, event);
        assert_eq!(action == Action::Spawn, is_missing, "{state}, {event:?}");
    }
}

#[test]
fn a_process_is_let_go_of_only_when_it_has_ended() {
    for (state, event) in pairs().filter(|(state, event)| lives_on(*state, *event)) {
        assert!(lives(step(state, event).0), "{state}, {event:?}");
    }
}

#[test]
fn only_a_process_that_lives_is_signalled_or_told_anything() {
    for (state, event) in pairs() {
        let (_, action) = step(state, event);
        let is_for_it = !matches!(action, Action::None | Action::Spawn);
        assert!(!is_for_it || lives_on(state, event), "{state}, {event:?}");
    }
}

#[test]
fn after_a_kill_there_is_nothing_but_the_end() {
    for (state, event) in pairs() {
        let (to, action) = step(state, event);
        let killed = |state| matches!(state, Killed(_) | Failing(_));
        assert_eq!(action == Action::Kill, killed(to) && !killed(state), "{state}, {event:?}");
        if killed(state) && !matches!(event, Ended(_)) {
            assert!(killed(to), "{state}, {event:?}");
            let expected = if event == Overdue { Action::Disown } else { Action::None };
            assert_eq!(action, expected, "{state}, {event:?}");
        }
    }
}

#[test]
fn every_child_can_be_stopped() {
    for state in STATES {
        let (mut state, _) = step(state, Wanted(Stop));
        for event in [Overdue, AGAIN] {
            state = step(state, event).0;
        }
        assert_eq!(state, Down);
    }
}

#[test]
fn nothing_but_a_want_brings_a_stopped_child_up_again() {
    for (state, event) in
        pairs().filter(|(state, _)| matches!(state, Down | Stopping(Then::Down) | Killed(Then::Down)))
    {
        if !matches!(event, Wanted(_)) {
            assert!(
                matches!(step(state, event).0, Down | Stopping(Then::Down) | Killed(Then::Down)),
                "{state}, {event:?}"
            );
        }
    }
}

#[test]
fn every_state_can_be_reached_and_every_child_can_run_again() {
    for from in STATES {
        let mut reached = vec![from];
        let mut looked = 0;
        while looked < reached.len() {
            let state = reached[looked];
            reached.extend(
                pairs().filter(|(other, _)| *other == state).map(|(state, event)| step(state, event).0),
            );
            let mut known = Vec::new();
            reached.retain(|state| {
                !known.contains(state) && {
                    known.push(*state);
                    true
                }
            });
            looked += 1;
        }
        assert_eq!(reached.len(), STATES.len(), "from {from}: {reached:?}");
    }
}

#[test]
fn a_paused_child_comes_back_paused() {
    let ways: [&[Event]; 4] = [
        &[Wanted(Restart), Ended(Next::Never), Overdue],
        &[Replace, Ended(Next::Never), Overdue],
        &[AGAIN, Overdue],
        &[Unfit, AGAIN, Overdue],
    ];
    for way in ways {
        let state = way.iter().fold(Paused, |state, event| step(state, *event).0);
        assert_eq!(state, Starting(Goal::Pause), "{way:?}");
    }
    assert_eq!(step(Starting(Goal::Pause), Ready), (Paused, Action::None));
    assert_eq!(step(step(Paused, Wanted(Stop)).0, Wanted(Start)).0, Stopping(RUN));
}

#[test]
fn what_a_process_was_told_last_is_what_it_is_taken_for() {
    for (state, event) in pairs().filter(|(state, event)| lives_on(*state, *event)) {
        let (to, action) = step(state, event);
        let heeds = |state| matches!(state, Starting(_) | Running | Paused);
        if heeds(state) && heeds(to) {
            let told = match action {
                Action::Pause => Goal::Pause,
                Action::Resume => Goal::Run,
                Action::None | Action::Spawn | Action::Terminate | Action::Kill | Action::Disown => {
                    state.goal()
                }
            };
            assert_eq!(to.goal(), told, "{state}, {event:?}");
        }
    }
}

#[test]
fn a_want_that_is_met_changes_nothing_when_it_is_repeated() {
    for (state, event) in pairs().filter(|(_, event)| matches!(event, Wanted(Start | Stop | Pause | Resume)))
    {
        let (to, _) = step(state, event);
        let again = step(to, event);
        assert_eq!(again, (to, Action::None), "{state}, {event:?}");
    }
}

#[test]
fn a_change_of_mind_gives_no_more_time() {
    for (state, event) in pairs() {
        let (to, action) = step(state, event);
        let timed = |state: State| matches!(state, Starting(_) | Stopping(_)) || state.was_killed();
        let signalled = matches!(action, Action::Terminate | Action::Kill);
        if timed(state) && timed(to) && !signalled && lives_on(state, event) {
            assert!(state.goes_on_as(to), "{state}, {event:?}");
        }
    }
}
