//! Starting programs as a shell does: whatever becomes of one is an exit of the child, not an error here.
//!
//! A [`Launcher`] keeps the memory that a start needs, so that a start allocates nothing. What a child does until its
//! program runs is here, too; how it shares our memory until then is described in [`child`](super::child).
//!
//! # Safety
//!
//! This module may use unsafe code: system calls of the child, which must not allocate, take a lock or unwind.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::{fmt, ptr};

use nix::errno::Errno;
use nix::libc;
use nix::unistd::Pid;

use super::child::{Stack, reset_signals, run_on, unblock_signals};

/// Marks a descriptor that a child does not get.
const CLOSED: RawFd = -1;

/// How a child ends if it cannot run its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// With this exit code. It writes nothing.
    Code(i32),
    /// With this exit code, after it has written `error: exec(FILE, ...) failed: CAUSE` to its standard error.
    Said(i32),
    /// By SIGABRT, in any case: it does not even try.
    Abort,
}

/// Starts programs, and keeps the memory that this needs.
///
/// A child has the environment, the directory and the process group of this process, every signal at its default, and no
/// descriptor but those that it is given.
///
/// ```
/// use daemon_core::supervision::{Failure, Launcher};
///
/// # fn main() -> std::io::Result<()> {
/// let mut launcher = Launcher::new()?;
/// let pid = launcher.start(["sh", "-c", "exit 17"], [], Failure::Code(127))?;
/// # nix::sys::wait::waitpid(pid, None)?;
/// # Ok(())
/// # }
/// ```
pub struct Launcher {
    /// The arguments, each with a zero byte.
    texts: Vec<u8>,
    /// Where they begin, and at last a null pointer.
    pointers: Vec<*const c_char>,
    /// Our descriptors, by their number in the child; then the child's copies of them.
    descriptors: Vec<RawFd>,
    stack: Stack,
}

impl Launcher {
    /// Makes a launcher.
    ///
    /// # Errors
    ///
    /// If there is no memory for the stack of a child.
    pub fn new() -> io::Result<Self> {
        Ok(Launcher {
            texts: Vec::new(),
            pointers: Vec::new(),
            descriptors: Vec::new(),
            stack: Stack::new()?,
        })
    }

    /// Makes room for arguments of so many bytes in all, and so many arguments or descriptors: a start within these
    /// allocates nothing.
    pub fn reserve(&mut self, bytes: usize, count: usize) {
        self.texts.reserve(bytes + count);
        self.pointers.reserve(count + 1);
        self.descriptors.reserve(count);
    }

    /// Starts a program: the first argument is its name, which is looked up in `PATH`, or its path. An argument ends at a zero
    /// byte, if there is one. The descriptors get the numbers from 0 on; `None` stays closed.
    ///
    /// It returns once the program runs or the child has ended. If there is no such program, the child ends as `failure` says.
    ///
    /// # Errors
    ///
    /// If there are too many processes or too little memory.
    pub fn start<'a, A: AsRef<[u8]>>(
        &mut self,
        arguments: impl IntoIterator<Item = A>,
        descriptors: impl IntoIterator<Item = Option<BorrowedFd<'a>>>,
        failure: Failure,
    ) -> io::Result<Pid> {
        self.texts.clear();
        self.descriptors.clear();
        for argument in arguments {
            self.texts.extend_from_slice(argument.as_ref());
            self.texts.push(0);
        }
        // A program without arguments would have no name either.
        if self.texts.is_empty() {
            self.texts.push(0);
        }
        let numbers = descriptors.into_iter().map(|given| given.map_or(CLOSED, |given| given.as_raw_fd()));
        self.descriptors.extend(numbers);
        self.point();
        let mut state = State { arguments: &self.pointers, descriptors: &mut self.descriptors, failure };
        run_on(&self.stack, first, &mut state)
    }

    /// Points to each text.
    fn point(&mut self) {
        self.pointers.clear();
        let mut rest = self.texts.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == 0) {
            self.pointers.push(rest.as_ptr().cast());
            rest = &rest[end + 1..];
        }
        self.pointers.push(ptr::null());
    }
}

impl fmt::Debug for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launcher").finish_non_exhaustive()
    }
}

/// What a child works on.
struct State<'a> {
    /// Texts that end with a zero byte; the last pointer is null.
    arguments: &'a [*const c_char],
    descriptors: &'a mut [RawFd],
    failure: Failure,
}

