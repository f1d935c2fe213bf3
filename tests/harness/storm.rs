//! Signals as fast as they can be sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::Process;

/// A thread that sends signals to a process, each kind in turn, until it is stopped.
pub struct Storm {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stops: AtomicBool,
    sent: AtomicU64,
}

impl Storm {
    /// Begins. The process must not be waited for while this lasts: its id could come to mean another one.
    pub fn begin(process: &Process, kinds: &[Signal]) -> Storm {
        let (pid, kinds) = (Pid::from_raw(process.pid()), kinds.to_vec());
        let shared = Arc::new(Shared::default());
        let seen = shared.clone();
        let thread = thread::spawn(move || {
            for kind in kinds.iter().cycle() {
                if seen.stops.load(Ordering::Relaxed) {
                    return;
                }
                kill(pid, *kind).unwrap();
                seen.sent.fetch_add(1, Ordering::Relaxed);
            }
        });
        Storm { shared, thread: Some(thread) }
    }

    /// Returns how many signals were sent so far.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Ends, and returns how many signals were sent.
    pub fn end(self) -> u64 {
        let shared = self.shared.clone();
        drop(self);
        shared.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
