//! One service: its definition, its state, and the events about both.

use std::time::Duration;

use daemon_core::supervision::{ChildId, Exit, Pid};

use super::values::{Value, Values};
use crate::signals::{self, Counts};
use crate::text::{Fields, Line, Name};

/// The fields of the state of a service that has not run.
const NO_RUN: &[u8] = b"\t-\t-\t-\t-\t-\t-";
/// The handles of a service that has no list of its own.
const USUAL_FDS: &[u8] = b"null\tnull\tnull";

/// A service.
pub(crate) struct Service {
    pub(crate) name: Name,
    pub(crate) values: Values,
    /// The least seconds between an exit and the next start, after a run that was shorter.
    pub(crate) interval: u32,
    /// What starts it by itself.
    pub(crate) trigger: Trigger,
    pub(crate) state: State,
}

/// Whether a service runs.
#[derive(Clone, Copy)]
pub(crate) enum State {
    /// It never ran, or a start was cancelled.
    Down,
    Waiting {
        at: Duration,
    },
    Up(Run),
    Ended {
        run: Run,
        exit: Exit,
        at: Duration,
    },
}

/// A process of a service.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) child: ChildId,
    pub(crate) pid: Pid,
    pub(crate) since: Duration,
}

/// What starts a service that is down.
#[derive(Clone, Copy, Default)]
pub(crate) struct Trigger {
    always: bool,
    /// A bit for each signal, by its number.
    signals: u64,
}

impl Trigger {
    /// Reads triggers up to the first empty one; `None` if one is unknown.
    pub(crate) fn read(text: &[u8]) -> Option<Trigger> {
        let mut trigger = Trigger::default();
        for field in Fields::new(text).take_while(|field| !field.is_empty()) {
            match field {
                b"always" => trigger.always = true,
                name => trigger.signals |= 1 << signals::by_name(name)?,
            }
        }
        Some(trigger)
    }

    pub(crate) fn lists(self, signal: i32) -> bool {
        self.signals & (1 << signal) != 0
    }

    /// Whether it holds now.
    pub(crate) fn holds(self, counts: &Counts) -> bool {
        self.always || (1..64).any(|signal| self.lists(signal) && counts.is_pending(signal))
    }
}

impl Service {
    pub(super) fn new(name: Name, values: Values) -> Self {
        Service { name, values, interval: 0, trigger: Trigger::default(), state: State::Down }
    }

    /// Returns its process, if it is up.
    pub(crate) fn run(&self) -> Option<Run> {
        match self.state {
            State::Up(run) => Some(run),
            State::Down | State::Waiting { .. } | State::Ended { .. } => None,
        }
    }

    /// Returns its handles, by their names.
    pub(crate) fn fds(&self) -> &[u8] {
        self.values.get(Value::Fds).unwrap_or(USUAL_FDS)
    }

    /// Returns its arguments; empty if it has none.
    pub(crate) fn args(&self) -> &[u8] {
        self.values.get(Value::Args).unwrap_or_default()
    }

    /// Writes the event about its state.
    pub(crate) fn state_event(&self, now: Duration, line: &mut Line) {
        line.push(b"service.state").field(self.name.as_bytes());
        match self.state {
            State::Down => line.push(b"\tdown").push(NO_RUN),
            State::Waiting { at } => line.write(format_args!("\tstart\t{}\t-\t-\t-\t-\t-", at.as_secs())),
            State::Up(Run { pid, since, .. }) => {
                let age = now.saturating_sub(since).as_secs();
                line.write(format_args!("\tup\t{}\t{pid}\t-\t-\t{age}\t-", since.as_secs()))
            }
            State::Ended { run: Run { pid, since, .. }, exit, at } => {
                line.write(format_args!("\tdown\t{}\t{pid}\t", at.as_secs()));
                match exit {
                    Exit::Code(code) => line.write(format_args!("exit\t{code}")),
                    Exit::Signal(number) => line.write(format_args!("signal\tSIG{}", signals::name(number))),
                };
                let (ran, ago) = (at.saturating_sub(since).as_secs(), now.saturating_sub(at).as_secs());
                line.write(format_args!("\t{ran}\t{ago}"))
            }
        };
    }

