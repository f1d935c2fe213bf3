//! The log: lines of the form `LEVEL: text`, which never hold the program up.
//!
//! Lines wait in a buffer of 1024 bytes, and go out together, in one system call, when the destination can take them. What
//! does not fit is counted, and reported in one line later.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use daemon_core::supervision::Turn;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::handles::Handles;
use crate::sys::{self, fatal};
use crate::text::{Line, Name, Text};

/// The bytes of the lines that wait. If one more does not fit, it is lost, and so are all later ones until something has been
/// written.
const BUFFER: usize = 1024;
/// The time between two attempts to write to a destination that fails.
const PACE: Duration = Duration::from_millis(250);

/// The importance of a line. A filter is the highest level that is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    None,
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Fatal,
}

impl Level {
    const ALL: [Level; 7] =
        [Level::None, Level::Trace, Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Fatal];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// Returns the level that a text means for the filter that is in force: a name, or `+` or `-` for a step.
    pub(crate) fn read(self, text: &[u8]) -> Option<Level> {
        let place = self as usize;
        match text {
            b"+" => Some(Level::ALL[(place + 1).min(Level::ALL.len() - 1)]),
            b"-" => Some(Level::ALL[place.saturating_sub(1)]),
            name => Level::ALL.into_iter().find(|level| level.name().as_bytes() == name),
        }
    }
}

/// Where the lines go.
#[derive(Clone, Copy)]
enum Destination {
    /// Descriptor 2, while the handle `stderr` still is that one.
    Standard,
    /// The handle of this name, whenever there is one.
    Handle(Name),
    /// Nowhere yet: lines are kept.
    Held,
}

/// Lines that wait, and those that did not fit.
struct Buffer {
    bytes: Text<BUFFER>,
    lost: u64,
}

impl Buffer {
    /// Adds a line, or counts it as lost.
    fn add(&mut self, line: &Line) {
        let fits = self.bytes.as_bytes().len() + line.as_bytes().len() <= BUFFER;
        if self.lost > 0 || line.is_cut() || !fits {
            self.lost += 1;
        } else {
            self.bytes.push(line.as_bytes());
        }
    }

    /// Removes what was written. Then there is room to report what was lost.
    fn written(&mut self, count: usize) {
        self.bytes = Text::of(&self.bytes.as_bytes()[count..]);
        if self.lost > 0 {
            let notice = Text::<64>::format(format_args!("warning: lost {} log messages\n", self.lost));
            if self.bytes.as_bytes().len() + notice.as_bytes().len() <= BUFFER {
                self.bytes.push(notice.as_bytes());
                self.lost = 0;
            }
        }
    }
}

