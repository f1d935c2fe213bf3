//! Functions without a caller: listeners, timers and hooks.

use std::time::Duration;

use proc_macro2::Ident;
use syn::{Attribute, Member, Receiver, ReceiverKind, ReturnType, Type, TypeParamBound};

use super::function::{Called, check_plain, check_receiver};
use super::handler::{behind, is_context, is_state};
use super::period;
use crate::errors::Errors;
use crate::model::{Function, Methods, Param};
use crate::side::Side;
use crate::{args, spell, types};

/// The signals that a daemon can listen to.
pub(super) const SIGNALS: [&str; 20] = [
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
/// The signals that report a process's own error.
const CRASHES: [&str; 8] =
    ["SIGSEGV", "SIGFPE", "SIGILL", "SIGBUS", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGSTKFLT"];

/// The events, as written and as the variants of `EventKind`; and the side that has them, if only one does.
pub(super) const EVENTS: [(&str, &str, Option<Side>); 12] = [
    ("start", "Start", None),
    ("stop", "Stop", None),
    ("reload", "Reload", None),
    ("turn", "Turn", None),
    ("connect", "Connect", Some(Side::Daemon)),
    ("hang_up", "HangUp", Some(Side::Daemon)),
    ("worker", "Worker", Some(Side::Daemon)),
    ("service", "Service", Some(Side::Daemon)),
    ("message", "Message", Some(Side::Daemon)),
    ("progress", "Progress", Some(Side::Daemon)),
    ("pause", "Pause", Some(Side::Worker)),
    ("resume", "Resume", Some(Side::Worker)),
];

/// A function called on events of one kind.
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

/// A function called at intervals.
pub(crate) struct Timer {
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) period: Period,
    pub(crate) ident: Ident,
    pub(crate) passed: Vec<Passed>,
}

/// The interval of a timer.
pub(crate) enum Period {
    Fixed(Duration),
    /// The fields on the way from the state.
    Field(Vec<Member>),
}

/// A function called when the process starts or ends.
pub(crate) struct Hook {
    pub(crate) ident: Ident,
    pub(crate) passed: Vec<Passed>,
}

/// The function that is called first.
pub(crate) enum Setup {
    /// It prepares the state, which the flags have made.
    Prepares(Hook),
    /// It makes the state from settings of this type.
    Makes { hook: Hook, settings: Box<Type> },
}

/// The arguments of a function after the state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The daemon that a plugin joins.
    Daemon,
    Event,
    /// `&BeforeCall`
    BeforeCall,
    /// `&AfterCall`
    AfterCall,
    Context,
    Settings,
}

/// Checks the signals and events of a function.
pub(crate) fn listeners(called: &Called<'_>, side: Side, errors: &mut Errors) -> Vec<Listener> {
    let Called { function, params, state } = called;
    if function.signals.is_empty() && function.events.is_empty() {
        return Vec::new();
    }
    let what =
        format!("a listener takes {state}, and may take {}", optional(side, "`&Event` and `&mut Context`"));
    let passed = passed(params, &[&[Passed::Event, Passed::Context], daemon(side)].concat(), &what, errors);
    let signals: Vec<_> = function.signals.iter().filter_map(|name| signal(name, errors)).collect();
    let events: Vec<_> = function.events.iter().filter_map(|name| event(name, side, errors)).collect();
    let listener = |kind| Listener {
        conditions: function.conditions.clone(),
        kind,
        ident: function.signature.ident.clone(),
        passed: passed.clone(),
    };
    signals.into_iter().chain(events).map(listener).collect()
}

/// Reports a boxed error that can't move between threads, as all errors of a process can.
pub(crate) fn check_error(function: &Function, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = &function.signature.output else { return };
    let boxed = types::arguments(ty).last().and_then(|error| types::inner(error, "Box"));
    let Some(Type::TraitObject(object)) = boxed.map(types::peel) else { return };
    let has = |name: &str| {
        object
            .bounds
            .iter()
            .any(|bound| matches!(bound, TypeParamBound::Trait(bound) if bound.path.is_ident(name)))
    };
    if !has("Send") || !has("Sync") {
        errors.at(
            object,
            "this error joins others that can move between threads: write `dyn Error + Send + Sync`",
        );
    }
}

/// Checks the intervals of a function.
pub(crate) fn timers(called: &Called<'_>, side: Side, errors: &mut Errors) -> Vec<Timer> {
    let Called { function, params, state } = called;
    if function.periods.is_empty() {
        return Vec::new();
    }
    let what = format!("a timer takes {state}, and may take {}", optional(side, "`&mut Context`"));
    let passed = passed(params, &[&[Passed::Context], daemon(side)].concat(), &what, errors);
    let periods = function.periods.iter().filter_map(|written| period(written, errors));
    let timer = |period| Timer {
        conditions: function.conditions.clone(),
        period,
        ident: function.signature.ident.clone(),
        passed: passed.clone(),
    };
    periods.map(timer).collect()
}

fn period(written: &args::Period, errors: &mut Errors) -> Option<Period> {
    match written {
        args::Period::Text(text) => period::period(text, errors).map(Period::Fixed),
        args::Period::Field(fields) => {
            let own = |member: &Member| matches!(member, Member::Named(name) if name == "self");
            if let Some(own) = fields.iter().find(|member| own(member)) {
                errors.at(own, "write the field without `self.`: `#[every(period)]`");
                return None;
            }
            Some(Period::Field(fields.clone()))
        }
    }
}