    /// Writes the event about one of its texts.
    pub(crate) fn value_event(&self, value: Value, line: &mut Line) {
        line.write(format_args!("service.{}\t{}", value.name(), self.name));
        line.field(match value {
            Value::Fds => self.fds(),
            Value::Tags | Value::Args | Value::Triggers => self.values.get(value).unwrap_or_default(),
        });
    }

    /// Writes the event about what starts it.
    pub(crate) fn auto_up_event(&self, line: &mut Line) {
        line.write(format_args!("service.auto_up\t{}", self.name));
        match self.values.get(Value::Triggers) {
            None | Some(b"") => line.field(b"-"),
            Some(triggers) => line.write(format_args!("\t{}", self.interval)).field(triggers),
        };
    }

    /// Writes the event that it is deleted.
    pub(crate) fn deleted_event(&self, line: &mut Line) {
        line.push(b"service.state").field(self.name.as_bytes()).push(b"\tdeleted").push(NO_RUN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service::new(Name::new(b"s").unwrap(), Values::new(Vec::new(), usize::MAX))
    }

    fn written(write: impl FnOnce(&mut Line)) -> String {
        let mut line = Line::new();
        write(&mut line);
        String::from_utf8(line.as_bytes().to_vec()).unwrap().replace('\t', " ")
    }

    #[test]
    fn a_state_has_nine_fields() {
        let (mut service, at) = (service(), Duration::from_millis);
        let state = |service: &Service| written(|line| service.state_event(at(9_900), line));
        assert_eq!(state(&service), "service.state s down - - - - - -");
        service.state = State::Waiting { at: at(12_300) };
        assert_eq!(state(&service), "service.state s start 12 - - - - -");
        let mut supervised = daemon_core::supervision::Turn::new(&[]).unwrap();
        let spec = daemon_core::supervision::ChildSpec::new("", "");
        let child =
            supervised.supervisor.add(daemon_core::supervision::OwnerId(0), spec, std::time::Instant::now());
        let run = Run { child, pid: Pid::from_raw(42), since: at(5_950) };
        service.state = State::Up(run);
        assert_eq!(state(&service), "service.state s up 5 42 - - 3 -");
        service.state = State::Ended { run, exit: Exit::Code(3), at: at(8_000) };
        assert_eq!(state(&service), "service.state s down 8 42 exit 3 2 1");
        service.state = State::Ended { run, exit: Exit::Signal(9), at: at(8_000) };
        assert_eq!(state(&service), "service.state s down 8 42 signal SIGKILL 2 1");
        service.state = State::Ended { run, exit: Exit::Signal(40), at: at(8_000) };
        assert_eq!(state(&service), "service.state s down 8 42 signal SIG-? 2 1");
    }

    #[test]
    fn texts_that_were_never_set_have_an_empty_field() {
        let mut service = service();
        assert_eq!(written(|line| service.value_event(Value::Tags, line)), "service.tags s ");
        assert_eq!(written(|line| service.value_event(Value::Fds, line)), "service.fds s null null null");
        assert_eq!(written(|line| service.auto_up_event(line)), "service.auto_up s -");
        service.values.set(Value::Fds, b"");
        service.values.set(Value::Triggers, b"always\tHUP");
        service.interval = 7;
        assert_eq!(written(|line| service.value_event(Value::Fds, line)), "service.fds s ");
        assert_eq!(written(|line| service.auto_up_event(line)), "service.auto_up s 7 always HUP");
        assert_eq!(written(|line| service.deleted_event(line)), "service.state s deleted - - - - - -");
    }

    #[test]
    fn triggers_are_read_up_to_an_empty_one() {
        let counts = Counts::new();
        assert!(Trigger::read(b"always").unwrap().holds(&counts));
        assert!(!Trigger::read(b"\talways").unwrap().holds(&counts));
        assert!(Trigger::read(b"HUP\tSIGUSR1").unwrap().lists(10));
        assert!(Trigger::read(b"HUP\tnever").is_none());
        assert!(Trigger::read(b"HUP\t\tnever").is_some());
    }
}
