//! A daemon that counts every allocation it makes, for the test that an echo needs none.

#![allow(unsafe_code, reason = "an allocator is unsafe by its contract")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use daemon_core::prelude::*;

/// Counts its allocations, and declares its own settings.
#[daemon(name = "counted", mode = 0o660, nice = 5, umask = 0o077, limits(connections = 3, batch = 2))]
#[derive(Default)]
struct Counted {
    /// A field whose name the command line uses itself
    #[flag]
    mode: u32,
    /// Another one, whose long form is free
    #[flag(long = "my-verbose")]
    verbose: bool,
}

#[daemon]
impl Counted {
    /// Reply the message, which still borrows from the request.
    #[rpc_method]
    fn echo<'a>(&self, message: &'a str) -> &'a str {
        message
    }

    /// The same, if the message keeps the constraints.
    #[rpc_method]
    fn checked<'a>(
        &self,
        #[param(length(min = 1, max = 64), pattern = "^[a-z, ]+$")] message: &'a str,
        #[param(range(max = 9), default = 1)] _count: u8,
    ) -> &'a str {
        message
    }

    /// Reply the message as a `String`, which takes one allocation.
    #[rpc_method]
    fn owned(&self, message: &str) -> String {
        message.to_owned()
    }

    /// What the flags were set to. A built-in sub-command has this name.
    #[rpc_method(name = "status", call_only)]
    fn flags(&self) -> (u32, bool) {
        (self.mode, self.verbose)
    }

    /// Reply how often memory was allocated.
    #[rpc_method]
    fn allocations(&self) -> u64 {
        ALLOCATIONS.load(Ordering::Relaxed)
    }
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// The system allocator, with a counter in front.
struct Counting;

// SAFETY: every call goes to `System` unchanged; counting touches no memory but the counter.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above; `block` came from `System`, by `alloc` of this type.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    daemon_core::main::<Counted>()
}
