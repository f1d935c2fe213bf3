//! The daemon's own messages: what is said of them, in which form, and where they go.
//!
//! They come through `tracing`. Where they go is a [`LogTarget`]; a [`Writer`] brings them there, one line a message. It
//! never waits and never fails: what it cannot write is lost, counted, and told of with the next message that it can.
//! What a message says stays on its line, whoever has said it.

mod output;
mod target;
mod throttle;
mod writer;

use std::fmt::{self, Debug};
use std::sync::OnceLock;

use tracing::field::Field;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::set_global_default;
use tracing::{Level, Subscriber, warn};
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::{Writer as Text, debug_fn};

pub(crate) use self::target::LogTarget;
pub(crate) use self::throttle::Throttled;
use self::writer::Writer;
use crate::error::{OrError, Result};
use crate::printable::OneLine;

/// The log of this process, once it has one of ours.
static LOG: OnceLock<Writer> = OnceLock::new();

/// Starts the log of `name`, unless the program has one of its own. `verbosity` counts `-v` up and `-q` down from "info".
///
/// # Errors
///
/// If the target cannot be opened.
pub(crate) fn start(name: &str, verbosity: i32, target: &LogTarget) -> Result<()> {
    let writer = Writer::open(name, target).or_error(|| format!("cannot write the log to `{target}`"))?;
    let subscriber = subscriber(writer.clone(), level(verbosity), target);
    // A program that has set up tracing before keeps its own.
    if set_global_default(subscriber).is_ok() {
        let _ = LOG.set(writer);
    }
    Ok(())
}

/// Opens the log anew: its file may have been moved away, the system's log may have been restarted. If that fails the log
/// goes on where it was.
pub(crate) fn reopen() {
    if let Some(writer) = LOG.get()
        && let Err(error) = writer.reopen()
    {
        warn!("cannot open the log again: {error}");
    }
}

/// What makes lines of messages. The system's log has the time and the level beside the text.
fn subscriber(writer: Writer, level: LevelFilter, target: &LogTarget) -> Box<dyn Subscriber + Send + Sync> {
    let lines = tracing_subscriber::fmt()
        .with_ansi(writer.is_terminal())
        .with_writer(writer)
        .with_target(false)
        .log_internal_errors(false)
        .fmt_fields(debug_fn(show).delimited(" "))
        .with_max_level(level);
    match target {
        LogTarget::Stderr | LogTarget::File(_) => Box::new(lines.finish()),
        LogTarget::Syslog(_) | LogTarget::Journal(_) => {
            Box::new(lines.without_time().with_level(false).finish())
        }
    }
}

/// Shows a field of a message, and the message itself, on one line.
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

/// Lets a panic end in the log, with its place, and tells `also` of it.
pub(crate) fn log_panics(also: impl Fn(&str) + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let payload = panic.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let message = text.or_else(|| payload.downcast_ref().map(String::as_str)).unwrap_or("no message");
        also(message);
        tracing::error!(place, "panic: {message}");
    }));
}
