//! How it is found out that a service is ready.

use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use mio::net::{TcpStream, UnixStream};

use super::Services;
use super::due::Due;
use super::sources::Watched;
use crate::error::Result;
use crate::service::{Address, Ready};
use crate::supervisor::{State, Supervisor};
use crate::timers::after;

/// The interval between two attempts to connect to a service.
const CONNECT_EVERY: Duration = Duration::from_millis(50);
/// How long one attempt may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// What tells that a service is ready, while it starts.
pub(super) enum Awaiting {
    /// Nothing: it is ready, or does not run.
    Nothing,
    /// A message on the socket of sd_notify(3).
    Notification,
    /// A line end in this pipe.
    Line { reader: PipeReader, source: u64 },
    /// A connection to it: the one that is being made, and since when.
    Connection(Option<(Connecting, Instant)>),
    /// The success of a command.
    Command,
}

/// A connection to a service that is being made.
pub(super) enum Connecting {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Connecting {
    /// Begins to connect, without waiting.
    fn new(address: &Address) -> io::Result<Self> {
        match address {
            Address::Unix(path) => UnixStream::connect(path).map(Connecting::Unix),
            Address::Tcp(address) => TcpStream::connect(*address).map(Connecting::Tcp),
        }
    }

    /// Whether it is connected; an error if it will never be.
    fn is_connected(&self) -> io::Result<bool> {
        match self {
            // It is connected at once, or not at all.
            Connecting::Unix(stream) => stream.take_error()?.map_or(Ok(true), Err),
            Connecting::Tcp(stream) => {
                stream.take_error()?.map_or(Ok(()), Err)?;
                Ok(stream.peer_addr().is_ok())
            }
        }
    }
}

impl Services {
    /// Begins to find out whether a service is ready whose process was just started; `reader` is its pipe, if it has one.
    pub(super) fn await_ready(
        &mut self,
        index: usize,
        reader: Option<PipeReader>,
        now: Instant,
    ) -> Result<()> {
        let awaiting = match (&self.table[index].service.ready, reader) {
            (Ready::Fd(_), Some(reader)) => {
                let source = self.sources.add(&self.registry, reader.as_fd(), Watched::Ready(index))?;
                Awaiting::Line { reader, source }
            }
            (Ready::Started | Ready::Fd(_), _) => Awaiting::Nothing,
            (Ready::Notify, _) => Awaiting::Notification,
            (Ready::Socket(_), _) => Awaiting::Connection(None),
            (Ready::Command(_), _) => Awaiting::Command,
        };
        if matches!(awaiting, Awaiting::Connection(_) | Awaiting::Command) {
            self.deadlines.set((index, Due::Probe), Some(now));
        }
        self.table[index].awaiting = awaiting;
        Ok(())
    }

    /// Ends finding out whether a service is ready.
    pub(super) fn stop_awaiting(&mut self, index: usize) {
        self.deadlines.disarm((index, Due::Probe));
        let Some(entry) = self.table.get_mut(index) else { return };
        if let Awaiting::Line { reader, source } = std::mem::replace(&mut entry.awaiting, Awaiting::Nothing) {
            self.sources.remove(&self.registry, reader.as_fd(), source);
        }
    }

    /// Records that a service is ready.
    pub(super) fn is_ready(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        self.report_ready(supervisor, index, now);
        self.apply_changes(supervisor, now);
    }

    /// Tells the supervisor that a service is ready.
    pub(super) fn report_ready(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        self.stop_awaiting(index);
        let child = self.table[index].child;
        supervisor.ready(child, self, now);
    }

    /// Reads the pipe by which a service says that it is ready.
    pub(super) fn read_ready(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let Some(entry) = self.table.get_mut(index) else { return };
        let Awaiting::Line { reader, .. } = &mut entry.awaiting else { return };
        let mut bytes = [0; 512];
        let said = match reader.read(&mut bytes) {
            Ok(0) => None,
            Ok(count) => Some(bytes[..count].contains(&b'\n')),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(false),
            Err(_) => None,
        };
        match said {
            Some(true) => self.is_ready(supervisor, index, now),
            // The rest is read when the pipe is reported again: it was drained, or something is written to it.
            Some(false) => {}
            // It has closed the pipe without a word, and is never ready.
            None => self.stop_awaiting(index),
        }
    }

    /// Finds out once more whether a service is ready.
    pub(super) fn probe(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let Some(entry) = self.table.get(index) else { return };
        if !matches!(supervisor.state(entry.child), State::Starting(_)) {
            return self.stop_awaiting(index);
        }
        match (&entry.awaiting, entry.service.clone().ready.clone()) {
            (Awaiting::Connection(_), Ready::Socket(address)) => {
                self.probe_socket(supervisor, index, &address, now);
            }
            (Awaiting::Command, Ready::Command(command)) => {
                self.probe_by_command(supervisor, index, &command, now);
            }
            _ => {}
        }
    }

    fn probe_socket(&mut self, supervisor: &mut Supervisor, index: usize, address: &Address, now: Instant) {
        let Awaiting::Connection(attempt) = &mut self.table[index].awaiting else { return };
        let in_time =
            |(_, since): &(Connecting, Instant)| now.saturating_duration_since(*since) < CONNECT_WITHIN;
        let connecting = attempt.take().filter(in_time);
        let connecting =
            connecting.or_else(|| Connecting::new(address).ok().map(|connecting| (connecting, now)));
        match connecting.as_ref().map(|(connecting, _)| connecting.is_connected()) {
            Some(Ok(true)) => return self.is_ready(supervisor, index, now),
            Some(Ok(false)) => *attempt = connecting,
            Some(Err(_)) | None => {}
        }
        self.deadlines.set((index, Due::Probe), Some(after(now, CONNECT_EVERY)));
    }
}
