//! Other programs, which user code starts and the supervisor looks after.
//!
//! A program is started at once, so that its start can fail with an error; from the end of the turn on it is a child like
//! any other, except that it is not restarted. Its outputs come through watched pipes.

mod lines;
mod running;

use std::any::Any;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use self::lines::{Lines, OnLine};
pub(crate) use self::running::{OWNER, Programs};
use crate::context::{Command, Context, OnExit, Orphan, ProgramId, StartedProgram, on_state};
use crate::error::{OrError, Result};
use crate::sys::exit::Exit;
use crate::sys::spawn::{self, Group, Launch, Rights, Streams};
use crate::trace;

/// A program to start with [`Context::spawn`].
///
/// It inherits the environment and the directory of the daemon, and its outputs, but no input and no other descriptor. It
/// has a process group of its own: a Ctrl-C at the terminal reaches only the daemon, which asks it to stop.
#[must_use = "it is started by `Context::spawn`"]
pub struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    inherits: Option<Vec<OsString>>,
    directory: Option<PathBuf>,
    descriptors: Vec<(RawFd, OwnedFd)>,
    on_line: Option<OnLine>,
    stop_grace: Duration,
}

/// A line that a program has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its end. What is not UTF-8 is replaced by `U+FFFD`; a line of more than 64 KiB comes in pieces.
    pub text: &'a str,
    /// Whether it was written to standard error.
    pub is_error: bool,
}

