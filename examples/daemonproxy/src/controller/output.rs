//! The events that wait for a controller to read them.

use std::time::Duration;

/// The size of the buffer.
const BUFFER: usize = 2048;
/// The room that a command needs to start: its answers fit, so a controller that does not read stops its own commands.
const ROOM_FOR_A_COMMAND: usize = 1024;
/// What a controller gets instead of all events that it missed.
const OVERFLOW: &[u8] = b"overflow\n";

/// How long a controller may refuse what is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// Before events are dropped, if it keeps sending commands.
    pub(crate) reset: Duration,
    /// Before the connection is closed.
    pub(crate) close: Duration,
}

impl Timeouts {
    pub(crate) const USUAL: Timeouts =
        Timeouts { reset: Duration::from_secs(15), close: Duration::from_secs(30) };
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It waits to be written.
    Yes,
    /// There is no room for it.
    Full,
    /// This controller gets no events, for now or at all.
    Unwanted,
}

/// The bytes that were not written yet.
pub(crate) struct Output {
    buffer: [u8; BUFFER],
    start: usize,
    end: usize,
    is_open: bool,
    /// Whether events were dropped. Nothing more is added until the buffer is empty.
    overflowed: bool,
    /// When the first write after a good one was refused.
    refused: Option<Duration>,
    /// Whether it was reported that the reset timeout has passed.
    warned: bool,
}

impl Output {
    pub(crate) fn new(is_open: bool) -> Self {
        Output {
            buffer: [0; BUFFER],
            start: 0,
            end: 0,
            is_open,
            overflowed: false,
            refused: None,
            warned: false,
        }
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, event: &[u8]) -> Pushed {
        if !self.is_open || self.overflowed {
            return Pushed::Unwanted;
        }
        if event.len() + 1 > self.free() {
            return Pushed::Full;
        }
        self.add(event);
        self.add(b"\n");
        Pushed::Yes
    }

    fn add(&mut self, bytes: &[u8]) {
        if bytes.len() > BUFFER - self.end {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.buffer[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    fn free(&self) -> usize {
        BUFFER - (self.end - self.start)
    }

    /// Drops events from now on, until what waits has been written.
    pub(crate) fn overflow(&mut self) {
        self.overflowed = self.is_open;
    }

    pub(crate) fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Whether a command may start.
    pub(crate) fn has_room(&self) -> bool {
        !self.is_open || self.overflowed || self.free() >= ROOM_FOR_A_COMMAND
    }

    /// Returns what waits.
    pub(crate) fn waiting(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Removes what was written. When that was all, a controller that has missed events learns it.
    pub(crate) fn written(&mut self, count: usize) {
        self.start += count;
        (self.refused, self.warned) = (None, false);
        if self.start < self.end {
            return;
        }
        (self.start, self.end) = (0, 0);
        if std::mem::take(&mut self.overflowed) {
            self.add(OVERFLOW);
        }
    }

    /// Notes that a write was refused.
    pub(crate) fn refuse(&mut self, now: Duration) {
        self.refused.get_or_insert(now);
    }

    /// Drops everything, now and later.
    pub(crate) fn close(&mut self) {
        *self = Output::new(false);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Returns since when writes are refused.
    pub(crate) fn refused_for(&self, now: Duration) -> Option<Duration> {
        Some(now.saturating_sub(self.refused?))
    }

    /// Returns whether this is the first time that it is asked since writes are refused.
    pub(crate) fn warn_once(&mut self) -> bool {
        !std::mem::replace(&mut self.warned, true)
    }

    /// Returns when a timeout passes.
    pub(crate) fn deadline(&self, timeouts: Timeouts) -> Option<Duration> {
        let after = if self.warned { timeouts.close } else { timeouts.reset };
        Some(self.refused? + after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes all that waits, so many bytes at a time.
    fn drain(output: &mut Output, piece: usize) -> String {
        let mut all = Vec::new();
        while !output.waiting().is_empty() {
            let count = output.waiting().len().min(piece);
            all.extend_from_slice(&output.waiting()[..count]);
            output.written(count);
        }
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn events_are_lines_in_order() {
        for piece in [1, 5, 5000] {
            let mut output = Output::new(true);
            assert_eq!(output.push(b"a"), Pushed::Yes);
            assert_eq!(output.push(b"b\tc"), Pushed::Yes);
            assert_eq!(drain(&mut output, piece), "a\nb\tc\n");
        }
    }

    #[test]
    fn what_does_not_fit_is_followed_by_overflow_once_the_rest_was_read() {
        let mut output = Output::new(true);
        assert_eq!(output.push(&[b'x'; 2000]), Pushed::Yes);
        assert!(!output.has_room());
        assert_eq!(output.push(&[b'y'; 47]), Pushed::Full);
        assert_eq!(output.push(&[b'y'; 46]), Pushed::Yes);
        assert_eq!(output.push(b""), Pushed::Full);
        output.overflow();
        assert!(output.has_room());
        assert_eq!(output.push(b"lost"), Pushed::Unwanted);
        output.written(2047);
        assert_eq!(output.push(b"lost as well"), Pushed::Unwanted);
        output.written(1);
        assert_eq!(output.push(b"not lost"), Pushed::Yes);
        assert_eq!(drain(&mut output, 3), "overflow\nnot lost\n");
        assert_eq!(drain(&mut output, 3), "");
    }

    #[test]
    fn timeouts_run_from_the_first_refusal_after_a_good_write() {
        let (mut output, at) = (Output::new(true), Duration::from_secs);
        output.push(b"event");
        assert_eq!((output.deadline(Timeouts::USUAL), output.refused_for(at(9))), (None, None));
        output.refuse(at(100));
        output.refuse(at(110));
        assert_eq!(output.refused_for(at(112)), Some(at(12)));
        assert_eq!(output.deadline(Timeouts::USUAL), Some(at(115)));
        assert!(output.warn_once() && !output.warn_once());
        assert_eq!(output.deadline(Timeouts::USUAL), Some(at(130)));
        output.written(1);
        assert_eq!(output.deadline(Timeouts::USUAL), None);
        output.refuse(at(140));
        assert_eq!(output.deadline(Timeouts::USUAL), Some(at(155)));
    }

    #[test]
    fn a_closed_output_wants_nothing_and_stops_no_command() {
        let mut output = Output::new(true);
        output.push(&[b'x'; 2000]);
        output.close();
        assert_eq!((output.push(b"a"), output.has_room()), (Pushed::Unwanted, true));
        assert!(output.waiting().is_empty() && !output.is_open());
    }
}
