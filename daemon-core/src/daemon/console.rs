//! A console: a line editor on daemons that run, made from introspection alone.
//!
//! Every method is a command. Events appear above the prompt while one types. An application may add commands, and say
//! what a line that is no command means.

mod commands;
mod completer;
mod input;
mod interrupt;
mod link;
mod methods;
mod printer;
mod session;
#[cfg(feature = "suite")]
mod suite;
mod watcher;

use std::fmt;
use std::io::{Write, stderr};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use self::completer::Completions;
use self::input::{Read, Terminal};
use self::interrupt::Interrupt;
use self::link::Link;
use self::methods::Methods;
pub use self::printer::Printer;
pub use self::session::Session;
#[cfg(feature = "suite")]
pub(super) use self::suite::on_suite;
use self::watcher::{OnEvent, USUAL};
use super::command_line::failure;
use super::command_line::output::Format;
use crate::client::Client;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::printable::Lines;

/// A line editor on a running daemon.
///
/// The sub-command `console` of every daemon is one. A program with more to say builds its own:
///
/// ```no_run
/// use daemon_core::Client;
/// use daemon_core::console::Console;
///
/// fn main() -> std::process::ExitCode {
///     let client = match Client::connect("unix:/run/chat/kernel.sock") {
///         Ok(client) => client,
///         Err(error) => {
///             eprintln!("chat: {}", error.report());
///             return std::process::ExitCode::FAILURE;
///         }
///     };
///     Console::new("chat", client)
///         .prompt("chat:> ")
///         .command("talk", "Talk to somebody: /talk NICK", |words, console| {
///             let nick = words.first().ok_or("write whom to talk to: /talk NICK")?;
///             console.set_prompt(format!("{nick}:> "));
///             Ok(())
///         })
///         .on_line(|line, console| {
///             console.call::<()>("kernel.say", &[line])?;
///             Ok(())
///         })
///         .run()
/// }
/// ```
#[must_use = "a console does nothing until it runs"]
pub struct Console {
    name: String,
    members: Vec<(String, Client)>,
    prompt: Option<String>,
    prompt_with: Option<Box<dyn FnMut() -> String>>,
    commands: Vec<OwnCommand>,
    on_line: Option<Box<OnLine>>,
    on_event: Option<OnEvent>,
    follow: Vec<(String, Value)>,
    format: Format,
    batch: bool,
    /// Whether the names of methods begin with that of their daemon.
    is_all: bool,
    /// Finds further daemons while the console runs.
    find: Option<Box<Find>>,
}

/// Connects to the daemons whose names are not among those that are known.
type Find = dyn FnMut(&[String]) -> Vec<(String, Client)>;

type OnLine = dyn FnMut(&str, &mut Session) -> Result<()>;

/// A command of the application.
struct OwnCommand {
    name: String,
    help: String,
    run: Box<RunCommand>,
}

type RunCommand = dyn FnMut(&[String], &mut Session) -> Result<()>;

impl Console {
    /// Returns a console on the daemon that a client is connected to. Its name is that of its prompt and of its history. The
    /// timeout of the client is that of all calls.
    pub fn new(name: impl Into<String>, client: Client) -> Self {
        let name = name.into();
        Console { members: vec![(name.clone(), client)], ..Console::of(name) }
    }

    /// Returns a console on several daemons, each with its name: the names of their methods begin with it.
    pub fn on_all(
        name: impl Into<String>,
        members: impl IntoIterator<Item = (impl Into<String>, Client)>,
    ) -> Self {
        let members = members.into_iter().map(|(name, client)| (name.into(), client)).collect();
        Console { members, is_all: true, ..Console::of(name.into()) }
    }

    fn of(name: String) -> Self {
        Console {
            name,
            members: Vec::new(),
            prompt: None,
            prompt_with: None,
            commands: Vec::new(),
            on_line: None,
            on_event: None,
            follow: Vec::new(),
            format: Format::Usual,
            batch: false,
            is_all: false,
            find: None,
        }
    }

    /// Sets the prompt; the default is `name> `. [`Session::set_prompt`] changes it later.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// Sets what returns the prompt, each time before it is shown; [`Session::set_prompt`] does nothing then. Use this if
    /// the prompt depends on events.
    pub fn prompt_with(mut self, prompt: impl FnMut() -> String + 'static) -> Self {
        self.prompt_with = Some(Box::new(prompt));
        self
    }

    /// Adds the command `/name`, which gets its words. It takes precedence over a method, and over a command that every
    /// console has.
    pub fn command(
        mut self,
        name: impl Into<String>,
        help: impl Into<String>,
        run: impl FnMut(&[String], &mut Session) -> Result<()> + 'static,
    ) -> Self {
        self.commands.push(OwnCommand { name: name.into(), help: help.into(), run: Box::new(run) });
        self
    }

    /// Sets what a line does that is no command. Without this, it is a usage error.
    pub fn on_line(mut self, on_line: impl FnMut(&str, &mut Session) -> Result<()> + 'static) -> Self {
        self.on_line = Some(Box::new(on_line));
        self
    }

