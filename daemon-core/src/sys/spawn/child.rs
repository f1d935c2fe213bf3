//! What a child does between its start and its program: system calls, and nothing else.
//!
//! The child shares the memory of this process, which waits meanwhile, as with `vfork`: nothing is copied, however much
//! memory there is, and what fails in the child is known here at once. But the child must not allocate, take a lock or
//! unwind. So a [`Plan`] has everything that it needs, in the form that the system calls take.
//!
//! `posix_spawn` works in the same way, and can set neither a user nor a limit.
//!
//! # Safety
//!
//! This module may use unsafe code: `clone`, and system calls that `nix` has only in a form that takes locks.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::RawFd;
use std::ptr;

use nix::errno::Errno;
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::unistd::{Pid, setpgid, setsid};

use super::{Group, Rights};
use crate::sys::process;

/// The stack of a child until it runs its program, in bytes. It calls a few functions with small frames.
const STACK: NonZeroUsize = NonZeroUsize::new(64 * 1024).unwrap();
/// The highest number of a signal.
const LAST_SIGNAL: c_int = 64;

/// What a child does.
pub(super) struct Plan<'a> {
    pub(super) path: &'a CStr,
    pub(super) arguments: &'a Texts,
    pub(super) environment: &'a Texts,
    /// Descriptors of ours, each with its number in the child. No number is also one of ours.
    pub(super) descriptors: &'a [(RawFd, RawFd)],
    /// Numbers that are closed.
    pub(super) closed: &'a [RawFd],
    pub(super) directory: Option<&'a CStr>,
    /// Whether it starts with every signal blocked.
    pub(super) blocked: bool,
    pub(super) group: Group,
    pub(super) rights: &'a Rights,
    /// The signal that it gets when this process ends, and the number of this process.
    pub(super) orphan: Option<(c_int, Pid)>,
}

/// Texts in the form that `execve` takes.
pub(super) struct Texts {
    /// The pointers below point into these.
    _texts: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl Texts {
    pub(super) fn new(texts: Vec<CString>) -> Self {
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        Texts { _texts: texts, pointers }
    }
}

/// What could not be done in a child.
#[derive(Debug, Clone, Copy)]
enum Step {
    Group,
    Descriptors,
    Limits,
    Niceness,
    Groups,
    User,
    Directory,
    Orphan,
    Run,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Group => "cannot make a process group or a session",
            Step::Descriptors => "cannot set its descriptors",
            Step::Limits => "cannot set its limits",
            Step::Niceness => "cannot set its niceness",
            Step::Groups => "cannot set its groups",
            Step::User => "cannot become its user",
            Step::Directory => "cannot enter its directory",
            Step::Orphan => "cannot arrange its end when this process ends",
            Step::Run => "cannot run its program",
        })
    }
}

/// A plan, and why it failed if it has.
struct Attempt<'a> {
    plan: &'a Plan<'a>,
    failure: Option<(Step, Errno)>,
}

/// Starts a child, and returns once it runs its program.
///
/// # Errors
///
/// If there are too many processes or too little memory, or if the plan cannot be carried out.
pub(super) fn start(plan: &Plan<'_>) -> io::Result<Pid> {
    let mut attempt = Attempt { plan, failure: None };
    let pid = run_on(&Stack::new()?, carry_out, &mut attempt)?;
    match attempt.failure {
        None => Ok(pid),
        Some((step, error)) => {
            // The child is about to end: it goes on here as soon as it has left this memory. Other code may have waited for it.
            let _ = process::reap(pid);
            Err(failed(step, error))
        }
    }
}

/// Runs the first function of a child, which gets a pointer to `state`, and returns once it has run its program or ended.
pub(super) fn run_on<T>(
    stack: &Stack,
    first: extern "C" fn(*mut c_void) -> c_int,
    state: &mut T,
) -> io::Result<Pid> {
    // A handler of ours must not run in the child, which would write to our memory.
    let mut before = SigSet::empty();
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), Some(&mut before))?;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack is only the child's. The state is borrowed until the call returns, and then the child has either
    // left this memory by `execve` or ended. Until then this thread waits, so the state is not used here.
    let pid = unsafe { libc::clone(first, stack.top(), flags, ptr::from_mut(state).cast()) };
    let result = Errno::result(pid);
    // It cannot fail: it sets a mask that was valid before.
    let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&before), None);
    Ok(Pid::from_raw(result?))
}

/// Makes an error of a failed step. The usual failure, that of the program, speaks for itself.
fn failed(step: Step, error: Errno) -> io::Error {
    match step {
        Step::Run => error.into(),
        _ => io::Error::new(io::Error::from(error).kind(), format!("{step}: {}", error.desc())),
    }
}

/// The memory for a child's stack.
pub(super) struct Stack(ptr::NonNull<c_void>);

impl Stack {
    pub(super) fn new() -> io::Result<Self> {
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: this is new memory, which nothing else uses.
        let memory =
            unsafe { mmap_anonymous(None, STACK, access, MapFlags::MAP_PRIVATE | MapFlags::MAP_STACK) };
        Ok(Stack(memory?))
    }

    /// Stacks grow down.
    pub(super) fn top(&self) -> *mut c_void {
        // SAFETY: this is the end of the same mapping.
        unsafe { self.0.as_ptr().byte_add(STACK.get()) }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and the child that used it is gone.
        let _ = unsafe { munmap(self.0, STACK.get()) };
    }
}