impl Program {
    /// Returns a program by its name, which is looked up in `PATH`, or by its path.
    pub fn new(name: impl Into<OsString>) -> Self {
        Program {
            name: name.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            inherits: None,
            directory: None,
            descriptors: Vec::new(),
            on_line: None,
            stop_grace: Duration::from_secs(5),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Passes on only these variables of the daemon's environment; by default all. Those that [`env`](Self::env) sets are
    /// passed in any case.
    pub fn inherit_env<N: Into<OsString>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.inherits = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the directory that it starts in.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets its standard input: a file, a pipe, a socket. By default it reads from /dev/null.
    pub fn input(self, input: impl Into<OwnedFd>) -> Self {
        self.descriptor(0, input.into())
    }

    /// Sets its standard output; by default that of the daemon.
    pub fn output(self, output: impl Into<OwnedFd>) -> Self {
        self.descriptor(1, output.into())
    }

    /// Sets its standard error; by default that of the daemon.
    pub fn errors(self, errors: impl Into<OwnedFd>) -> Self {
        self.descriptor(2, errors.into())
    }

    fn descriptor(mut self, number: RawFd, descriptor: OwnedFd) -> Self {
        self.descriptors.retain(|(set, _)| *set != number);
        self.descriptors.push((number, descriptor));
        self
    }

    /// Calls `handler` with each line that it writes, to an output that is not set otherwise. All of its lines come before
    /// its end.
    pub fn lines<S: 'static>(
        mut self,
        mut handler: impl FnMut(&mut S, Line<'_>, &mut Context) + 'static,
    ) -> Self {
        self.on_line = Some(Box::new(move |state, line, context| {
            on_state(state, context, |state, context| handler(state, line, context));
        }));
        self
    }

    /// Sets how long it may take to stop before it is killed; by default 5 seconds.
    pub fn stop_grace(mut self, grace: Duration) -> Self {
        self.stop_grace = grace;
        self
    }

    /// Starts it, with these descriptors in addition; returns the number of its process.
    fn start(&self, pipes: &[(RawFd, BorrowedFd<'_>)]) -> Result<i32> {
        let what = || format!("cannot start `{}`", Path::new(&self.name).display());
        let path = spawn::find(&self.name).or_error(what)?;
        let arguments: Vec<&OsStr> =
            std::iter::once(&self.name).chain(&self.arguments).map(OsString::as_os_str).collect();
        let inherits: Option<Vec<&OsStr>> =
            self.inherits.as_ref().map(|names| names.iter().map(OsString::as_os_str).collect());
        let environment: Vec<(&OsStr, &OsStr)> =
            self.environment.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())).collect();
        let descriptors: Vec<(RawFd, BorrowedFd<'_>)> = self
            .descriptors
            .iter()
            .map(|(number, descriptor)| (*number, descriptor.as_fd()))
            .chain(pipes.iter().copied())
            .collect();
        let pid = spawn::spawn(&Launch {
            program: spawn::Program::Path(&path),
            arguments: &arguments,
            inherits: inherits.as_deref(),
            environment: &environment,
            descriptors: &descriptors,
            directory: self.directory.as_deref(),
            streams: Streams::Outputs,
            blocked: false,
            group: Group::Own,
            rights: &Rights::default(),
            orphan: None,
        });
        pid.map(|pid| pid.as_raw()).or_error(what)
    }
}

impl Context {
    /// Starts another program, and calls `on_exit` on the loop when it has ended. The daemon goes on meanwhile.
    ///
    /// The supervisor looks after it: it is reaped, and when the daemon stops, the program is asked to stop as well and waited
    /// for. Do not wait for it elsewhere. It is not started again when it has ended: a program that shall always run belongs
    /// into a [worker](macro@crate::worker).
    ///
    /// ```
    /// use daemon_core::prelude::*;
    /// use daemon_core::{Line, Program};
    ///
    /// #[daemon(name = "lister")]
    /// #[derive(Default)]
    /// struct Lister {
    ///     seen: Vec<String>,
    /// }
    ///
    /// #[daemon]
    /// impl Lister {
    ///     /// List a directory; reply when that is done.
    ///     #[rpc_method]
    ///     fn list(&mut self, directory: String, reply: Reply<usize, String>, context: &mut Context) {
    ///         let program = Program::new("ls").arg("--").arg(directory);
    ///         let program = program.lines(|lister: &mut Lister, line, _| lister.seen.push(line.text.to_owned()));
    ///         let started = context.spawn(program, |lister: &mut Lister, status, _| {
    ///             let seen = std::mem::take(&mut lister.seen);
    ///             reply.finish(if status.success() { Ok(seen.len()) } else { Err(seen.join("; ")) });
    ///         });
    ///         if let Err(error) = started {
    ///             context.fail(error);
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such program, or the system cannot start it; then `on_exit` is never called. In a worker always: its
    /// loop looks after no programs, and [`std::process::Command`] does no harm there. When the daemon ends and the others
    /// were asked to stop, with [`is_stopped`](crate::Error::is_stopped).
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon, which is a programming mistake.
    pub fn spawn<S: 'static>(
        &mut self,
        mut program: Program,
        on_exit: impl FnOnce(&mut S, ExitStatus, &mut Context) + 'static,
    ) -> Result<ProgramId> {
        self.check_state::<S>();
        self.check_programs()?;
        let mut lines = Lines::new(program.on_line.take(), &program.descriptors)?;
        lines.watch(self)?;
        let started = program.start(&lines.targets());
        lines.close_writers();
        let pid = started.inspect_err(|_| lines.unwatch(self))?;
        let trace = trace::current();
        let on_exit: OnExit = Box::new(move |state: &mut dyn Any, status, context| {
            let _entered = trace::resume(trace);
            lines.finish(state, context);
            on_state(state, context, |state, context| on_exit(state, status, context));
        });
        let id = self.next_program(pid);
        let name = Path::new(&program.name).display().to_string();
        let stop_grace = program.stop_grace;
        let orphan = Orphan::new(pid);
        self.command(Command::Adopt(StartedProgram { id, name, stop_grace, on_exit, orphan }));
        Ok(id)
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("name", &self.name)
            .field("arguments", &self.arguments)
            .finish_non_exhaustive()
    }
}

/// Returns an exit as the standard library has it.
fn status(exit: Exit) -> ExitStatus {
    // As wait(2) packs it.
    ExitStatus::from_raw(match exit {
        Exit::Code(code) => (code & 0xff) << 8,
        Exit::Signal(number) => number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_a_status_of_the_standard_library() {
        assert!(status(Exit::Code(0)).success());
        assert_eq!(status(Exit::Code(7)).code(), Some(7));
        assert_eq!(status(Exit::Signal(9)).signal(), Some(9));
    }
}