    /// Sets what an event does, or an item of a stream that is followed: it gets the name of the method that sends it. It
    /// runs in a thread of its own. Without this, they are printed.
    pub fn on_event(mut self, on_event: impl Fn(&str, &Value, &Printer) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(on_event));
        self
    }

    /// Shows the items of a method that sends them, from the start. With several daemons, it is one of the first.
    pub fn follow(mut self, method: impl Into<String>, params: Value) -> Self {
        self.follow.push((method.into(), params));
        self
    }

    /// Reads commands line by line from standard input, whatever it is, without an editor and without events. This is also
    /// what happens if standard input is a file or a pipe. The first command that fails ends it, with its exit status.
    pub fn batch(mut self, batch: bool) -> Self {
        self.batch = batch;
        self
    }

    /// Sets what finds further daemons; it is asked before each line.
    #[cfg(feature = "suite")]
    fn find(mut self, find: impl FnMut(&[String]) -> Vec<(String, Client)> + 'static) -> Self {
        self.find = Some(Box::new(find));
        self
    }

    /// Sets the form of results, if a command does not say.
    pub(super) fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Runs until the user leaves, and returns the exit status.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let name = self.name.clone();
        self.try_run().unwrap_or_else(|error| {
            complain(&name, &error.report());
            failure::exit_code(&error)
        })
    }

    pub(super) fn try_run(mut self) -> Result<ExitCode> {
        let is_batch = input::is_batch(self.batch)?;
        let mut session = self.open(is_batch)?;
        if is_batch { self.run_lines(&mut session) } else { self.run_terminal(&mut session) }
    }

    fn open(&mut self, is_batch: bool) -> Result<Session> {
        let members = std::mem::take(&mut self.members);
        let is_all = self.is_all;
        let (mut methods, mut links) = (Methods::default(), Vec::new());
        for (index, (name, mut client)) in members.into_iter().enumerate() {
            let prefix = is_all.then(|| name.clone());
            methods.learn(index, prefix.as_deref(), &mut client)?;
            links.push(Link::new(name, prefix, client));
        }
        Ok(Session {
            prompt: self.prompt.clone().unwrap_or_else(|| format!("{}> ", self.name)),
            name: self.name.clone(),
            links,
            methods: Arc::new(Mutex::new(methods)),
            interrupt: Interrupt::default(),
            printer: Printer::plain(),
            watches: Vec::new(),
            on_event: self.on_event.clone(),
            format: self.format,
            is_batch,
            takes_lines: false,
            ended: false,
        })
    }

    /// Adds the daemons that have come since the last line.
    fn find_more(&mut self, session: &mut Session) {
        let Some(find) = &mut self.find else { return };
        let known: Vec<String> = session.links.iter().map(|link| link.name.clone()).collect();
        for (name, client) in find(&known) {
            // One that has gone again is found later.
            let _ = session.add(name, client);
        }
    }

    /// Does what a line says, or gives it to the application as it is.
    fn take(&mut self, line: &str, session: &mut Session) -> Result<ExitCode> {
        match &mut self.on_line {
            Some(on_line) if session.takes_lines => on_line(line, session).map(|()| ExitCode::SUCCESS),
            _ if is_nothing(line) => Ok(ExitCode::SUCCESS),
            _ => {
                self.find_more(session);
                self.execute(line.trim(), session)
            }
        }
    }

    fn run_lines(&mut self, session: &mut Session) -> Result<ExitCode> {
        let mut number = 0;
        while let Some(line) = input::next_line()?.filter(|_| !session.ended) {
            number += 1;
            if let Err(error) = self.take(&line, session) {
                let why = commands::describe(&error, session);
                complain(&self.name, &format!("line {number}: {why}"));
                return Ok(failure::exit_code(&error));
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn run_terminal(&mut self, session: &mut Session) -> Result<ExitCode> {
        let commands = self.names().map(str::to_owned).collect();
        let methods = session.methods.clone();
        let mut terminal = Terminal::open(&self.name, Completions { methods, commands })?;
        session.interrupt.handle_signals()?;
        session.printer = terminal.printer()?;
        session.watch_events(&USUAL)?;
        for (method, params) in std::mem::take(&mut self.follow) {
            session.watch(0, &method, params)?;
        }
        while !session.ended {
            session.interrupt.begin();
            let prompt = self.prompt_with.as_mut().map(|prompt| prompt());
            let prompt = Lines(prompt.as_ref().unwrap_or(&session.prompt)).to_string();
            let line = match terminal.read(&prompt, !session.takes_lines)? {
                Read::Line(line) => line,
                Read::Cleared => continue,
                Read::End => break,
            };
            if let Err(error) = self.take(&line, session) {
                complain(&self.name, &commands::describe(&error, session));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether a line is empty, or a comment.
fn is_nothing(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

fn complain(name: &str, why: &str) {
    let _ = writeln!(stderr(), "{name}: {}", Lines(why));
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("name", &self.name).finish_non_exhaustive()
    }
}
