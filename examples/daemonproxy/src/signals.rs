//! Signals: their names, and how often those that are counted have arrived.

use std::time::Duration;

use daemon_core::Signal;
use nix::libc;

use crate::reason::Reason;
use crate::text::{Line, integer};

/// The signals that are counted. They never end the program.
pub(crate) const COUNTED: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGHUP, Signal::SIGTERM, Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGQUIT];

/// The signals that are handled, and not counted. The third one of this kind, SIGPIPE, is ignored.
pub(crate) const SWALLOWED: [Signal; 2] = [Signal::SIGCHLD, Signal::SIGALRM];

/// Every name that is known. Of names for the same number, the first is the one that is written.
const NAMES: [(&str, i32); 35] = [
    ("ABRT", libc::SIGABRT),
    ("ALRM", libc::SIGALRM),
    ("BUS", libc::SIGBUS),
    ("CHLD", libc::SIGCHLD),
    ("CLD", libc::SIGCHLD),
    ("CONT", libc::SIGCONT),
    ("FPE", libc::SIGFPE),
    ("HUP", libc::SIGHUP),
    ("ILL", libc::SIGILL),
    ("INT", libc::SIGINT),
    ("IO", libc::SIGIO),
    ("IOT", libc::SIGABRT),
    ("KILL", libc::SIGKILL),
    ("PIPE", libc::SIGPIPE),
    ("POLL", libc::SIGIO),
    ("PROF", libc::SIGPROF),
    ("PWR", libc::SIGPWR),
    ("QUIT", libc::SIGQUIT),
    ("SEGV", libc::SIGSEGV),
    ("STKFLT", libc::SIGSTKFLT),
    ("STOP", libc::SIGSTOP),
    ("SYS", libc::SIGSYS),
    ("TERM", libc::SIGTERM),
    ("TRAP", libc::SIGTRAP),
    ("TSTP", libc::SIGTSTP),
    ("TTIN", libc::SIGTTIN),
    ("TTOU", libc::SIGTTOU),
    ("URG", libc::SIGURG),
    ("USR1", libc::SIGUSR1),
    ("USR2", libc::SIGUSR2),
    ("VTALRM", libc::SIGVTALRM),
    ("WINCH", libc::SIGWINCH),
    ("XCPU", libc::SIGXCPU),
    ("XFSZ", libc::SIGXFSZ),
    ("-?", 0),
];

/// Returns the name of a signal without its `SIG`; `-?` if it has none.
pub(crate) fn name(number: i32) -> &'static str {
    NAMES.iter().find(|(_, other)| *other == number).map_or("-?", |(name, _)| name)
}

/// Returns the number of a signal by its name, with or without `SIG`.
pub(crate) fn by_name(text: &[u8]) -> Option<i32> {
    let short = text.strip_prefix(b"SIG").unwrap_or(text);
    NAMES.iter().find(|(name, number)| *number > 0 && name.as_bytes() == short).map(|(_, number)| *number)
}

/// Reads a signal: a number or a name.
pub(crate) fn read(text: Option<&[u8]>) -> Result<i32, Reason> {
    let text = text.filter(|text| !text.is_empty()).ok_or("Expected signal argument")?;
    if text[0].is_ascii_digit() {
        let number = integer(text).filter(|number| *number <= 65535);
        return number.and_then(|number| i32::try_from(number).ok()).ok_or("Invalid signal number".into());
    }
    by_name(text).ok_or_else(|| Reason::quote("Unknown signal", text, ""))
}

/// How often a signal has arrived, and when last.
#[derive(Clone, Copy)]
struct Count {
    number: i32,
    pending: i64,
    at: Duration,
    /// Orders the last arrivals of all signals, from 1.
    order: u64,
}

/// The counts of all counted signals.
pub(crate) struct Counts {
    counts: [Count; COUNTED.len()],
    last: u64,
}

impl Counts {
    pub(crate) fn new() -> Self {
        let none =
            |signal: Signal| Count { number: signal.number(), pending: 0, at: Duration::ZERO, order: 0 };
        Counts { counts: COUNTED.map(none), last: 0 }
    }

