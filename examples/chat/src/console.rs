//! The console of the chat: `chat console`, a user on a terminal.
//!
//! It asks the kernel for everything, and keeps only with whom the user talks, and what the user writes.

mod commands;
mod draft;
mod events;
mod messages;
mod name;
mod state;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use daemon_core::clap_builder::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::console::{Console, Session};
use daemon_core::serde_json::json;
use daemon_core::{Client, Error, Result};

use self::state::State;
use crate::kernel::BookClient;
use crate::kernel_address;

/// How long a call may take: connecting to a node takes 25 seconds at most.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Returns the command.
pub fn command() -> Command {
    let batch = Arg::new("batch").long("batch").action(ArgAction::SetTrue);
    Command::new("console")
        .about("Chat: talk to others, read and write messages")
        .arg(batch.help("Read commands from standard input, line by line, until one fails"))
        .arg(kernel_address::argument())
}

/// Runs the console that these arguments ask for; returns the exit status.
///
/// # Errors
///
/// If the kernel does not run.
pub fn run(matches: &ArgMatches) -> Result<ExitCode> {
    let mut client = kernel_address::connect(matches.get_one::<String>("kernel").map(String::as_str))?;
    client.set_timeout(Some(TIMEOUT))?;
    Ok(build(client).batch(matches.get_flag("batch")).run())
}

fn build(client: Client) -> Console {
    let state = Arc::new(State::default());
    let (shown, seen, said) = (Arc::clone(&state), Arc::clone(&state), Arc::clone(&state));
    // With a name of its own, the kernel is what goes away and comes back.
    let mut console = Console::on_all("chat", [("kernel", client)])
        .prompt_with(move || shown.prompt())
        .follow("watch", json!({}))
        .on_event(move |method, event, printer| {
            if let Some(line) = events::line(method, event, &seen) {
                printer.print(&line);
            }
        })
        .on_line(move |line, console| match said.is_writing() {
            true => draft::take(line, &said, console),
            false => commands::say(line, &said, console),
        });
    for entry in commands::ALL {
        let (state, run) = (Arc::clone(&state), entry.run);
        console = console.command(entry.name, entry.help, move |words, console| {
            keep(entry.name, words, console);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            run(&words, &state, console)
        });
    }
    console
}

/// Keeps a command in the history of the kernel.
fn keep(name: &str, words: &[String], console: &mut Session) {
    let line = std::iter::once(format!("/{name}")).chain(words.iter().cloned()).collect::<Vec<_>>().join(" ");
    // Without it, the command does what it should.
    let _ = ask(console, |client| BookClient(client).add_to_history(&line));
}

/// Asks the kernel. What it refuses is said in its words alone.
fn ask<R>(console: &mut Session, ask: impl FnOnce(&mut Client) -> Result<R>) -> Result<R> {
    match console.with_client(ask) {
        Ok(Some(reply)) => Ok(reply),
        Ok(None) => Err(Error::new("interrupted")),
        Err(error) => Err(error.fault().map(|fault| fault.message().to_owned()).map_or(error, Error::new)),
    }
}
