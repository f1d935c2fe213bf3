//! Threads that come back to the state, as many as a test asks for.

#![allow(clippy::panic, reason = "methods that panic")]

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::{self, JoinHandle};

use daemon_core::prelude::*;

/// Counts what threads report.
#[daemon(name = "threaded", limits(handle = 16))]
#[derive(Default)]
struct Threaded {
    count: u64,
    threads: Vec<JoinHandle<u64>>,
}

#[daemon]
impl Threaded {
    /// Have so many threads count, each so often, and reply the count when all are done.
    #[rpc_method]
    fn flood(&mut self, threads: u64, each: u64, reply: Reply<u64>, context: &mut Context) {
        let handle: Handle<Self> = context.handle();
        let counting = || {
            let handle = handle.clone();
            thread::spawn(move || {
                (0..each).filter(|_| handle.with(|state, _| state.count += 1).wait().is_ok()).count()
            })
        };
        let counting: Vec<_> = (0..threads).map(|_| counting()).collect();
        thread::spawn(move || {
            counting.into_iter().for_each(|thread| drop(thread.join()));
            handle.run(move |state, _| reply.send(state.count))
        });
    }

    /// Have so many threads send closures without waiting, and reply how many were refused, together with how many ran.
    #[rpc_method]
    fn refused(&mut self, threads: u64, each: u64, reply: Reply<u64>, context: &mut Context) {
        let handle: Handle<Self> = context.handle();
        thread::spawn(move || {
            let sending = || {
                let handle = handle.clone();
                thread::spawn(move || {
                    let sent = |_: &u64| {
                        let run = handle.run(|state, _| {
                            state.count += 1;
                            thread::yield_now();
                        });
                        run.is_err_and(|error| error.is_full())
                    };
                    (0..each).filter(sent).count() as u64
                })
            };
            let sending: Vec<_> = (0..threads).map(|_| sending()).collect();
            let refused: u64 = sending.into_iter().filter_map(|thread| thread.join().ok()).sum();
            // All that was accepted runs before this.
            handle.with(move |state, _| reply.send(refused + state.count)).wait()
        });
    }

    /// Panic in a closure, and reply what the thread hears.
    #[rpc_method]
    fn panic(&mut self, reply: Reply<String>, context: &mut Context) {
        let handle: Handle<Self> = context.handle();
        thread::spawn(move || {
            let heard = handle.with::<()>(|_, _| panic!("as it was asked to")).wait();
            reply.send(heard.map_or_else(|error| error.to_string(), |()| "nothing".to_owned()));
        });
    }

    /// Wait for the loop on the loop, and reply what that gives.
    #[rpc_method]
    fn deadlock(&mut self, context: &mut Context) -> Result<()> {
        context.handle::<Self>().with(|_, _| ()).wait()
    }

    /// Start a thread that goes on until the daemon has stopped.
    #[rpc_method]
    fn go_on(&mut self, context: &mut Context) {
        let handle: Handle<Self> = context.handle();
        self.threads.push(thread::spawn(move || {
            let mut run = 0;
            while handle.with(|state, _| state.count += 1).wait().is_ok() {
                run += 1;
            }
            run
        }));
    }

    /// Read a file in a thread of its own, and count that; a named pipe makes it wait.
    #[rpc_method(thread, timeout = "200ms")]
    fn read(handle: Handle<Self>, path: PathBuf) -> io::Result<String> {
        let text = fs::read_to_string(path)?;
        // If the daemon has stopped, nobody counts.
        let _ = handle.with(|state, _| state.count += 1).wait();
        Ok(text)
    }

    /// Read a file in a thread of its own, for as long as it takes.
    #[rpc_method(thread)]
    fn read_on(path: PathBuf) -> io::Result<String> {
        fs::read_to_string(path)
    }

    /// Panic in a thread of its own.
    #[rpc_method(thread)]
    fn panic_there() {
        panic!("as it was asked to");
    }

    /// Return the count.
    #[rpc_method]
    fn count(&self) -> u64 {
        self.count
    }

    /// The threads end because the daemon has stopped, and every closure that was promised to run has run.
    fn teardown(&mut self) -> Result<()> {
        let run: u64 = self.threads.drain(..).filter_map(|thread| thread.join().ok()).sum();
        if run > 0 && run != self.count {
            return Err(format!("{run} closures were reported as run, and {} were", self.count).into());
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Threaded>()
}
