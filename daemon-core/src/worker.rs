//! The inside of a worker's process: its start, its loop and its exit.
//!
//! A worker is this program, started again; its environment says which worker it is. It shares only the channel with
//! its daemon. It exits when it is asked to, and when its daemon is gone.

mod port;
mod erased;
mod main_loop;

use std::env;
use std::fmt;
use std::os::fd::RawFd;
use std::process::ExitCode;

pub(crate) use self::erased::pool;
pub use self::erased::worker_type;
use crate::channel::Channel;
use crate::channel::header::LastWords;
use crate::channel::message::{self, Hello, ToWorker};
use crate::declare::worker::{Startup, WorkerType};
use crate::error::{Error, OrError, Result};
use crate::logs::TakesOver;
use crate::sys::memory::{Key, Segment};
use crate::sys::sync::Doorbell;
use crate::sys::{descriptor, process, spawn};

/// The variable that says which worker a process is, such as `handyman sealed` or `handyman /name-of-its-memory`.
pub(crate) const VARIABLE: &str = "DAEMON_CORE_WORKER";

/// The descriptors that a worker is started with, besides 0 to 2.
const DOORBELL: RawFd = 3;
const MEMORY: RawFd = 4;
/// The first descriptor that a worker does not expect.
const OTHERS: RawFd = 5;

/// Marks shared memory without a name, which is passed as a descriptor.
const SEALED: &str = "sealed";

/// Which worker a process is.
pub(crate) struct WorkerEnv {
    pub(crate) worker: String,
    memory: String,
}

impl WorkerEnv {
    /// Returns what the daemon adds to the environment of a worker.
    pub(crate) fn new(worker: &str, memory: &Key) -> Self {
        let memory = match memory {
            Key::Descriptor(_) => SEALED.to_owned(),
            Key::Name(name) => name.as_str().to_owned(),
        };
        WorkerEnv { worker: worker.to_owned(), memory }
    }

    /// Returns what the environment says; `None` if this process is not a worker.
    pub(crate) fn read() -> Option<WorkerEnv> {
        let text = env::var(VARIABLE).ok()?;
        let (worker, memory) = text.split_once(' ').unwrap_or((&text, SEALED));
        Some(WorkerEnv { worker: worker.to_owned(), memory: memory.to_owned() })
    }
}

impl fmt::Display for WorkerEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.worker, self.memory)
    }
}

/// Runs this process as that worker. The daemon reports how it ended.
///
/// # Errors
///
/// If this process was not started by a daemon.
pub(crate) fn serve(
    env: &WorkerEnv,
    types: &[Box<dyn WorkerType>],
    takes_over: TakesOver,
) -> Result<ExitCode> {
    let channel = join_channel(env).map_err(|error| {
        Error::new(format!(
            "{VARIABLE} says that this process is the worker `{}`, but no daemon has started it; unset {VARIABLE}",
            env.worker
        ))
        .because(error)
    })?;
    let words = LastWords::of(channel.header());
    Ok(match run(channel, env, types, takes_over) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            words.write(format_args!("{}", error.report()));
            ExitCode::FAILURE
        }
    })
}

fn run(
    mut channel: Channel,
    env: &WorkerEnv,
    types: &[Box<dyn WorkerType>],
    takes_over: TakesOver,
) -> Result<()> {
    let Some(worker_type) = types.iter().find(|worker_type| worker_type.spec().name == env.worker) else {
        return Err(Error::new(format!("there is no worker `{}` in this program", env.worker)));
    };
    let Some(hello) = first(&mut channel)? else { return Ok(()) };
    // Its log may be a file whose size is limited.
    process::ignore_file_size_limit().or_error(|| "cannot ignore SIGXFSZ".to_owned())?;
    takes_over.start_log(&hello.name, hello.verbosity, &hello.log.parse()?)?;
    let span = tracing::info_span!("worker", name = format!("{}/{}", hello.worker, hello.process));
    let _entered = span.enter();
    let words = LastWords::of(channel.header());
    takes_over.log_panics(move |message| words.write(format_args!("panic: {message}")));
    worker_type.run(Startup { channel, hello: *hello })
}

fn join_channel(env: &WorkerEnv) -> Result<Channel> {
    let what = || "cannot take over what the daemon passed".to_owned();
    let doorbell = spawn::inherited(DOORBELL).and_then(Doorbell::from_descriptor).or_error(what)?;
    let memory = match env.memory.as_str() {
        SEALED => spawn::inherited(MEMORY).and_then(Segment::from_descriptor),
        name => Segment::open(name),
    };
    // The daemon is trusted, and bounds its messages: they contain only what it has accepted itself.
    let channel = Channel::join(memory.or_error(what)?, doorbell, usize::MAX).or_error(what)?;
    descriptor::close_from(OTHERS).or_error(what)?;
    spawn::forget_variable(VARIABLE).or_error(what)?;
    spawn::name_process(&env.worker).or_error(what)?;
    Ok(channel)
}

/// Returns the daemon's first message; `None` if the daemon is already gone.
fn first(channel: &mut Channel) -> Result<Option<Box<Hello>>> {
    let mut message = Vec::new();
    let what = || "cannot read from the daemon".to_owned();
    while !channel.receive(&mut message).or_error(what)? {
        // A long message comes in pieces, and reading each makes room for the next.
        channel.notify();
        if channel.enable_wakeup() {
            channel.sleep().or_error(what)?;
        }
        if channel.drain_doorbell().ended {
            return Ok(None);
        }
    }
    match message::to_worker(&message) {
        Some(ToWorker::Hello(hello)) => Ok(Some(hello)),
        _ => Err(Error::new("the daemon did not say how to begin")),
    }
}
