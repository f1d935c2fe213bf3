//! The program with an allocator that reports every allocation after the start, for the test that there is none.

#![allow(unsafe_code, reason = "an allocator is unsafe by its contract")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the start is over.
static STARTED: AtomicBool = AtomicBool::new(false);

/// The system's allocator.
struct Reporting;

impl Reporting {
    fn report() {
        if STARTED.load(Ordering::Relaxed) {
            // SAFETY: the program never closes its standard error.
            let errors = unsafe { BorrowedFd::borrow_raw(2) };
            let _ = nix::unistd::write(errors, b"an allocation after the start\n");
        }
    }
}

// SAFETY: it passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Reporting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Reporting::report();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Reporting::report();
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Reporting = Reporting;

fn main() {
    proxy::run(|| STARTED.store(true, Ordering::Relaxed));
}
