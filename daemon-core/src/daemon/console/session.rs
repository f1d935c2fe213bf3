//! A console while it runs: its daemons, what is known of them, and what its commands may do.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::interrupt::Interrupt;
use super::link::{Link, Taken};
use super::methods::Methods;
use super::printer::Printer;
use super::watcher::{self, EVENTS, OnEvent, Show, USUAL, Watch};
use crate::client::Client;
use crate::daemon::command_line::output::{self, Format};
use crate::error::{Error, Result};

/// A console while it runs, for the functions that an application has added to it.
pub struct Session {
    pub(super) name: String,
    pub(super) links: Vec<Link>,
    pub(super) methods: Arc<Mutex<Methods>>,
    pub(super) interrupt: Interrupt,
    pub(super) printer: Printer,
    pub(super) watches: Vec<Watch>,
    pub(super) on_event: Option<OnEvent>,
    pub(super) prompt: String,
    pub(super) format: Format,
    /// Whether lines come from a file or a pipe.
    pub(super) is_batch: bool,
    /// Whether every line is for the application.
    pub(super) takes_lines: bool,
    pub(super) ended: bool,
}

impl Session {
    /// Calls a method of the daemon; with several daemons, of the first. While the daemon is away, waits for it. Returns
    /// `None` if the user has interrupted the call by Ctrl-C.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub fn call<R: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Option<R>> {
        self.ask(0, |client| client.call(method, params))
    }

    /// Uses the connection to the daemon, such as by a typed client; with several daemons, that to the first. While the daemon
    /// is away, waits for it. Returns `None` if the user has interrupted this by Ctrl-C.
    ///
    /// # Errors
    ///
    /// Those of `ask`, and as [`Client::connect`].
    ///
    /// ```no_run
    /// # use daemon_core::Result;
    /// # use daemon_core::console::Session;
    /// fn methods(console: &mut Session) -> Result<Option<Vec<String>>> {
    ///     console.with_client(|client| client.call("system.listMethods", &()))
    /// }
    /// ```
    pub fn with_client<R>(&mut self, ask: impl FnOnce(&mut Client) -> Result<R>) -> Result<Option<R>> {
        self.ask(0, ask)
    }

    /// From the next line on, gives every line to [`Console::on_line`](super::Console::on_line) as it is, or does so no longer:
    /// also empty ones, comments, and those that begin with `/`. They are not kept in the history. This is for texts of
    /// several lines.
    pub fn take_lines(&mut self, takes: bool) {
        self.takes_lines = takes;
    }

    /// Prints a text. What a terminal would act on is shown instead.
    ///
    /// # Errors
    ///
    /// If standard output can't be written to.
    pub fn print(&mut self, text: &str) -> Result<()> {
        output::say(text).map(drop)
    }

    /// Returns a printer, for other threads.
    pub fn printer(&self) -> Printer {
        self.printer.clone()
    }

    /// Changes the prompt, from the next line on.
    pub fn set_prompt(&mut self, prompt: impl Into<String>) {
        self.prompt = prompt.into();
    }

    /// Ends the console after this command.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Shows the items of a method that sends them, from now on, as the events of the daemon are shown.
    ///
    /// # Errors
    ///
    /// If there can be no thread for it.
    pub fn follow(&mut self, method: &str, params: Value) -> Result<()> {
        self.watch(0, method, params)
    }

    /// Uses the connection to a daemon; `None` if that was interrupted. A connection that has failed is not used again.
    pub(super) fn ask<R>(
        &mut self,
        member: usize,
        ask: impl FnOnce(&mut Client) -> Result<R>,
    ) -> Result<Option<R>> {
        let Some(mut client) = self.connect(member)? else { return Ok(None) };
        self.interrupt.watch(client.closer().ok());
        let asked = ask(&mut client);
        self.interrupt.watch(None);
        if self.interrupt.was_hit() {
            return Ok(None);
        }
        if asked.as_ref().map_or_else(|error| error.fault().is_some(), |_| true) {
            self.link(member)?.keep(client);
        }
        asked.map(Some)
    }

    /// Calls a method and prints its result.
    pub(super) fn call_and_print(
        &mut self,
        member: usize,
        method: &str,
        params: &RawValue,
        format: Format,
    ) -> Result<ExitCode> {
        match self.ask(member, |client| client.call::<Box<RawValue>>(method, params))? {
            Some(result) => output::print(&result, format),
            None => Ok(ExitCode::SUCCESS),
        }
    }

    /// Calls a method that sends items and prints them, until either side ends it.
    pub(super) fn print_items(
        &mut self,
        member: usize,
        method: &str,
        params: &RawValue,
        format: Format,
    ) -> Result<ExitCode> {
        self.ask(member, |client| {
            let mut items = client.subscribe::<Box<RawValue>>(method, params)?;
            // Only the reply has to come in time.
            items.set_timeout(None)?;
            for item in items.by_ref() {
                if !output::print_item(&item?, format)? {
                    break;
                }
            }
            Ok(())
        })?;
        // Calls have a timeout again: that of a new connection.
        self.link(member)?.drop_connection();
        Ok(ExitCode::SUCCESS)
    }

    /// Begins to show the items of a method.
    pub(super) fn watch(&mut self, member: usize, method: &str, params: Value) -> Result<()> {
        let (name, on_event) = (self.link(member)?.name.clone(), self.on_event.clone());
        let show = Show { name, printer: self.printer.clone(), on_event, says_presence: method == EVENTS };
        let dial = self.link(member)?.dial.clone();
        self.watches.push(Watch::start(member, dial, method, params, show)?);
        Ok(())
    }

    /// Adds a daemon that was not there at first; the names of its methods begin with its own.
    pub(super) fn add(&mut self, name: String, mut client: Client) -> Result<()> {
        let member = self.links.len();
        self.methods().learn(member, Some(&name), &mut client)?;
        self.links.push(Link::new(name.clone(), Some(name.clone()), client));
        if self.is_batch {
            return Ok(());
        }
        self.printer.print(&format!("* {name} is there"));
        self.watch(member, EVENTS, watcher::kinds(USUAL))
    }

    /// Shows the events of these kinds, of all daemons, instead of those so far.
    pub(super) fn watch_events(&mut self, kinds: &[&str]) -> Result<()> {
        self.watches.retain(|watch| watch.method != EVENTS);
        let params = watcher::kinds(kinds.iter().copied());
        (0..self.links.len()).try_for_each(|member| self.watch(member, EVENTS, params.clone()))
    }

    /// Returns the methods that are known.
    pub(super) fn methods(&self) -> MutexGuard<'_, Methods> {
        self.methods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects to a daemon, and asks it for its methods if the connection is new.
    fn connect(&mut self, member: usize) -> Result<Option<Client>> {
        let (interrupt, printer, is_batch) = (self.interrupt.clone(), self.printer.clone(), self.is_batch);
        let link = self.link(member)?;
        let (name, prefix, mut has_said) = (link.name.clone(), link.prefix.clone(), false);
        let taken = link.take(&interrupt, || {
            if !is_batch && !std::mem::replace(&mut has_said, true) {
                printer.print(&format!("waiting for {name} …"));
            }
            !is_batch
        })?;
        let Some(Taken { mut client, is_new }) = taken else { return Ok(None) };
        if is_new {
            self.methods().learn(member, prefix.as_deref(), &mut client)?;
        }
        Ok(Some(client))
    }

    fn link(&mut self, member: usize) -> Result<&mut Link> {
        self.links.get_mut(member).ok_or_else(|| Error::new("there is no such daemon"))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("name", &self.name).finish_non_exhaustive()
    }
}
