//! System calls as a tracer sees them: their names, and an error with which each may plausibly fail.

use std::fmt;
use std::fs;

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// A system call that a process has begun.
#[derive(Clone, Copy)]
pub struct Call {
    number: i64,
    arguments: [u64; 6],
    /// Whether the process had reached `main`; before that, the loader and the runtime make the calls.
    pub in_main: bool,
    /// Whether it writes to the file that standard error refers to.
    says: bool,
}

/// What a ready daemon sends to its launcher, before the final byte.
const READY: &[u8; 5] = b"ready";

/// Writes the table of names and errors.
macro_rules! calls {
    ($($name:ident $number:ident $error:ident)*) => {
        /// Returns the name, and an error with which the call may plausibly fail.
        fn known(number: i64) -> Option<(&'static str, Errno)> {
            match number {
                $(libc::$number => Some((stringify!($name), Errno::$error)),)*
                _ => None,
            }
        }
    };
}

calls! {
    accept4 SYS_accept4 ECONNABORTED
    bind SYS_bind EACCES
    brk SYS_brk ENOMEM
    chdir SYS_chdir EACCES
    clone SYS_clone EAGAIN
    clone3 SYS_clone3 EAGAIN
    close SYS_close EIO
    close_range SYS_close_range EMFILE
    connect SYS_connect EAGAIN
    dup2 SYS_dup2 EMFILE
    dup3 SYS_dup3 EMFILE
    epoll_create1 SYS_epoll_create1 EMFILE
    epoll_ctl SYS_epoll_ctl ENOMEM
    epoll_wait SYS_epoll_wait EINTR
    eventfd2 SYS_eventfd2 EMFILE
    execve SYS_execve EACCES
    exit_group SYS_exit_group EIO
    fchmod SYS_fchmod EROFS
    fchmodat SYS_fchmodat EROFS
    fcntl SYS_fcntl EMFILE
    flock SYS_flock ENOLCK
    fork SYS_fork EAGAIN
    fstat SYS_fstat EIO
    ftruncate SYS_ftruncate EIO
    futex SYS_futex EAGAIN
    getcwd SYS_getcwd ENOENT
    getdents64 SYS_getdents64 EIO
    getegid SYS_getegid EIO
    geteuid SYS_geteuid EIO
    getpid SYS_getpid EIO
    getppid SYS_getppid EIO
    getrandom SYS_getrandom ENOSYS
    getsockopt SYS_getsockopt ENOBUFS
    gettid SYS_gettid EIO
    getuid SYS_getuid EIO
    ioctl SYS_ioctl EIO
    kill SYS_kill EPERM
    listen SYS_listen EADDRINUSE
    lseek SYS_lseek EIO
    madvise SYS_madvise ENOMEM
    memfd_create SYS_memfd_create ENOMEM
    mkdir SYS_mkdir EACCES
    mmap SYS_mmap ENOMEM
    mprotect SYS_mprotect ENOMEM
    munmap SYS_munmap ENOMEM
    newfstatat SYS_newfstatat EIO
    openat SYS_openat EMFILE
    pidfd_open SYS_pidfd_open EMFILE
    pipe2 SYS_pipe2 EMFILE
    poll SYS_poll ENOMEM
    prctl SYS_prctl EINVAL
    pread64 SYS_pread64 EIO
    prlimit64 SYS_prlimit64 EPERM
    read SYS_read EIO
    readlink SYS_readlink EACCES
    recvfrom SYS_recvfrom ENOMEM
    rseq SYS_rseq EINVAL
    rt_sigaction SYS_rt_sigaction EINVAL
    rt_sigprocmask SYS_rt_sigprocmask EINVAL
    rt_sigreturn SYS_rt_sigreturn EIO
    sched_getaffinity SYS_sched_getaffinity EINVAL
    sendto SYS_sendto ENOBUFS
    set_robust_list SYS_set_robust_list EINVAL
    set_tid_address SYS_set_tid_address EIO
    setpgid SYS_setpgid EPERM
    setpriority SYS_setpriority EACCES
    setsid SYS_setsid EPERM
    sigaltstack SYS_sigaltstack ENOMEM
    signalfd4 SYS_signalfd4 EMFILE
    socket SYS_socket EMFILE
    socketpair SYS_socketpair EMFILE
    statx SYS_statx EIO
    timer_create SYS_timer_create EAGAIN
    timer_settime SYS_timer_settime EINVAL
    umask SYS_umask EIO
    unlink SYS_unlink EACCES
    vfork SYS_vfork EAGAIN
    wait4 SYS_wait4 ECHILD
    write SYS_write ENOSPC
}

