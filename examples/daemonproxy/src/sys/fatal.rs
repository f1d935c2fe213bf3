//! Signals that end a program: SIGSEGV and its like.
//!
//! One that another process has sent is handled on the loop, as everything else: its handler only notes it, and wakes the
//! loop by a SIGALRM. After a real fault there is no loop to return to. Then the handler writes one line, and runs the
//! program that takes the place of this one, or exits.

use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

use nix::libc;

use super::successor;
use super::{exit_now, signal_name};
use crate::text::Text;

/// The signals, which all have names.
const FATAL: [i32; 6] =
    [libc::SIGABRT, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV, libc::SIGBUS, libc::SIGTRAP];

/// The exit code after one of them.
pub(crate) const EXIT_CODE: i32 = 4;

/// One that was sent, until the loop takes it; 0 is none.
static SENT: AtomicI32 = AtomicI32::new(0);
/// The descriptor of the log, or -1.
static LOG: AtomicI32 = AtomicI32::new(libc::STDERR_FILENO);

/// Sets the handlers.
pub(crate) fn handle() {
    for number in FATAL {
        // SAFETY: it is plain data, for which all zeros are a valid value.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
        // SAFETY: the handler makes only async-signal-safe calls.
        unsafe { libc::sigaction(number, &raw const action, ptr::null_mut()) };
    }
}

/// Returns a fatal signal that another process has sent, once.
pub(crate) fn take() -> Option<i32> {
    match SENT.swap(0, Ordering::SeqCst) {
        0 => None,
        number => Some(number),
    }
}

/// Sets where the last words go: the number of a descriptor, or -1.
pub(crate) fn set_log(number: i32) {
    LOG.store(number, Ordering::SeqCst);
}

/// Returns the text about a fatal signal.
pub(crate) fn text(number: i32) -> Text<64> {
    Text::format(format_args!("Received signal {} ({number})", signal_name(number)))
}

extern "C" fn handler(number: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    if was_sent(info) {
        SENT.store(number, Ordering::SeqCst);
        // SAFETY: the call is async-signal-safe.
        unsafe { libc::raise(libc::SIGALRM) };
        return;
    }
    let text = text(number);
    let mut line = Text::<80>::of(b"fatal: ");
    line.push(text.as_bytes()).push(b"\n");
    let bytes = line.as_bytes();
    // SAFETY: the bytes live across the call; it fails if there is no log.
    unsafe { libc::write(LOG.load(Ordering::SeqCst), bytes.as_ptr().cast(), bytes.len()) };
    successor::run(EXIT_CODE, text.as_bytes());
    exit_now(EXIT_CODE)
}

/// Whether another process has sent the signal. The kernel's own have a positive code; `abort` sends one to this thread.
fn was_sent(info: *const libc::siginfo_t) -> bool {
    // SAFETY: the kernel passes a valid pointer, and a signal that was sent has the number of its sender.
    let (code, sender) = unsafe { ((*info).si_code, (*info).si_pid()) };
    // SAFETY: the call has no conditions.
    code <= 0 && sender != unsafe { libc::getpid() }
}
