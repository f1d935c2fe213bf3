//! The sub-command `token`: it adds, lists and revokes the tokens of callers. It changes a file, which the daemon reads again
//! by itself.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap_builder::{Arg, ArgMatches, Command};

use super::output::{aligned, say};
use crate::credentials::{Token, add, list, revoke};
use crate::daemon::config::Config;
use crate::error::{Error, Result};

/// What is to happen with the tokens.
pub(in crate::daemon) enum Change {
    Add { name: String, lifetime: Option<Duration>, note: Option<String> },
    List,
    Revoke(String),
}

/// The sub-command.
pub(super) fn command() -> Option<Command> {
    let name = || Arg::new("NAME").required(true).help("The name of the token");
    let add = Command::new("add")
        .about("Make a token, and print it: this is the only time that it is shown")
        .arg(name())
        .arg(
            Arg::new("expires")
                .long("expires")
                .value_name("DURATION")
                .help("How long it is valid, such as 30d; for ever by default"),
        )
        .arg(Arg::new("note").long("note").value_name("TEXT").help("What it is for"));
    Some(
        Command::new("token")
            .about("Add, list and revoke the tokens that callers show")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand(add)
            .subcommand(
                Command::new("list").about("List the tokens: their names, never the tokens themselves"),
            )
            .subcommand(Command::new("revoke").about("Make a token invalid, at once").arg(name())),
    )
}

/// Returns what the arguments say.
///
/// # Errors
///
/// [`is_usage`](Error::is_usage) if a value is wrong.
pub(super) fn order(matches: &ArgMatches) -> Result<Change> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(Change::List) };
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    Ok(match name {
        "add" => Change::Add {
            name: text("NAME").unwrap_or_default(),
            lifetime: text("expires").map(|text| lifetime(&text)).transpose()?,
            note: text("note"),
        },
        "revoke" => Change::Revoke(text("NAME").unwrap_or_default()),
        _ => Change::List,
    })
}

fn lifetime(text: &str) -> Result<Duration> {
    humantime::parse_duration(text)
        .map_err(|_| Error::usage(format!("--expires {text}: write a duration such as `30d` or `12h`")))
}

/// Carries out a change.
pub(super) fn run(config: &Config, change: &Change) -> Result<ExitCode> {
    let now = SystemTime::now();
    config.make_runtime_directory()?;
    match change {
        Change::Add { name, lifetime, note } => {
            say(&add(&config.tokens, name, *lifetime, note.as_deref(), now)?)
        }
        Change::Revoke(name) => revoke(&config.tokens, name).map(|()| ExitCode::SUCCESS),
        Change::List => say(&aligned(&rows(&list(&config.tokens)?, now))),
    }
}

/// Returns the rows of the list.
fn rows(tokens: &[Token], now: SystemTime) -> Vec<Vec<String>> {
    let time = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
    let row = |token: &Token| {
        let expires = match token.expires {
            Some(expires) if token.is_valid(now) => time(expires),
            Some(_) => "expired".to_owned(),
            None => "never".to_owned(),
        };
        vec![token.name.clone(), time(token.created), expires, token.note.clone().unwrap_or_default()]
    };
    let heads = ["NAME", "CREATED", "EXPIRES", "NOTE"].map(str::to_owned).to_vec();
    std::iter::once(heads).chain(tokens.iter().map(row)).collect()
}