    /// Counts an arrival; returns whether the signal is one that is counted.
    pub(crate) fn arrived(&mut self, signal: Signal, now: Duration) -> bool {
        let Some(count) = self.counts.iter_mut().find(|count| count.number == signal.number()) else {
            return false;
        };
        self.last += 1;
        count.pending = count.pending.saturating_add(1);
        (count.at, count.order) = (now, self.last);
        true
    }

    /// Takes this many off the count of a pending signal. A negative number adds to it.
    pub(crate) fn clear(&mut self, number: i32, by: i64) {
        let pending = self.counts.iter_mut().filter(|count| count.number == number && count.pending > 0);
        pending.for_each(|count| count.pending = count.pending.saturating_sub(by).max(0));
    }

    /// Whether a signal is pending.
    pub(crate) fn is_pending(&self, number: i32) -> bool {
        self.counts.iter().any(|count| count.number == number && count.pending > 0)
    }

    /// Returns the order of the last arrival.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Writes the event of the first pending signal that has arrived after `seen`; returns its order.
    pub(crate) fn event(&self, seen: u64, line: &mut Line) -> Option<u64> {
        let new = self.counts.iter().filter(|count| count.pending > 0 && count.order > seen);
        let first = new.min_by_key(|count| count.order)?;
        line.write(format_args!(
            "signal\tSIG{}\t{}\t{}",
            name(first.number),
            first.at.as_secs(),
            first.pending
        ));
        Some(first.order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_an_optional_prefix_and_one_of_two_is_written() {
        for (text, number) in [
            ("HUP", Some(1)),
            ("SIGHUP", Some(1)),
            ("hup", None),
            ("SIGSIGHUP", None),
            ("IOT", Some(6)),
            ("-?", None),
            ("RTMIN", None),
        ] {
            assert_eq!(by_name(text.as_bytes()), number, "{text}");
        }
        assert_eq!([6, 17, 29, 33].map(name), ["ABRT", "CHLD", "IO", "-?"]);
    }

    #[test]
    fn a_signal_is_a_number_or_a_name() {
        let read = |text: &str| match read(Some(text.as_bytes())) {
            Ok(number) => Ok(number),
            Err(reason) => Err(String::from_utf8(reason.as_bytes().to_vec()).unwrap()),
        };
        assert_eq!((read("9"), read("65535"), read("KILL")), (Ok(9), Ok(65535), Ok(9)));
        for (text, reason) in [
            ("65536", "Invalid signal number"),
            ("9x", "Invalid signal number"),
            ("99999999999999999999", "Invalid signal number"),
            ("", "Expected signal argument"),
            ("NOSUCH", "Unknown signal \"NOSUCH\""),
        ] {
            assert_eq!(read(text), Err(reason.to_owned()));
        }
    }

    #[test]
    fn pending_signals_are_told_in_the_order_of_their_last_arrival() {
        let (mut counts, now) = (Counts::new(), Duration::from_millis(2900));
        for signal in [Signal::SIGHUP, Signal::SIGTERM, Signal::SIGHUP] {
            assert!(counts.arrived(signal, now));
        }
        assert!(!counts.arrived(Signal::SIGCHLD, now));
        let told = |counts: &Counts, mut seen| {
            let mut events = Vec::new();
            let mut line = Line::new();
            while let Some(order) = counts.event(seen, &mut line) {
                events.push(String::from_utf8(line.as_bytes().to_vec()).unwrap());
                (seen, line) = (order, Line::new());
            }
            events
        };
        assert_eq!(told(&counts, 0), ["signal\tSIGTERM\t2\t1", "signal\tSIGHUP\t2\t2"]);
        assert_eq!(told(&counts, 2), ["signal\tSIGHUP\t2\t2"]);
        counts.clear(libc::SIGHUP, 1);
        counts.clear(libc::SIGTERM, 5);
        counts.clear(libc::SIGTERM, -5);
        assert_eq!(told(&counts, 0), ["signal\tSIGHUP\t2\t1"]);
        counts.clear(libc::SIGHUP, -3);
        assert_eq!(told(&counts, 3), Vec::<String>::new());
        assert_eq!(told(&counts, 0), ["signal\tSIGHUP\t2\t4"]);
    }
}
