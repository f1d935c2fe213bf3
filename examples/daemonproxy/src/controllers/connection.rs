//! A controller with its descriptors.

use std::os::fd::AsFd;
use std::time::Duration;

use daemon_core::supervision::{Ready, Turn};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{getsockopt, sockopt};
use nix::unistd::{read, write};

use super::Id;
use crate::controller::{Dump, Input, Kind, Output, Passed, Timeouts};
use crate::descriptor::Descriptor;
use crate::log::{Level, Log};
use crate::sys;

/// A controller, and where it is read from and written to.
pub(crate) struct Connection {
    pub(crate) kind: Kind,
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) passed: Passed,
    /// How far the dump that it has asked for has come.
    pub(crate) dump: Option<Dump>,
    /// The order of the last signal that it was sent.
    pub(crate) seen: u64,
    pub(crate) timeouts: Timeouts,
    source: Option<Descriptor>,
    sink: Option<Descriptor>,
    /// Whether the source is a socket, which may pass descriptors.
    is_socket: bool,
    /// Whether there may be something to read.
    readable: bool,
    /// Whether there may be room to write.
    writable: bool,
    /// Whether the poll cannot watch the source: a file, which is always ready.
    is_file: bool,
    /// Whether the process of its service has ended.
    is_abandoned: bool,
}

impl Connection {
    pub(super) fn new(kind: Kind, source: Option<Descriptor>, sink: Option<Descriptor>) -> Self {
        let is_socket = |source: &Descriptor| getsockopt(&source.as_fd(), sockopt::SockType).is_ok();
        Connection {
            kind,
            input: Input::new(),
            output: Output::new(sink.is_some()),
            passed: Passed::default(),
            dump: None,
            seen: 0,
            timeouts: Timeouts::USUAL,
            is_socket: source.as_ref().is_some_and(is_socket),
            readable: source.is_some(),
            writable: true,
            is_file: false,
            is_abandoned: false,
            source,
            sink,
        }
    }

    /// Has the poll watch its descriptors, which do not block from now on.
    pub(super) fn watch(&mut self, turn: &Turn, number: u64) {
        if let Some(source) = &self.source {
            set_nonblocking(source, true);
            self.is_file = turn.watch(source.as_fd(), number).is_err();
        }
        if let Some(sink) = &self.sink {
            set_nonblocking(sink, true);
            // What cannot be watched is a file, which takes everything.
            let _ = turn.watch(sink.as_fd(), number + 1);
        }
    }

    pub(super) fn unwatch(&self, turn: &Turn) {
        self.source.iter().chain(&self.sink).for_each(|descriptor| turn.unwatch(descriptor.as_fd()));
    }

    /// Has its descriptors block again, for the program that gets them next.
    pub(crate) fn set_blocking(&self) {
        self.source.iter().chain(&self.sink).for_each(|descriptor| set_nonblocking(descriptor, false));
    }

    pub(super) fn on_ready(&mut self, is_sink: bool, ready: Ready) {
        match is_sink {
            true => self.writable |= ready.writable,
            false => self.readable |= ready.readable,
        }
    }

    /// Notes that the process of its service has ended. What it has sent is still carried out; if it could send nothing,
    /// this is the end.
    pub(super) fn abandon(&mut self) {
        self.is_abandoned = true;
        if self.source.is_none() {
            self.input.end();
        }
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Reads once, if there may be something and there is room. Returns how many descriptors were passed that there was no
    /// room for.
    pub(crate) fn read(&mut self) -> usize {
        let (Some(source), true) = (&self.source, self.may_read()) else { return 0 };
        let mut refused = 0;
        let passed = &mut self.passed;
        let result = match self.is_socket {
            true => sys::receive(source.as_fd(), self.input.room(), |descriptor| {
                refused += usize::from(passed.keep(descriptor).is_some());
            }),
            false => read(source.as_fd(), self.input.room()),
        };
        match result {
            Ok(0) => self.input.end(),
            Ok(count) => self.input.filled(count),
            Err(Errno::EAGAIN) => self.readable = self.is_file,
            Err(Errno::EINTR) => {}
            Err(_) => self.input.end(),
        }
        refused
    }

    fn may_read(&self) -> bool {
        self.readable && !self.input.has_ended() && !self.input.is_full()
    }

    pub(super) fn flush_if_ready(&mut self, now: Duration) {
        if self.writable {
            self.flush(now);
        }
    }

    /// Writes what waits, as far as the other side takes it.
    pub(super) fn flush(&mut self, now: Duration) {
        let Some(sink) = &self.sink else { return };
        while !self.output.waiting().is_empty() {
            match write(sink.as_fd(), self.output.waiting()) {
                Ok(count) => self.output.written(count),
                Err(Errno::EAGAIN) => {
                    self.writable = false;
                    return self.output.refuse(now);
                }
                Err(Errno::EINTR) => {}
                // This ends only the side that is written to.
                Err(_) => return self.output.close(),
            }
        }
    }

    /// Deals with a controller that does not read; returns whether its connection must be closed.
    pub(super) fn check_timeouts(&mut self, id: Id, now: Duration, log: &mut Log) -> bool {
        let Some(refused) = self.output.refused_for(now) else { return false };
        let seconds = refused.as_secs();
        if refused >= self.timeouts.close {
            let text = format_args!("controller {id} blocked pipe for {seconds} seconds, closing connection");
            log.line(Level::Error, text);
            return true;
        }
        if refused < self.timeouts.reset {
            return false;
        }
        if self.output.warn_once() {
            log.line(Level::Warning, format_args!("controller {id} blocked pipe for {seconds} seconds"));
        }
        if self.input.is_full() {
            self.output.overflow();
        }
        false
    }

    /// Whether a command may be taken from it now.
    pub(crate) fn may_run(&self) -> bool {
        self.dump.is_none() && self.output.has_room()
    }

    /// Whether it is at its end: everything was carried out and written.
    pub(super) fn is_done(&self) -> bool {
        self.input.is_done() && self.dump.is_none() && self.output.waiting().is_empty()
    }

    pub(super) fn is_busy(&self) -> bool {
        let goes_on = self.dump.is_some() && self.output.has_room();
        self.may_read() || goes_on || self.is_done() || (self.may_run() && self.input.has_next())
    }
}

fn set_nonblocking(descriptor: &Descriptor, is_wanted: bool) {
    let Ok(flags) = fcntl(descriptor.as_fd(), FcntlArg::F_GETFL) else { return };
    let mut flags = OFlag::from_bits_retain(flags);
    flags.set(OFlag::O_NONBLOCK, is_wanted);
    // A descriptor that cannot be changed is one that never blocks.
    let _ = fcntl(descriptor.as_fd(), FcntlArg::F_SETFL(flags));
}