/// Calls that cannot fail, or that need not survive a failure, each with the reason.
const OUT_OF_QUESTION: [(&str, &str); 21] = [
    ("exit_group", "the end of a process does not fail"),
    ("rt_sigreturn", "it returns from a handler, and cannot fail"),
    ("geteuid", "it cannot fail"),
    ("getegid", "it cannot fail"),
    ("getuid", "it cannot fail"),
    ("getpid", "it cannot fail"),
    ("getppid", "it cannot fail"),
    ("gettid", "it cannot fail"),
    ("umask", "it cannot fail"),
    ("set_tid_address", "it cannot fail"),
    ("futex", "it waits in a lock of the standard library, which retries"),
    ("brk", "any Rust program ends when memory runs out"),
    ("mprotect", "it belongs to the allocator and to the runtime's stacks"),
    ("munmap", "it cannot fail for memory that is mapped"),
    ("madvise", "it belongs to the allocator"),
    ("sigaltstack", "it belongs to the runtime"),
    ("rt_sigprocmask", "it cannot fail as it is used, and the C library does not check"),
    ("rseq", "it belongs to the C library"),
    ("unlink", "a file that cannot be removed is left"),
    ("prlimit64", "reading a limit cannot fail, and so is what the runtime does"),
    ("close", "the descriptor would stay open, which a real failure of close does not do"),
];

impl Call {
    /// Returns the call that a process is about to make; `None` if it has been made already.
    #[allow(unsafe_code)] // A union of the kernel.
    pub(crate) fn begun(pid: Pid) -> Option<Call> {
        let stop = ptrace::syscall_info(pid).ok()?;
        if stop.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
            return None;
        }
        // SAFETY: the kernel has filled in the entry, as it said in `op`.
        let entry = unsafe { stop.u.entry };
        let (number, arguments) = (entry.nr.cast_signed(), entry.args);
        let leads = |number| fs::read_link(format!("/proc/{pid}/fd/{number}")).ok();
        let says = number == libc::SYS_write && leads(arguments[0]) == leads(2);
        Some(Call { number, arguments, in_main: false, says })
    }

    /// Returns its name, or `other` if the table has none for it.
    pub fn name(&self) -> &'static str {
        known(self.number).map_or("other", |(name, _)| name)
    }

    /// Returns an error with which it may plausibly fail; `None` if it must not fail.
    pub fn error(&self) -> Option<Errno> {
        let excused = OUT_OF_QUESTION.iter().any(|(name, _)| *name == self.name());
        let apart = match self.name() {
            // A failed write to standard error only loses the message; eight bytes go to an eventfd, which always
            // accepts them.
            "write" => self.says || self.arguments[2] == 8,
            // Private memory belongs to the allocator.
            "mmap" => self.arguments[3] & 1 == 0,
            // The standard library checks a descriptor that it is about to close.
            "fcntl" => self.arguments[1] == 1,
            _ => false,
        };
        (self.in_main && !excused && !apart)
            .then(|| known(self.number).map_or(Errno::EIO, |(_, error)| error))
    }

    /// Whether it reports to a launcher that its daemon is ready.
    pub(crate) fn tells_ready(&self, pid: Pid) -> bool {
        let length = READY.len() as u64 + 1;
        let address = self.arguments[1] as ptrace::AddressType;
        let wrote = self.name() == "write" && self.arguments[2] == length;
        wrote && ptrace::read(pid, address).is_ok_and(|word| word.to_ne_bytes().starts_with(READY))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third, ..] = self.arguments;
        write!(f, "{}({first:#x}, {second:#x}, {third:#x})", self.name())
    }
}
