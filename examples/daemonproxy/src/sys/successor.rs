//! The program that takes the place of this one when it would exit.
//!
//! It must be possible to run it from the handler of a fatal signal, where only async-signal-safe calls are allowed
//! (signal-safety(7)). So all memory is made beforehand, and in a static place.

use std::cell::UnsafeCell;
use std::env;
use std::ffi::{CString, c_char};
use std::os::unix::ffi::OsStringExt;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;
use nix::libc;

use super::{ignore_broken_pipes, reset_signals};
use crate::text::{Fields, Text};

/// The most bytes that its arguments may have, with the tabs between them.
pub(crate) const LONGEST: usize = 255;

const CODE: &str = "DAEMONPROXY_EXITCODE=";
const ERROR: &str = "DAEMONPROXY_ERROR=";

/// What is passed to the program, in the form that the system call takes.
struct Image {
    arguments: Text<{ LONGEST + 1 }>,
    /// As many as there can be tabs, the last argument, and a null pointer.
    pointers: [*const c_char; LONGEST + 2],
    code: Text<48>,
    error: Text<256>,
    environment: Vec<*const c_char>,
}

struct Place(UnsafeCell<Option<Image>>);

// SAFETY: the process has one thread. A signal handler that interrupts it reads the image only while `READY` is set, and it
// is not set while the image changes.
unsafe impl Sync for Place {}

static IMAGE: Place = Place(UnsafeCell::new(None));
static READY: AtomicBool = AtomicBool::new(false);

/// Makes the memory, with a copy of the environment. Without this, nothing can be set.
pub(crate) fn prepare() {
    let of_ours = |name: &[u8]| CODE.as_bytes().starts_with(name) || ERROR.as_bytes().starts_with(name);
    let variables = env::vars_os().filter(|(name, _)| !of_ours(&[name.as_encoded_bytes(), b"="].concat()));
    let texts = variables.filter_map(|(name, value)| {
        CString::new([&name.into_vec()[..], b"=", &value.into_vec()].concat()).ok()
    });
    let mut environment: Vec<*const c_char> = texts.map(|text| text.into_raw().cast_const()).collect();
    environment.extend([ptr::null(); 3]);
    let image = Image {
        arguments: Text::new(),
        pointers: [ptr::null(); LONGEST + 2],
        code: Text::new(),
        error: Text::new(),
        environment,
    };
    // SAFETY: nothing reads it yet: `READY` is not set.
    unsafe { *IMAGE.0.get() = Some(image) };
}

/// Sets its arguments, separated by tabs; none disables it. Returns whether they fit.
pub(crate) fn set(arguments: &[u8]) -> bool {
    if arguments.len() > LONGEST {
        return false;
    }
    READY.store(false, Ordering::SeqCst);
    // SAFETY: `READY` is not set, and there is no other thread.
    let Some(image) = (unsafe { &mut *IMAGE.0.get() }) else { return true };
    image.arguments = Text::of(arguments);
    image.arguments.push(b"\0");
    let mut start = image.arguments.as_bytes().as_ptr();
    let count = Fields::new(arguments).count();
    for (pointer, field) in image.pointers.iter_mut().zip(Fields::new(arguments)) {
        *pointer = start.cast();
        // SAFETY: after each field, there is a tab or the final zero byte.
        start = unsafe { start.add(field.len() + 1) };
    }
    image.pointers[count] = ptr::null();
    image.arguments.end_fields();
    READY.store(!arguments.is_empty(), Ordering::SeqCst);
    true
}

/// Returns its name, if one is set.
pub(crate) fn name() -> Option<&'static [u8]> {
    if !READY.load(Ordering::SeqCst) {
        return None;
    }
    // SAFETY: `READY` is set, and the caller does not keep the name across the next `set`.
    let image = unsafe { &*IMAGE.0.get() }.as_ref()?;
    image.arguments.as_bytes().split(|byte| *byte == 0).next()
}

/// Runs it in the place of this program, with the exit code that is due and the reason. It returns only if that fails; `None`
/// if none is set. Only async-signal-safe calls are made.
pub(crate) fn run(code: i32, error: &[u8]) -> Option<Errno> {
    if !READY.load(Ordering::SeqCst) {
        return None;
    }
    // SAFETY: `READY` is set, so nothing changes it. If a fatal signal interrupts this, its handler does not return.
    let image = unsafe { &mut *IMAGE.0.get() }.as_mut()?;
    image.code = Text::format(format_args!("{CODE}{code}\0"));
    image.error = Text::of(ERROR.as_bytes());
    image.error.push(&error[..error.len().min(200)]).push(b"\0");
    let last = image.environment.len() - 3;
    image.environment[last] = image.code.as_bytes().as_ptr().cast();
    image.environment[last + 1] = image.error.as_bytes().as_ptr().cast();
    reset_signals();
    // SAFETY: these are texts that end with a zero byte, in lists that end with a null pointer. The C library searches `PATH`
    // on the stack.
    unsafe { libc::execvpe(image.pointers[0], image.pointers.as_ptr(), image.environment.as_ptr()) };
    let error = Errno::last();
    ignore_broken_pipes();
    Some(error)
}
