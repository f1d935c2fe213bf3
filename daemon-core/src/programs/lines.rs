//! What a program writes, line by line.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::{self, PipeReader, PipeWriter, Read, pipe};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use tracing::error;

use super::Line;
use crate::context::Context;
use crate::error::{OrError, Result};
use crate::poller::{Readiness, WatchId};
use crate::sys::descriptor::set_nonblocking;

/// Called with each line; the first argument is the daemon's state.
pub(super) type OnLine = Box<dyn FnMut(&mut dyn Any, Line<'_>, &mut Context)>;

/// The most bytes read at once, and the longest line: a longer one is passed on in pieces.
const LONGEST: usize = 64 * 1024;
/// How often the rest is read after the end of a program: a pipe holds far less, unless another process goes on writing.
const LAST_READS: usize = 64;

/// The outputs of a program that somebody listens to: none, one or two.
pub(super) struct Lines {
    outputs: Vec<Rc<Output>>,
    /// The ends for the program, until it has them.
    writers: Vec<(RawFd, PipeWriter)>,
}

/// One output.
struct Output {
    reader: Rc<PipeReader>,
    is_error: bool,
    watch: Cell<Option<WatchId>>,
    /// What was read of a line that has not ended.
    rest: RefCell<Vec<u8>>,
    handler: Rc<RefCell<OnLine>>,
}

impl Lines {
    /// Makes pipes for the outputs that are not `set` otherwise, if there is a handler.
    pub(super) fn new(handler: Option<OnLine>, set: &[(RawFd, OwnedFd)]) -> Result<Self> {
        let mut lines = Lines { outputs: Vec::new(), writers: Vec::new() };
        let Some(handler) = handler else { return Ok(lines) };
        let handler = Rc::new(RefCell::new(handler));
        for number in [1, 2] {
            if set.iter().all(|(other, _)| *other != number) {
                let (reader, writer) = open().or_error(|| "cannot make a pipe".to_owned())?;
                lines.writers.push((number, writer));
                lines.outputs.push(Rc::new(Output {
                    reader: Rc::new(reader),
                    is_error: number == 2,
                    watch: Cell::new(None),
                    rest: RefCell::default(),
                    handler: handler.clone(),
                }));
            }
        }
        Ok(lines)
    }

    /// The descriptors for the program, by their numbers there.
    pub(super) fn targets(&self) -> Vec<(RawFd, BorrowedFd<'_>)> {
        self.writers.iter().map(|(number, writer)| (*number, writer.as_fd())).collect()
    }

    /// Closes the ends that the program has.
    pub(super) fn close_writers(&mut self) {
        self.writers.clear();
    }

    /// Has the loop watch the outputs.
    pub(super) fn watch(&self, context: &mut Context) -> Result<()> {
        for output in &self.outputs {
            let (reader, reads) = (output.reader.clone(), output.clone());
            let watch = context.watch_any(reader, Readiness::Read, move |state, _, context| {
                if reads.read(state, context) == Found::End {
                    reads.unwatch(context);
                }
            })?;
            output.watch.set(Some(watch));
        }
        Ok(())
    }

    /// Passes on what the program has written and nobody has read.
    pub(super) fn finish(&self, state: &mut dyn Any, context: &mut Context) {
        for output in &self.outputs {
            for _ in 0..LAST_READS {
                if output.watch.get().is_none() || output.read(state, context) != Found::More {
                    break;
                }
            }
            output.flush(state, context);
        }
        self.unwatch(context);
    }

    /// Ends the watches.
    pub(super) fn unwatch(&self, context: &mut Context) {
        self.outputs.iter().for_each(|output| output.unwatch(context));
    }
}

fn open() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = pipe()?;
    set_nonblocking(reader.as_fd())?;
    Ok((reader, writer))
}

/// What a read has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Something; there may be more.
    More,
    /// Nothing for now.
    Nothing,
    /// The end.
    End,
}

impl Output {
    /// Reads once, and passes on the lines that are complete.
    fn read(&self, state: &mut dyn Any, context: &mut Context) -> Found {
        let mut bytes = vec![0; LONGEST];
        let count = match (&*self.reader).read(&mut bytes) {
            Ok(0) => return Found::End,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Found::More,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Found::Nothing,
            Err(_) => return Found::End,
        };
        let mut rest = self.rest.take();
        rest.extend_from_slice(&bytes[..count]);
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &rest[start..]) {
            self.pass(&rest[start..start + length], state, context);
            start += length + 1;
        }
        rest.drain(..start);
        if rest.len() >= LONGEST {
            self.pass(&rest, state, context);
            rest.clear();
        }
        self.rest.replace(rest);
        Found::More
    }

    /// Passes on a line that has no end, because the program has ended.
    fn flush(&self, state: &mut dyn Any, context: &mut Context) {
        let rest = self.rest.take();
        if !rest.is_empty() {
            self.pass(&rest, state, context);
        }
    }

    fn pass(&self, line: &[u8], state: &mut dyn Any, context: &mut Context) {
        let text = String::from_utf8_lossy(line);
        let line = Line { text: &text, is_error: self.is_error };
        let mut handler = self.handler.borrow_mut();
        // What was read must go on to be read: the program would wait for that without end.
        if catch_unwind(AssertUnwindSafe(|| handler(state, line, context))).is_err() {
            error!("the handler of the lines of a program panicked");
        }
    }

    fn unwatch(&self, context: &mut Context) {
        if let Some(watch) = self.watch.take() {
            context.unwatch(watch);
        }
    }
}
