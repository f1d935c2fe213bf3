//! The daemon that `push.rs` drives: it measures calls through its handle, and sends items.

use std::io;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use daemon_core::prelude::*;
use nix::sys::eventfd::EventFd;

/// Counts what it is asked to, and sends numbers.
#[daemon(name = "plain-push", limits(items = 100_000_000, output_soft = 1_073_741_824))]
#[derive(Default)]
struct Push {
    count: u64,
}

#[daemon]
impl Push {
    /// Call the state so often from a thread, one call after the other; return the nanoseconds of one call.
    #[rpc_method(name = "handle", thread)]
    fn handle(handle: Handle<Self>, calls: u32) -> Result<f64> {
        let start = Instant::now();
        for _ in 0..calls {
            handle.with(|push, _| push.count += 1).wait()?;
        }
        Ok(nanoseconds(start, calls))
    }

    /// The same between two threads that only wake each other with an eventfd.
    #[rpc_method(name = "eventfd", thread)]
    fn eventfd(calls: u32) -> io::Result<f64> {
        let (there, back) = (EventFd::new()?, EventFd::new()?);
        thread::scope(|threads| {
            let partner = threads.spawn(|| {
                for _ in 0..calls {
                    there.read()?;
                    back.write(1)?;
                }
                io::Result::Ok(())
            });
            let start = Instant::now();
            for _ in 0..calls {
                there.write(1)?;
                back.read()?;
            }
            let took = nanoseconds(start, calls);
            partner.join().map_err(|_| io::Error::other("the partner panicked"))?.map(|()| took)
        })
    }

    /// Send so many numbers.
    #[rpc_method(name = "items")]
    fn items(&self, count: u64, subscription: Subscription<u64>) {
        for number in 0..count {
            if subscription.send(&number).is_err() {
                return;
            }
        }
    }
}

fn nanoseconds(start: Instant, calls: u32) -> f64 {
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls.max(1))
}

fn main() -> ExitCode {
    daemon_core::main::<Push>()
}
