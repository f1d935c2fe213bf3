//! The daemon's own messages: which are logged, in which form, and where they go.
//!
//! They come through `tracing`. A [`LogTarget`] says where they go; a [`Writer`] writes them there, one line for each
//! message. It never blocks and never fails: messages that it cannot write are lost and counted, and the count precedes
//! the next message that it can write. Text from any source stays on the line of its message.

mod output;
mod target;
mod throttle;
mod writer;

use std::fmt::{self, Debug};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::OnceLock;

use tracing::field::Field;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::set_global_default;
use tracing::{Level, Subscriber, warn};
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::{Writer as Text, debug_fn};
use tracing_subscriber::layer::SubscriberExt;

pub(crate) use self::target::LogTarget;
pub(crate) use self::throttle::Throttled;
use self::writer::Writer;
use crate::error::{OrError, Result};
use crate::printable::OneLine;
use crate::trace;

/// The log of this process, once [`start`] has set one.
static LOG: OnceLock<Writer> = OnceLock::new();
/// The file of that log, if it is one.
static FILE: OnceLock<PathBuf> = OnceLock::new();

/// What the SDK takes over in its process for its messages. A program can keep either for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TakesOver {
    /// It starts a log.
    pub(crate) log: bool,
    /// It sets a panic hook.
    pub(crate) panic_hook: bool,
}

impl TakesOver {
    /// Returns what a program leaves to the SDK that keeps nothing for itself.
    pub(crate) const fn all() -> Self {
        TakesOver { log: true, panic_hook: true }
    }

    /// Starts the log of `name`, unless the program has its own. `verbosity` counts `-v` up and `-q` down from "info".
    ///
    /// # Errors
    ///
    /// If the target cannot be opened.
    pub(crate) fn start_log(self, name: &str, verbosity: i32, target: &LogTarget) -> Result<()> {
        if self.log { start(name, verbosity, target) } else { Ok(()) }
    }

    /// Logs panics, with their location, and passes the message to `also`. A hook that the program has set is called
    /// after that.
    pub(crate) fn log_panics(self, also: impl Fn(&str) + Send + Sync + 'static) {
        if self.panic_hook {
            log_panics(also);
        }
    }
}

fn start(name: &str, verbosity: i32, target: &LogTarget) -> Result<()> {
    let writer = Writer::open(name, target).or_error(|| format!("cannot write the log to `{target}`"))?;
    let subscriber = subscriber(writer.clone(), level(verbosity), target);
    // A program that has already set up tracing keeps its own subscriber.
    if set_global_default(subscriber).is_ok() {
        let _ = LOG.set(writer);
        if let LogTarget::File(path) = target {
            let _ = FILE.set(path.clone());
        }
    }
    Ok(())
}

/// Reopens the log: its file may have been moved, or the system's log restarted. If that fails, the log stays where it
/// was.
pub(crate) fn reopen() {
    if let Some(writer) = LOG.get()
        && let Err(error) = writer.reopen()
    {
        warn!("cannot reopen the log: {error}");
    }
}

/// Returns the file that the log of this process is in, if it is in one.
pub(crate) fn file() -> Option<&'static Path> {
    FILE.get().map(PathBuf::as_path)
}

/// Formats messages as lines. The system's log keeps the time and the level separately from the text.
fn subscriber(writer: Writer, level: LevelFilter, target: &LogTarget) -> Box<dyn Subscriber + Send + Sync> {
    // The writer adds the trace of a call to its lines. What the client of NATS has to say, the bridge says.
    let no_calls =
        filter_fn(|what| what.target() != trace::TARGET && !what.target().starts_with("async_nats"));
    let lines = tracing_subscriber::fmt()
        .with_ansi(writer.is_terminal())
        .with_writer(writer)
        .with_target(false)
        .log_internal_errors(false)
        .fmt_fields(debug_fn(show).delimited(" "))
        .with_max_level(level);
    match target {
        LogTarget::Stderr | LogTarget::File(_) => Box::new(lines.finish().with(no_calls)),
        LogTarget::Syslog(_) | LogTarget::Journal(_) => {
            Box::new(lines.without_time().with_level(false).finish().with(no_calls))
        }
    }
}

/// Writes a field of a message, or the message itself, on one line.
fn show(text: &mut Text<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(text, "{:?}", OneLine(value)),
        name => write!(text, "{name}={:?}", OneLine(value)),
    }
}

fn level(verbosity: i32) -> LevelFilter {
    LevelFilter::from_level(match verbosity {
        ..=-2 => Level::ERROR,
        -1 => Level::WARN,
        0 => Level::INFO,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    })
}

fn log_panics(also: impl Fn(&str) + Send + Sync + 'static) {
    let of_program = hook_of_program();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let message = text.or_else(|| payload.downcast_ref().map(String::as_str)).unwrap_or("no message");
        also(message);
        tracing::error!(place, "panic: {message}");
        if let Some(hook) = &of_program {
            hook(panic);
        }
    }));
}

type PanicHook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Takes the panic hook that the program has set; `None` if there is only that of the standard library. That one would
/// write to standard error, and wait there if nobody reads it.
fn hook_of_program() -> Option<PanicHook> {
    let hook = panic::take_hook();
    // Nothing tells the default hook from others, but once a hook is taken, the next one taken is the default. Both are
    // functions without a value, so only their vtables differ.
    let default = panic::take_hook();
    (!ptr::eq(&raw const *hook, &raw const *default)).then_some(hook)
}