/// The first function of a child. It ends when this returns, and runs nothing of what else happens at an exit (clone(2)).
extern "C" fn first(state: *mut c_void) -> c_int {
    // SAFETY: `start` passes a pointer to its state, and waits.
    let state = unsafe { &mut *state.cast::<State<'_>>() };
    reset_signals();
    let prepared = state.set_descriptors();
    unblock_signals();
    match (prepared, state.failure) {
        (_, Failure::Abort) => abort(),
        (Ok(()), Failure::Code(code)) => state.run(code, false),
        (Ok(()), Failure::Said(code)) => state.run(code, true),
        (Err(_), Failure::Code(code) | Failure::Said(code)) => code,
    }
}

impl State<'_> {
    /// Gives the descriptors their numbers, and closes all others.
    fn set_descriptors(&mut self) -> Result<(), Errno> {
        let count = c_int::try_from(self.descriptors.len()).map_err(|_| Errno::EMFILE)?;
        // First all are copied above the numbers that they will have, so that none overwrites one that is still needed.
        for number in self.descriptors.iter_mut().filter(|number| **number != CLOSED) {
            // SAFETY: it changes descriptors of this process only, as do the calls below.
            *number = Errno::result(unsafe { libc::fcntl(*number, libc::F_DUPFD, count) })?;
        }
        for (target, number) in (0..).zip(self.descriptors.iter()) {
            match *number {
                // SAFETY: as above. It may be closed already.
                CLOSED => drop(unsafe { libc::close(target) }),
                // SAFETY: as above.
                number => drop(Errno::result(unsafe { libc::dup2(number, target) })?),
            }
        }
        close_from(count);
        Ok(())
    }

    /// Runs the program; returns the exit code if that fails.
    fn run(&self, code: i32, says: bool) -> i32 {
        let Some(file) = self.arguments.first() else { return code };
        // SAFETY: these are texts that end with a zero byte, in a list that ends with a null pointer. The C library searches
        // `PATH` without allocating, on the stack.
        unsafe { libc::execvp(*file, self.arguments.as_ptr()) };
        if says {
            say(*file, Errno::last());
        }
        code
    }
}

/// Closes all descriptors from this number on.
fn close_from(first: c_int) {
    let lowest = c_uint::try_from(first).unwrap_or_default();
    // SAFETY: it closes descriptors of this process only.
    if unsafe { libc::syscall(libc::SYS_close_range, lowest, c_uint::MAX, 0) } == 0 {
        return;
    }
    // Before Linux 5.9.
    (first..65536).for_each(|number| {
        // SAFETY: as above.
        unsafe { libc::close(number) };
    });
}

/// Ends the child by SIGABRT, which has its default action.
fn abort() -> i32 {
    // SAFETY: it sends a signal to this process.
    unsafe { libc::kill(libc::getpid(), libc::SIGABRT) };
    128 + libc::SIGABRT
}

/// Writes why a program cannot be run, in one call.
fn say(file: *const c_char, error: Errno) {
    let mut cause = [0; 128];
    // SAFETY: the buffer has the length that is passed.
    unsafe { libc::strerror_r(error as c_int, cause.as_mut_ptr(), cause.len() - 1) };
    let part = |text: *const c_char| {
        // SAFETY: the text ends with a zero byte.
        libc::iovec { iov_base: text.cast_mut().cast(), iov_len: unsafe { libc::strlen(text) } }
    };
    let parts = [
        part(c"error: exec(".as_ptr()),
        part(file),
        part(c", ...) failed: ".as_ptr()),
        part(cause.as_ptr()),
        part(c"\n".as_ptr()),
    ];
    // SAFETY: the parts point to texts that live across the call.
    unsafe { libc::writev(libc::STDERR_FILENO, parts.as_ptr(), 5) };
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;

    use super::super::{Group, exited};
    use super::*;
    use crate::sys::exit::Exit;
    use crate::sys::process::Process;

    /// Runs a program with a pipe as its last descriptor; returns how it ended, and what it wrote.
    fn run(arguments: &[&str], before: &[Option<BorrowedFd<'_>>], failure: Failure) -> (Exit, String) {
        let (mut reader, writer) = io::pipe().unwrap();
        let descriptors = before.iter().copied().chain([Some(writer.as_fd())]);
        let pid = Launcher::new().unwrap().start(arguments, descriptors, failure).unwrap();
        drop(writer);
        let mut written = String::new();
        reader.read_to_string(&mut written).unwrap();
        let process = Process::open(pid.as_raw()).unwrap().unwrap();
        assert!(process.wait(std::time::Duration::from_secs(10)).unwrap());
        (exited(pid, Group::Inherited).unwrap().unwrap(), written)
    }

    #[test]
    fn a_program_is_found_and_gets_its_arguments() {
        let (exit, written) =
            run(&["sh", "-c", "printf '%s|' \"$@\"; exit 17", "sh", "a b", ""], &[None], Failure::Abort);
        assert_eq!((exit, written.as_str()), (Exit::Signal(libc::SIGABRT), ""));
        let arguments = ["sh", "-c", "printf '%s|' \"$@\"; exit 17", "sh", "a b", ""];
        assert_eq!(run(&arguments, &[None], Failure::Code(3)), (Exit::Code(17), "a b||".to_owned()));
    }

    #[test]
    fn a_program_that_cannot_be_run_is_an_exit_of_the_child() {
        let missing = ["./no-such-program", "x"];
        assert_eq!(run(&missing, &[None, None], Failure::Code(3)), (Exit::Code(3), String::new()));
        let said = "error: exec(./no-such-program, ...) failed: No such file or directory\n".to_owned();
        assert_eq!(run(&missing, &[None, None], Failure::Said(4)), (Exit::Code(4), said));
        assert_eq!(run(&[], &[None], Failure::Code(3)), (Exit::Code(3), String::new()));
    }

    #[test]
    fn a_child_has_the_given_descriptors_and_no_other() {
        let null = std::fs::File::open("/dev/null").unwrap();
        let kept = null.as_fd();
        let script = ["sh", "-c", "cd /proc/self/fd; echo * >&3"];
        let (exit, written) = run(&script, &[None, Some(kept), None], Failure::Code(3));
        // The shell opens the directory to list it.
        assert_eq!((exit, written.trim_end()), (Exit::Code(0), "0 1 3"));
    }
}
