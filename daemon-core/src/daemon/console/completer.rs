//! What the tabulator key offers: commands, options, and the values that a parameter can have.

use std::sync::{Arc, Mutex, PoisonError};

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::commands::NOT_USUAL;
use super::methods::{Found, Method, Methods};
use super::watcher::USUAL;
use crate::daemon::command_line::output::Format;

/// What is known when the key is pressed.
pub(super) struct Completions {
    pub(super) methods: Arc<Mutex<Methods>>,
    /// The names of the commands that are not methods.
    pub(super) commands: Vec<String>,
}

impl Completer for Completions {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let methods = self.methods.lock().unwrap_or_else(PoisonError::into_inner);
        let typed = line.get(..at).unwrap_or_default();
        let (start, mut found) = candidates(typed, &methods, &self.commands);
        found.sort();
        found.dedup();
        Ok((start, found))
    }
}

impl Hinter for Completions {
    type Hint = String;
}

impl Highlighter for Completions {}
impl Validator for Completions {}
impl Helper for Completions {}

/// Returns what the last word of a line may become, and where it starts.
fn candidates(typed: &str, methods: &Methods, commands: &[String]) -> (usize, Vec<String>) {
    let start = typed.rfind(char::is_whitespace).map_or(0, |space| space + 1);
    let (before, word) = typed.split_at(start);
    let matching = |words: Vec<String>| words.into_iter().filter(|other| other.starts_with(word)).collect();
    let Some(command) = before.split_whitespace().next() else {
        return (0, names(word, methods, commands));
    };
    let words = match command {
        "/help" => {
            return (start, names(word, methods, commands).into_iter().chain(bare(word, methods)).collect());
        }
        "/events" if before.split_whitespace().count() == 1 => vec!["on".to_owned(), "off".to_owned()],
        "/events" => {
            let streams = methods.own().filter(|method| method.callable.sends_items);
            let kinds = USUAL.into_iter().chain(NOT_USUAL).map(str::to_owned);
            streams.map(|method| method.called.clone()).chain(kinds).collect()
        }
        command => match methods.find(command.trim_start_matches('/')) {
            Found::One(method) => of_method(method, before, word),
            Found::Several(_) | Found::None => Vec::new(),
        },
    };
    (start, matching(words))
}

/// Returns the commands that begin with a word, or, if there are none, the methods whose last part does.
fn names(word: &str, methods: &Methods, commands: &[String]) -> Vec<String> {
    let Some(name) = word.strip_prefix('/') else { return Vec::new() };
    let own = methods.own().map(|method| method.called.as_str()).chain(commands.iter().map(String::as_str));
    let whole: Vec<String> =
        own.filter(|other| other.starts_with(name)).map(|other| format!("/{other}")).collect();
    if !whole.is_empty() {
        return whole;
    }
    let ends = |method: &&Method| {
        method.called.starts_with(name) || method.called.split('.').skip(1).any(|part| part.starts_with(name))
    };
    methods.all().filter(ends).map(|method| format!("/{}", method.called)).collect()
}

fn bare(word: &str, methods: &Methods) -> Vec<String> {
    methods.own().map(|method| method.called.clone()).filter(|name| name.starts_with(word)).collect()
}

/// Returns the options of a method, or the values of the parameter that is written next.
fn of_method(method: &Method, before: &str, word: &str) -> Vec<String> {
    let params = &method.callable.params;
    let last = before.split_whitespace().last().unwrap_or_default();
    if last == "--output" {
        return Format::NAMES.map(str::to_owned).into();
    }
    if let Some(option) = last.strip_prefix("--")
        && let Some(param) = params.iter().find(|param| param.long == option)
    {
        return param.choices.clone();
    }
    if word.starts_with('-') {
        let options = params.iter().map(|param| param.long.as_str()).chain(["output", "help"]);
        return options.map(|option| format!("--{option}")).collect();
    }
    let placed = before.split_whitespace().skip(1).filter(|word| !word.starts_with('-')).count();
    method.callable.required().nth(placed).map(|param| param.choices.clone()).unwrap_or_default()
}