/// The first function of a child. It ends when this returns, and runs nothing of what else happens at an exit (clone(2)).
extern "C" fn carry_out(attempt: *mut c_void) -> c_int {
    // SAFETY: `start` passes a pointer to its attempt, and waits.
    let attempt = unsafe { &mut *attempt.cast::<Attempt<'_>>() };
    let Err(failure) = attempt.plan.carry_out();
    attempt.failure = Some(failure);
    // This is its exit code.
    127
}

impl Plan<'_> {
    /// Carries out the plan, in this order: first what needs our rights, then what is done with those of the child.
    fn carry_out(&self) -> Result<Infallible, (Step, Errno)> {
        let at = |step| move |error| (step, error);
        reset_signals();
        self.group.enter().map_err(at(Step::Group))?;
        self.set_descriptors().map_err(at(Step::Descriptors))?;
        self.rights.set_limits().map_err(at(Step::Limits))?;
        self.rights.set_niceness().map_err(at(Step::Niceness))?;
        self.rights.set_groups().map_err(at(Step::Groups))?;
        self.rights.set_user().map_err(at(Step::User))?;
        self.enter_directory().map_err(at(Step::Directory))?;
        self.set_masks();
        self.watch_parent().map_err(at(Step::Orphan))?;
        self.run().map_err(at(Step::Run))
    }

    fn set_descriptors(&self) -> Result<(), Errno> {
        for (source, target) in self.descriptors {
            // SAFETY: it changes descriptors of this process only.
            Errno::result(unsafe { libc::dup2(*source, *target) })?;
        }
        for number in self.closed {
            // It may be closed already.
            // SAFETY: as above.
            unsafe { libc::close(*number) };
        }
        Ok(())
    }

    fn enter_directory(&self) -> Result<(), Errno> {
        match self.directory {
            // SAFETY: the text ends with a zero byte.
            Some(path) => Errno::result(unsafe { libc::chdir(path.as_ptr()) }).map(drop),
            None => Ok(()),
        }
    }

    fn set_masks(&self) {
        if let Some(mask) = self.rights.umask {
            // SAFETY: it changes a number of this process.
            unsafe { libc::umask(mask) };
        }
        if !self.blocked {
            unblock_signals();
        }
    }

    /// Has the kernel send a signal when the parent ends. A change of the user would undo that, so it comes late.
    fn watch_parent(&self) -> Result<(), Errno> {
        let Some((signal, parent)) = self.orphan else { return Ok(()) };
        // SAFETY: it changes a setting of this process. The kernel takes the signal as a long.
        Errno::result(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::c_long::from(signal)) })?;
        // SAFETY: the call only returns a number.
        match unsafe { libc::getppid() } == parent.as_raw() {
            true => Ok(()),
            // It has ended already.
            false => Err(Errno::ESRCH),
        }
    }

    fn run(&self) -> Result<Infallible, Errno> {
        let (arguments, environment) = (&self.arguments.pointers, &self.environment.pointers);
        // SAFETY: these are texts that end with a zero byte, in lists that end with a null pointer.
        unsafe { libc::execve(self.path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
        Err(Errno::last())
    }
}

/// Sets every signal to its default.
pub(super) fn reset_signals() {
    for number in 1..=LAST_SIGNAL {
        // SAFETY: all zeros are a valid value: the default action, no flags, no mask.
        let default: libc::sigaction = unsafe { std::mem::zeroed() };
        // It fails for signals that cannot be changed.
        // SAFETY: the action lives across the call. The handlers of this process are a copy of its parent's.
        unsafe { libc::sigaction(number, &raw const default, ptr::null_mut()) };
    }
}

/// Lets all signals through.
pub(super) fn unblock_signals() {
    let none = SigSet::empty();
    // SAFETY: the set lives across the call.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, none.as_ref(), ptr::null_mut()) };
}

impl Group {
    fn enter(self) -> Result<(), Errno> {
        match self {
            Group::Own => setpgid(Pid::from_raw(0), Pid::from_raw(0)),
            Group::Session => setsid().map(drop),
            Group::Inherited => Ok(()),
        }
    }
}

/// The C library would change users and groups in all threads of this process, which are not those of the child. So these
/// are the bare system calls.
impl Rights {
    fn set_limits(&self) -> Result<(), Errno> {
        for (resource, soft, hard) in &self.limits {
            let limit = libc::rlimit { rlim_cur: *soft, rlim_max: *hard };
            // SAFETY: the limit lives across the call.
            Errno::result(unsafe {
                libc::setrlimit(*resource as libc::__rlimit_resource_t, &raw const limit)
            })?;
        }
        Ok(())
    }

    fn set_niceness(&self) -> Result<(), Errno> {
        let Some(niceness) = self.niceness else { return Ok(()) };
        // SAFETY: it changes a number of this process.
        Errno::result(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, niceness) }).map(drop)
    }

    fn set_groups(&self) -> Result<(), Errno> {
        let Some(groups) = &self.groups else { return Ok(()) };
        // SAFETY: a `Gid` is a transparent wrapper of the number that the kernel takes, and the list lives across the call.
        Errno::result(unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) })?;
        if let Some(group) = groups.first().map(|group| group.as_raw()) {
            // SAFETY: it changes numbers of this process.
            Errno::result(unsafe { libc::syscall(libc::SYS_setresgid, group, group, group) })?;
        }
        Ok(())
    }

    fn set_user(&self) -> Result<(), Errno> {
        let Some(user) = self.user.map(|user| user.as_raw()) else { return Ok(()) };
        // SAFETY: it changes numbers of this process.
        Errno::result(unsafe { libc::syscall(libc::SYS_setresuid, user, user, user) }).map(drop)
    }
}
