//! What is called without a caller: listeners, timers and hooks.

use std::time::Duration;

use proc_macro2::Ident;
use syn::{Attribute, Type};

use super::function::{check_plain, check_receiver};
use super::handler::is_context;
use super::period;
use crate::errors::Errors;
use crate::model::Function;
use crate::{spell, types};

/// The signals that a daemon can listen to.
const SIGNALS: [&str; 20] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGUSR1",
    "SIGUSR2",
    "SIGALRM",
    "SIGTERM",
    "SIGCHLD",
    "SIGCONT",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
];
/// The signals that never reach a listener.
const UNCAUGHT: [&str; 2] = ["SIGKILL", "SIGSTOP"];
/// The signals by which a process learns of its own mistake.
const CRASHES: [&str; 8] =
    ["SIGSEGV", "SIGFPE", "SIGILL", "SIGBUS", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGSTKFLT"];

/// The events, as they are written and as the variants of `EventKind`.
const EVENTS: [(&str, &str); 6] = [
    ("start", "Start"),
    ("stop", "Stop"),
    ("reload", "Reload"),
    ("turn", "Turn"),
    ("connect", "Connect"),
    ("hang_up", "HangUp"),
];

/// A function that is called on events of one kind.
pub(crate) struct Listener {
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) kind: Kind,
    pub(crate) ident: Ident,
    pub(crate) passed: Vec<Passed>,
}

/// The kind of an event.
pub(crate) enum Kind {
    /// A variant of `EventKind`.
    Event(Ident),
    /// A constant of `Signal`.
    Signal(Ident),
}

/// A function that is called at intervals.
pub(crate) struct Timer {
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) period: Duration,
    pub(crate) ident: Ident,
    pub(crate) passed: Vec<Passed>,
}

/// A function that is called at the start or at the end.
pub(crate) struct Hook {
    pub(crate) ident: Ident,
    pub(crate) passed: Vec<Passed>,
}

/// What a function is passed behind the state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    Event,
    Context,
}

/// Checks the signals and events that a function is called on.
pub(crate) fn listeners(function: &Function, errors: &mut Errors) -> Vec<Listener> {
    if function.signals.is_empty() && function.events.is_empty() {
        return Vec::new();
    }
    let what = "a listener takes `&mut self`, and may take `&Event` and `&mut Context`";
    let passed = passed(function, &[Passed::Event, Passed::Context], what, errors);
    let signals: Vec<_> = function.signals.iter().filter_map(|name| signal(name, errors)).collect();
    let events: Vec<_> = function.events.iter().filter_map(|name| event(name, errors)).collect();
    let listener = |kind| Listener {
        conditions: function.conditions.clone(),
        kind,
        ident: function.signature.ident.clone(),
        passed: passed.clone(),
    };
    signals.into_iter().chain(events).map(listener).collect()
}

/// Checks the intervals that a function is called at.
pub(crate) fn timers(function: &Function, errors: &mut Errors) -> Vec<Timer> {
    if function.periods.is_empty() {
        return Vec::new();
    }
    let what = "a timer takes `&mut self`, and may take `&mut Context`";
    let passed = passed(function, &[Passed::Context], what, errors);
    let periods = function.periods.iter().filter_map(|text| period::period(text, errors));
    let timer = |period| Timer {
        conditions: function.conditions.clone(),
        period,
        ident: function.signature.ident.clone(),
        passed: passed.clone(),
    };
    periods.map(timer).collect()
}

/// Checks the function with the name of a hook, if there is one.
pub(crate) fn hook(name: &str, functions: &[Function], errors: &mut Errors) -> Option<Hook> {
    let function =
        functions.iter().find(|function| function.signature.ident == name && !function.annotated)?;
    if let Some(condition) = function.conditions.first() {
        errors.at(condition, format!("`{name}` can't come and go; put the `#[cfg]` inside it"));
    }
    check_plain(function, errors);
    check_receiver(function, errors);
    let what = format!(
        "`{name}` is a hook: it takes `&mut self`, and may take `&mut Context`; if it is not meant as one, rename it"
    );
    let passed = passed(function, &[Passed::Context], &what, errors);
    Some(Hook { ident: function.signature.ident.clone(), passed })
}

fn passed(function: &Function, allowed: &[Passed], what: &str, errors: &mut Errors) -> Vec<Passed> {
    let mut passed = Vec::new();
    for param in &function.params {
        match kind(&param.ty, errors) {
            Some(kind) if allowed.contains(&kind) && !passed.contains(&kind) => passed.push(kind),
            Some(_) | None => errors.at(&param.ty, what),
        }
    }
    passed
}

fn kind(ty: &Type, errors: &mut Errors) -> Option<Passed> {
    if is_context(ty, errors) {
        return Some(Passed::Context);
    }
    match types::peel(ty) {
        Type::Reference(reference)
            if reference.mutability.is_none() && types::is_named(&reference.elem, "Event") =>
        {
            Some(Passed::Event)
        }
        _ => None,
    }
}

fn signal(name: &Ident, errors: &mut Errors) -> Option<Kind> {
    let word = name.to_string();
    let word = word.as_str();
    if SIGNALS.contains(&word) {
        return Some(Kind::Signal(name.clone()));
    }
    if UNCAUGHT.contains(&word) {
        errors
            .at(name, format!("a process cannot catch `{word}`; to be told before the end, write `SIGTERM`"));
    } else if CRASHES.contains(&word) {
        errors.at(
            name,
            format!("a process cannot catch `{word}` and go on: it reports its own mistake; leave it out"),
        );
    } else {
        errors.at(name, unknown_signal(word));
    }
    None
}

fn unknown_signal(word: &str) -> String {
    let full = format!("SIG{}", word.to_uppercase());
    let near =
        if SIGNALS.contains(&full.as_str()) { Some(full.as_str()) } else { spell::near(word, SIGNALS) };
    match near {
        Some(near) => format!("there is no signal `{word}`; did you mean `{near}`?"),
        None => format!("there is no signal `{word}`; there are {}", spell::list(SIGNALS)),
    }
}

fn event(name: &Ident, errors: &mut Errors) -> Option<Kind> {
    let word = name.to_string();
    let found = EVENTS.iter().find(|(written, _)| *written == word);
    if found.is_none() {
        let known: Vec<&str> = EVENTS.iter().map(|(written, _)| *written).collect();
        errors.at(name, spell::unknown("event", &word, &known));
    }
    found.map(|(_, variant)| Kind::Event(Ident::new(variant, name.span())))
}
