//! What a line means: a command of the console, one of the application, or a method of a daemon.

use std::process::ExitCode;

use clap_builder::{ArgMatches, Command};

use super::Console;
use super::methods::{Found, Method, Methods};
use super::session::Session;
use super::watcher::{EVENTS, USUAL};
use crate::daemon::command_line::arguments::Refusal;
use crate::daemon::command_line::method_command::{callable_command, params};
use crate::daemon::command_line::output::{Format, aligned};
use crate::daemon::command_line::source::marked;
use crate::daemon::command_line::{Place, failure, values};
use crate::error::{Error, Result};
use crate::rpc::method::help as help_of;

/// The commands that every console has, with their help.
pub(super) const OWN: [(&str, &str); 6] = [
    ("help", "List the commands, or describe one: /help NAME"),
    ("methods", "List all methods, also those of every daemon"),
    ("events", "Show events as they happen: /events on|off [KIND or STREAM…]"),
    ("status", "Say how the daemon is"),
    ("exit", "Leave; so does Ctrl-D"),
    ("quit", "Leave"),
];

impl Console {
    /// Does what a line says. Pages of help are printed, and are no failure.
    pub(super) fn execute(&mut self, line: &str, session: &mut Session) -> Result<ExitCode> {
        let Some(command) = line.strip_prefix('/') else {
            return match &mut self.on_line {
                Some(on_line) => on_line(line, session).map(|()| ExitCode::SUCCESS),
                None => Err(Error::usage("a command begins with `/`; `/help` lists them")),
            };
        };
        let words = split(command)?;
        let Some((name, arguments)) = words.split_first() else {
            return Err(Error::usage("a command has a name; `/help` lists them"));
        };
        if let Some(own) = self.commands.iter_mut().find(|own| own.name == *name) {
            return (own.run)(arguments, session).map(|()| ExitCode::SUCCESS);
        }
        match name.as_str() {
            "help" => self.help(arguments.first().map(String::as_str), session),
            "methods" => {
                let all = table(session.methods().all());
                say(session, &all)
            }
            "events" => events(arguments, session),
            "status" => status(session),
            "exit" | "quit" => {
                session.end();
                Ok(ExitCode::SUCCESS)
            }
            _ => self.call(name, arguments, session),
        }
    }

    fn call(&self, name: &str, arguments: &[String], session: &mut Session) -> Result<ExitCode> {
        match self.prepared(name, arguments, session)? {
            Prepared::Page(page) => say(session, page.trim_end()),
            Prepared::Call { member, method, params, format, sends_items: false } => {
                session.call_and_print(member, &method, &params, format)
            }
            Prepared::Call { member, method, params, format, sends_items: true } => {
                session.print_items(member, &method, &params, format)
            }
        }
    }

    /// Reads a call; the methods stay locked only meanwhile.
    fn prepared(&self, name: &str, arguments: &[String], session: &Session) -> Result<Prepared> {
        let methods = session.methods();
        match methods.find(name) {
            Found::One(method) => prepare(method, arguments, session.format),
            Found::Several(names) => Err(Error::usage(format!("`/{name}` may be {}", alternatives(&names)))),
            Found::None => Err(self.unknown(name, &methods)),
        }
    }

    fn unknown(&self, name: &str, methods: &Methods) -> Error {
        let hint = match methods.similar(name, self.names()) {
            Some(near) => format!("did you mean `/{near}`?"),
            None => "`/help` lists the commands".to_owned(),
        };
        Error::usage(format!("there is no command `/{name}`; {hint}"))
    }

    /// The names of the commands besides methods.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.commands.iter().map(|own| own.name.as_str()).chain(OWN.map(|(name, _)| name))
    }

    fn help(&self, name: Option<&str>, session: &mut Session) -> Result<ExitCode> {
        let Some(name) = name.map(|name| name.trim_start_matches('/')) else {
            let mut rows: Vec<Vec<String>> =
                self.commands.iter().map(|own| row(&own.name, &own.help)).collect();
            rows.extend(session.methods().own().map(row_of));
            rows.extend(OWN.iter().map(|(name, help)| row(name, help)));
            return say(session, &aligned(&rows));
        };
        let own = self.commands.iter().map(|own| (own.name.as_str(), own.help.as_str())).chain(OWN);
        if let Some((_, help)) = own.into_iter().find(|(own, _)| *own == name) {
            return say(session, help);
        }
        self.call(name, &["--help".to_owned()], session)
    }
}

/// Splits a line into words, as a shell does.
fn split(command: &str) -> Result<Vec<String>> {
    shlex::split(command).ok_or_else(|| Error::usage("a quote is not closed, or the line ends with `\\`"))
}

/// What a call of a method comes to.
enum Prepared {
    /// A page of help.
    Page(String),
    Call {
        member: usize,
        method: String,
        params: Box<serde_json::value::RawValue>,
        format: Format,
        sends_items: bool,
    },
}