/// The log.
pub(crate) struct Log {
    buffer: Buffer,
    pub(crate) filter: Level,
    destination: Destination,
    /// A duplicate of a destination that takes nothing at the moment, while the poll watches it.
    watched: Option<OwnedFd>,
    /// When to try again after a failure.
    retry: Option<Duration>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Log {
            buffer: Buffer { bytes: Text::new(), lost: 0 },
            filter: Level::Debug,
            destination: Destination::Standard,
            watched: None,
            retry: None,
        }
    }

    /// Whether lines of this level are written.
    pub(crate) fn has(&self, level: Level) -> bool {
        level > self.filter
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, level: Level, text: fmt::Arguments<'_>) {
        self.bytes(level, text, b"");
    }

    /// Adds a line that ends with foreign bytes. Ends of line in them become blanks.
    pub(crate) fn bytes(&mut self, level: Level, text: fmt::Arguments<'_>, bytes: &[u8]) {
        if !self.has(level) {
            return;
        }
        let mut line = Line::new();
        line.write(format_args!("{}: {text}", level.name()));
        bytes.split(|byte| *byte == b'\n').enumerate().for_each(|(place, part)| {
            line.push(if place > 0 { b" " } else { b"" }).push(part);
        });
        line.push(b"\n");
        self.buffer.add(&line);
    }

    /// Sends all further lines to the handle of this name, and those that wait.
    pub(crate) fn send_to(&mut self, handle: Name, turn: &Turn) {
        self.destination = Destination::Handle(handle);
        self.unwatch(turn);
        self.retry = None;
    }

    /// Keeps the lines until there is a destination.
    pub(crate) fn hold(&mut self) {
        self.destination = Destination::Held;
        fatal::set_log(-1);
    }

    /// Whether lines go to descriptor 2, where a service's own messages may join them.
    pub(crate) fn is_standard(&self) -> bool {
        matches!(self.destination, Destination::Standard)
    }

    /// Notes that the watched destination may take something.
    pub(crate) fn on_ready(&mut self, turn: &Turn) {
        self.unwatch(turn);
    }

    /// Notes that handles have changed: the destination may be another one.
    pub(crate) fn on_new_handles(&mut self, turn: &Turn) {
        self.unwatch(turn);
        self.retry = None;
    }

    /// Returns when a failed write is tried again.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.retry.filter(|_| !self.buffer.bytes.is_empty())
    }

    /// Writes what waits, if the destination can take it at once. If not, the poll reports when it can, under this number.
    pub(crate) fn flush(&mut self, handles: &Handles, turn: &Turn, id: u64, now: Duration) {
        let waits = self.watched.is_some() || self.retry.is_some_and(|at| now < at);
        if self.buffer.bytes.is_empty() || waits {
            return;
        }
        let Some(descriptor) = self.descriptor(handles) else { return };
        fatal::set_log(descriptor.as_raw_fd());
        self.retry = None;
        match write(descriptor, self.buffer.bytes.as_bytes()) {
            Ok(count) => {
                self.buffer.written(count);
                self.flush_rest(descriptor);
            }
            Err(Errno::EAGAIN) => self.watch(descriptor, turn, id, now),
            Err(_) => self.retry = Some(now + PACE),
        }
    }

    /// Writes what waits before the program ends, as far as the destination takes it.
    pub(crate) fn finish(&mut self, handles: Option<&Handles>) {
        let descriptor = match handles {
            Some(handles) => self.descriptor(handles),
            None => Some(sys::standard(2)),
        };
        while let (Some(descriptor), false) = (descriptor, self.buffer.bytes.is_empty()) {
            match write(descriptor, self.buffer.bytes.as_bytes()) {
                Ok(count) => self.buffer.written(count),
                Err(_) => return,
            }
        }
    }

    /// Writes what a first write has made room for, which is rare. What fails is tried again at the next flush.
    fn flush_rest(&mut self, descriptor: BorrowedFd<'_>) {
        if let false = self.buffer.bytes.is_empty()
            && let Ok(count) = write(descriptor, self.buffer.bytes.as_bytes())
        {
            self.buffer.written(count);
        }
    }

    /// Whether something waits that could be written in the next turn.
    pub(crate) fn is_busy(&self, handles: &Handles) -> bool {
        !self.buffer.bytes.is_empty()
            && self.watched.is_none()
            && self.retry.is_none()
            && self.descriptor(handles).is_some()
    }

    fn descriptor<'h>(&self, handles: &'h Handles) -> Option<BorrowedFd<'h>> {
        match self.destination {
            Destination::Standard => handles.standard_error(),
            Destination::Handle(name) => handles.descriptor(name),
            Destination::Held => None,
        }
    }

    fn watch(&mut self, descriptor: BorrowedFd<'_>, turn: &Turn, id: u64, now: Duration) {
        let watched = sys::duplicate(descriptor).ok().filter(|copy| turn.watch(copy.as_fd(), id).is_ok());
        // A file cannot be watched.
        self.retry = watched.is_none().then_some(now + PACE);
        self.watched = watched;
    }

    fn unwatch(&mut self, turn: &Turn) {
        if let Some(descriptor) = self.watched.take() {
            turn.unwatch(descriptor.as_fd());
        }
    }
}

/// Writes if the descriptor polls writable.
fn write(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    let mut polled = [PollFd::new(descriptor, PollFlags::POLLOUT)];
    match poll(&mut polled, PollTimeout::ZERO) {
        Ok(0) => Err(Errno::EAGAIN),
        Ok(_) => sys::write_now(descriptor, bytes),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_go_up_and_down_and_stop_at_the_ends() {
        let mut filter = Level::Debug;
        let mut step = |text: &str| {
            filter = filter.read(text.as_bytes()).unwrap_or(filter);
            filter.name()
        };
        let steps = ["+", "-", "-", "-", "-", "fatal", "+", "warn", "none"].map(&mut step);
        assert_eq!(steps, ["info", "debug", "trace", "none", "none", "fatal", "fatal", "fatal", "none"]);
    }

    #[test]
    fn what_does_not_fit_is_counted_until_something_was_written() {
        let mut buffer = Buffer { bytes: Text::new(), lost: 0 };
        let line = |length: usize| Line::of(&vec![b'x'; length]);
        buffer.add(&line(1000));
        buffer.add(&line(25));
        buffer.add(&line(1));
        assert_eq!((buffer.bytes.as_bytes().len(), buffer.lost), (1000, 2));
        buffer.written(0);
        assert_eq!(buffer.lost, 2);
        buffer.written(990);
        assert_eq!(buffer.bytes.as_bytes(), b"xxxxxxxxxxwarning: lost 2 log messages\n");
        buffer.add(&line(1));
        assert_eq!(buffer.lost, 0);
    }

    #[test]
    fn a_line_that_is_longer_than_the_buffer_is_lost_alone() {
        let mut log = Log::new();
        log.bytes(Level::Info, format_args!("long "), &[b'x'; 1100]);
        assert_eq!((log.buffer.lost, log.buffer.bytes.is_empty()), (1, true));
    }
}
