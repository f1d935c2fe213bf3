//! Where the daemon's own messages go: to standard error, through `tracing`.

use std::io::IsTerminal;

use tracing::Level;
use tracing::level_filters::LevelFilter;

/// Starts the log, unless the program has one of its own. `verbosity` counts `-v` up and `-q` down from "info".
pub(crate) fn start(verbosity: i32) {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_max_level(level(verbosity));
    // A program that has set up tracing before keeps its own.
    let _ = subscriber.try_init();
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
        let message = panic.payload_as_str().unwrap_or("no message");
        also(message);
        tracing::error!(place, "panic: {message}");
    }));
}