/// Reads the arguments of a method, as its sub-command does.
fn prepare(method: &Method, arguments: &[String], usual: Format) -> Result<Prepared> {
    let callable = &method.callable;
    let (member, name) = (method.member, callable.name.clone());
    if !method.is_described {
        let given: Vec<&String> = arguments.iter().collect();
        let params = values::by_position(&given, None)?;
        return Ok(Prepared::Call { member, method: name, params, format: usual, sends_items: false });
    }
    let mut command = command(method);
    let words = arguments.iter().map(|argument| marked(argument.into()));
    let matches =
        match command.try_get_matches_from_mut(std::iter::once(method.called.clone().into()).chain(words)) {
            Ok(matches) => matches,
            Err(page) => return read(page),
        };
    let params = match params(callable, &mut command, &matches) {
        Ok(params) => params,
        Err(Refusal::Page(page)) => return read(page),
        Err(Refusal::Error(error)) => return Err(error),
    };
    let format = format(&matches).unwrap_or(usual);
    Ok(Prepared::Call { member, method: name, params, format, sends_items: callable.sends_items })
}

/// Returns the command line of a method.
fn command(method: &Method) -> Command {
    callable_command(&method.callable, &format!("/{}", method.called), Place::Top)
        .bin_name(format!("/{}", method.called))
}

fn format(matches: &ArgMatches) -> Option<Format> {
    matches.get_one::<String>("output").map(|name| Format::of(Some(name)))
}

/// A page of help is printed; every other page is a usage error.
fn read(page: clap_builder::Error) -> Result<Prepared> {
    let text = page.render().to_string();
    match page.exit_code() {
        0 => Ok(Prepared::Page(text)),
        _ => Err(Error::usage(text.trim_start_matches("error: ").trim_end())),
    }
}

fn alternatives(names: &[&str]) -> String {
    names.iter().map(|name| format!("`/{name}`")).collect::<Vec<_>>().join(" or ")
}

fn table<'m>(methods: impl Iterator<Item = &'m Method>) -> String {
    aligned(&methods.map(row_of).collect::<Vec<_>>())
}

fn row_of(method: &Method) -> Vec<String> {
    let places = method.callable.required().map(|param| format!(" <{}>", param.long.to_uppercase()));
    let name: String = std::iter::once(method.called.clone()).chain(places).collect();
    row(&name, help_of(&method.callable.doc).0)
}

fn row(name: &str, help: &str) -> Vec<String> {
    vec![format!("/{name}"), help.to_owned()]
}

fn say(session: &mut Session, text: &str) -> Result<ExitCode> {
    session.print(text).map(|()| ExitCode::SUCCESS)
}

/// `/events`: says what is shown, or changes it.
fn events(arguments: &[String], session: &mut Session) -> Result<ExitCode> {
    let names: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    match arguments.first().map(String::as_str) {
        None => {
            let mut shown: Vec<String> = session.watches.iter().map(|watch| watch.method.clone()).collect();
            shown.dedup();
            let words = if shown.is_empty() { "nothing is shown".to_owned() } else { shown.join("\n") };
            return say(session, &words);
        }
        Some("on") if names.is_empty() => session.watch_events(&USUAL)?,
        Some("on") => show(&names, session)?,
        Some("off") if names.is_empty() => {
            session.watches.clear();
            session.watch_events(&[])?;
        }
        Some("off") => {
            let streams: Vec<String> =
                names.iter().filter_map(|name| stream(name, session)).map(|(_, name)| name).collect();
            session.watches.retain(|watch| !streams.contains(&watch.method));
        }
        Some(_) => return Err(Error::usage("write `/events on`, `/events off`, or `/events on KIND…`")),
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows kinds of events, and streams by the names of their methods.
fn show(names: &[&str], session: &mut Session) -> Result<()> {
    let (streams, kinds): (Vec<_>, Vec<_>) =
        names.iter().map(|name| (*name, stream(name, session))).partition(|(_, stream)| stream.is_some());
    if let Some((name, _)) = kinds.iter().find(|(name, _)| !is_kind(name)) {
        let known = USUAL.join("`, `");
        return Err(Error::usage(format!(
            "`{name}` is neither a method that sends items nor a kind of event; there are `{known}`, `start`, `connect`, \
             `hang_up` and `turn`"
        )));
    }
    if !kinds.is_empty() {
        session.watch_events(&kinds.iter().map(|(name, _)| *name).collect::<Vec<_>>())?;
    }
    for (member, method) in streams.into_iter().filter_map(|(_, stream)| stream) {
        session.watches.retain(|watch| watch.member != member || watch.method != method);
        session.watch(member, &method, serde_json::json!({}))?;
    }
    Ok(())
}

/// The kinds that are not shown at first.
pub(super) const NOT_USUAL: [&str; 4] = ["connect", "hang_up", "start", "turn"];

fn is_kind(name: &str) -> bool {
    USUAL.contains(&name) || NOT_USUAL.contains(&name)
}

/// Returns the method that sends items and has this name.
fn stream(name: &str, session: &Session) -> Option<(usize, String)> {
    match session.methods().find(name) {
        Found::One(method) if method.callable.sends_items && method.callable.name != EVENTS => {
            Some((method.member, method.callable.name.clone()))
        }
        _ => None,
    }
}

/// `/status`: of each daemon, what its sub-command `status` prints.
fn status(session: &mut Session) -> Result<ExitCode> {
    for member in 0..session.links.len() {
        let status = session.ask(member, crate::daemon::command_line::describe)?;
        if let Some(status) = status {
            session.print(&status)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Says why a command failed, with what would help.
pub(super) fn describe(error: &Error, session: &Session) -> String {
    let methods = session.methods();
    let names: Vec<&str> = methods.all().map(|method| method.called.as_str()).collect();
    if error.is_not_running() {
        return error.report();
    }
    failure::describe(error, &session.name, names.into_iter())
}
