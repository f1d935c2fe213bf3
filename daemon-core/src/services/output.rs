//! What a service writes: a pipe that the daemon reads, as long as it has the service, into a log and to those that follow.

use std::io::{self, PipeReader, PipeWriter, Read, pipe};
use std::os::fd::{AsFd, BorrowedFd};

use tracing::error;

use super::Services;
use super::log_file::LogFile;
use super::sources::Watched;
use crate::context::SendLine;
use crate::error::{OrError, Result};
use crate::service::Log;
use crate::sys::descriptor::set_nonblocking;

/// The most bytes that are read at once: as many as a pipe holds. The rest is read in the next turn.
const READ: usize = 64 * 1024;
/// The longest line for those that follow a log; a longer one comes in pieces.
const LONGEST: usize = 64 * 1024;

/// The output of a service.
pub(super) struct Output {
    reader: PipeReader,
    writer: PipeWriter,
    source: u64,
    file: LogFile,
    /// Whether it is read again in the next turn.
    has_more: bool,
    /// What was read of a line that has not ended, while somebody follows.
    rest: Vec<u8>,
    /// At most as many as there are subscriptions.
    followers: Vec<SendLine>,
}

impl Output {
    /// The end for the service.
    pub(super) fn writer(&self) -> BorrowedFd<'_> {
        self.writer.as_fd()
    }

    /// Opens the log again, as another program may have moved it.
    pub(super) fn reopen(&mut self) {
        self.file.reopen();
    }

    /// Empties the log.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file.clear()
    }

    /// Reads once; returns whether there may be more.
    fn read(&mut self) -> bool {
        let mut bytes = vec![0; READ];
        match self.reader.read(&mut bytes) {
            Ok(count) => {
                self.file.write(&bytes[..count]);
                self.pass_on(&bytes[..count]);
                count == bytes.len()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Err(error) => {
                error!("cannot read the output of a service: {error}");
                false
            }
        }
    }

    /// Sends the lines that are complete to those that follow.
    fn pass_on(&mut self, bytes: &[u8]) {
        if self.followers.is_empty() {
            return;
        }
        self.rest.extend_from_slice(bytes);
        let mut rest = self.rest.as_slice();
        while let Some(at) =
            rest.iter().position(|byte| *byte == b'\n').or((rest.len() > LONGEST).then_some(LONGEST))
        {
            let line = String::from_utf8_lossy(&rest[..at]);
            self.followers.retain_mut(|send| send(Ok(&line)));
            rest = &rest[at + usize::from(rest[at] == b'\n')..];
        }
        self.rest = if self.followers.is_empty() { Vec::new() } else { rest.to_vec() };
    }

    /// Returns the end of the log.
    pub(super) fn end(&self) -> io::Result<Vec<u8>> {
        self.file.end()
    }

    /// Sends each line from now on; `rest` is the beginning of the first one.
    pub(super) fn follow(&mut self, rest: &[u8], send: SendLine) {
        if self.followers.is_empty() {
            self.rest = rest.to_vec();
        }
        self.followers.push(send);
    }
}

impl Services {
    /// Reads the output of a service once.
    pub(super) fn read_output(&mut self, index: usize) {
        let output = self.table.get_mut(index).and_then(|entry| entry.output.as_mut());
        if let Some(output) = output {
            let was_queued = std::mem::replace(&mut output.has_more, false);
            output.has_more = output.read();
            if output.has_more && !was_queued {
                self.unread.push_back(index);
            }
        }
    }

    /// Reads the output of a service that had more than was read before.
    pub(super) fn read_more(&mut self, index: usize) {
        if let Some(output) = self.table.get_mut(index).and_then(|entry| entry.output.as_mut()) {
            output.has_more = false;
            self.read_output(index);
        }
    }

    /// Makes sure that a service has the output that it declares.
    pub(super) fn prepare_output(&mut self, index: usize) -> Result<()> {
        let log = self.table[index].service.log.clone();
        let has = self.table[index].output.as_ref();
        if has.map(|output| &output.file).is_some_and(|file| log.as_ref().is_some_and(|log| file.is(log))) {
            return Ok(());
        }
        self.close_output(index);
        if let Some(log) = log {
            let output = self.open_output(index, &log)?;
            self.table[index].output = Some(output);
        }
        Ok(())
    }

    fn open_output(&mut self, index: usize, log: &Log) -> Result<Output> {
        let file = LogFile::open(log)?;
        let (reader, writer) = pipe().or_error(|| "cannot make a pipe".to_owned())?;
        set_nonblocking(reader.as_fd()).or_error(|| "cannot prepare a pipe".to_owned())?;
        let source = self.sources.add(&self.registry, reader.as_fd(), Watched::Output(index))?;
        Ok(Output { reader, writer, source, file, has_more: false, rest: Vec::new(), followers: Vec::new() })
    }

    /// Reads what is left of the output of a service, and closes it.
    pub(super) fn close_output(&mut self, index: usize) {
        let Some(mut output) = self.table.get_mut(index).and_then(|entry| entry.output.take()) else {
            return;
        };
        // Once: another process may write without end.
        output.read();
        self.sources.remove(&self.registry, output.reader.as_fd(), output.source);
    }

    /// Opens all logs again.
    pub(super) fn reopen_logs(&mut self) {
        for index in self.table.indices() {
            if let Some(output) = &mut self.table[index].output {
                output.reopen();
            }
        }
    }
}