/// Checks the function that is called first, if there is one.
pub(crate) fn setup(block: &Methods, errors: &mut Errors) -> Option<Setup> {
    let name = block.side.setup();
    let function = find(name, block, errors)?;
    if function.receiver.is_some() {
        return Some(Setup::Prepares(prepares(name, function, block.side, errors)));
    }
    let what = format!(
        "`{name}` takes `&mut self`, or the settings from which it makes the state; and it may take `&mut Context`"
    );
    let passed = passed(&function.params, &[Passed::Settings, Passed::Context], &what, errors);
    let Some(place) = passed.iter().position(|passed| *passed == Passed::Settings) else {
        errors.at(&function.signature.ident, what);
        return None;
    };
    let settings = Box::new(function.params[place].ty.clone());
    Some(Setup::Makes { hook: Hook { ident: function.signature.ident.clone(), passed }, settings })
}

/// Finds the function with the name of a hook, if there is one.
fn find<'b>(name: &str, block: &'b Methods, errors: &mut Errors) -> Option<&'b Function> {
    let is_hook = |function: &&Function| function.signature.ident == name && !function.annotated;
    let function = block.functions.iter().find(is_hook)?;
    if let Some(condition) = function.conditions.first() {
        errors.at(condition, format!("`{name}` can't be conditional; put the `#[cfg]` inside it"));
    }
    check_plain(function, block.side, errors);
    check_error(function, errors);
    Some(function)
}

/// Checks the function with the name of a hook, if there is one.
pub(crate) fn hook(name: &str, block: &Methods, errors: &mut Errors) -> Option<Hook> {
    let function = find(name, block, errors)?;
    Some(prepares(name, function, block.side, errors))
}

/// Checks a hook that takes the state.
fn prepares(name: &str, function: &Function, side: Side, errors: &mut Errors) -> Hook {
    check_receiver(function, side, errors);
    let what = format!(
        "`{name}` is a hook: it takes `&mut self`, and may take {}; if it is not meant as one, rename it",
        optional(side, "`&mut Context`")
    );
    let passed = passed(&function.params, &[&[Passed::Context], daemon(side)].concat(), &what, errors);
    Hook { ident: function.signature.ident.clone(), passed }
}

/// Reports a function that looks like a hook of the other side: it would never be called.
pub(crate) fn check_other_hook(function: &Function, side: Side, errors: &mut Errors) {
    let ident = &function.signature.ident;
    let Some(advice) = side.instead_of(&ident.to_string()) else { return };
    if !function.annotated && (prepares_state(function) || makes_state(function)) {
        errors.at(ident, advice);
    }
}

fn prepares_state(function: &Function) -> bool {
    let exclusive =
        matches!(function.receiver, Some(Receiver { kind: ReceiverKind::Reference(_, _, Some(_)), .. }));
    exclusive && function.params.iter().all(|param| types::is_named(behind(&param.ty), "Context"))
}

fn makes_state(function: &Function) -> bool {
    let makes = match &function.signature.output {
        ReturnType::Type(_, ty) => types::paths(ty).iter().any(|path| path.is_ident("Self")),
        ReturnType::Default => false,
    };
    makes && function.receiver.is_none()
}

/// Lists what a function of this side may take, for a message.
pub(super) fn optional(side: Side, others: &str) -> String {
    match side {
        Side::Daemon | Side::Worker => others.to_owned(),
        Side::Plugin => format!("{others}, and the daemon (`&mut Echo`)"),
    }
}

/// What a function of this side may take besides its own state.
pub(super) fn daemon(side: Side) -> &'static [Passed] {
    match side {
        Side::Daemon | Side::Worker => &[],
        Side::Plugin => &[Passed::Daemon],
    }
}

pub(super) fn passed(params: &[Param], allowed: &[Passed], what: &str, errors: &mut Errors) -> Vec<Passed> {
    let mut passed = Vec::new();
    for param in params {
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
    let Type::Reference(reference) = types::peel(ty) else { return Some(Passed::Settings) };
    let named = |name| reference.mutability.is_none() && types::is_named(&reference.elem, name);
    let references =
        [("Event", Passed::Event), ("BeforeCall", Passed::BeforeCall), ("AfterCall", Passed::AfterCall)];
    let known = references.into_iter().find(|(name, _)| named(name)).map(|(_, passed)| passed);
    known.or_else(|| is_state(ty).then_some(Passed::Daemon))
}

fn signal(name: &Ident, errors: &mut Errors) -> Option<Kind> {
    let word = name.to_string();
    let word = word.as_str();
    if SIGNALS.contains(&word) {
        return Some(Kind::Signal(name.clone()));
    }
    if UNCAUGHT.contains(&word) {
        errors.at(
            name,
            format!("a process cannot catch `{word}`; to be notified before the end, write `SIGTERM`"),
        );
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

fn event(name: &Ident, side: Side, errors: &mut Errors) -> Option<Kind> {
    let word = name.to_string();
    let is_had = |only: &Option<Side>| only.is_none_or(|only| only == side.process());
    if word == "signal" || SIGNALS.contains(&word.as_str()) {
        let signal = if word == "signal" { "SIGHUP" } else { &word };
        errors.at(name, format!("a signal has an attribute of its own: write `#[on_signal({signal})]`"));
        return None;
    }
    let advice = match EVENTS.iter().find(|(written, ..)| *written == word) {
        Some((_, variant, only)) if is_had(only) => {
            return Some(Kind::Event(Ident::new(variant, name.span())));
        }
        Some((_, _, Some(other))) => {
            format!("`{word}` is an event of a {other}, not of a {side}: move the listener there")
        }
        Some((_, _, None)) | None => {
            let known = EVENTS.iter().filter(|(_, _, only)| is_had(only)).map(|(written, ..)| *written);
            spell::unknown("event", &word, &known.collect::<Vec<_>>())
        }
    };
    errors.at(name, advice);
    None
}
