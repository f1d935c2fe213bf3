//! A method as a sub-command: each parameter is an option, and the required ones can be given by position as well.

use clap_builder::builder::{PossibleValuesParser, ValueParser};
use clap_builder::error::ErrorKind;
use clap_builder::{Arg, ArgAction, ArgMatches, Command};
use serde_json::value::RawValue;

use super::arguments::Refusal;
use super::callable::{Callable, Parameter};
use super::commands::Place;
use super::prose::reflowed;
use super::source::unmarked;
use super::values;
use super::{commands, examples, help};
use crate::daemon::registry;
use crate::rpc::method::help as help_of;
use crate::rpc::methods::Entry;
use crate::rpc::texts::Kind;

/// Returns the sub-command of a method of this daemon.
pub(super) fn method_command<S>(daemon: &str, entry: &Entry<S>, place: Place) -> Command {
    let command = callable_command(&Callable::of(entry), &format!("{daemon} {}", entry.name), place);
    match examples::help(&entry.spec, daemon, &entry.name) {
        Some(examples) => command.after_help(examples),
        None => command,
    }
}

/// Returns the sub-command of a method; `call` is how it is called.
pub(in crate::daemon) fn callable_command(method: &Callable, call: &str, place: Place) -> Command {
    let (about, more) = help_of(&method.doc);
    let command = Command::new(method.name.clone())
        .about(about.to_owned())
        .hide(registry::is_built_in(&method.name))
        .aliases(method.aliases.clone())
        .args(method.params.iter().map(option))
        .args(positional(method, place))
        .arg(commands::output());
    let command = match place {
        Place::Top => command.override_usage(usage(call, method)),
        // Only clap knows how the program calls the daemon.
        Place::Nested => command,
    };
    if more.is_empty() { command } else { command.long_about(reflowed(&method.doc)) }
}

/// Returns how the sub-command is written. To clap, no parameter is required, because each can be given in two ways.
fn usage(call: &str, method: &Callable) -> String {
    let places: String = method.required().map(|param| format!(" <{}>", param.long.to_uppercase())).collect();
    let last = method.required().last().map(|param| param.kind);
    let dots = if let Some(Kind::List { .. }) = last { "..." } else { "" };
    format!("{call} [OPTIONS]{places}{dots}")
}

/// The id of a parameter's option for clap; it is never one of our own, whatever the parameter is called.
fn option_id(param: &Parameter) -> String {
    format!("param {}", param.name)
}

/// The id of a parameter's place for clap.
fn place_id(param: &Parameter) -> String {
    format!("place {}", param.name)
}

fn option(param: &Parameter) -> Arg {
    let argument =
        value(option_id(param), param).value_name(param.word.to_uppercase()).long(param.long.clone());
    let argument = argument.aliases(param.alias.clone());
    match param.kind {
        Kind::Switch => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Kind::List { .. } => argument.action(ArgAction::Append),
        Kind::Text | Kind::Json => argument,
    }
}

/// An argument that is a value of a parameter, with its help.
fn value(id: String, param: &Parameter) -> Arg {
    let parser = match param.choices.is_empty() {
        true => ValueParser::string(),
        false => PossibleValuesParser::new(param.choices.clone()).into(),
    };
    let argument = Arg::new(id).help(help::short(param)).value_parser(parser).allow_negative_numbers(true);
    match help::long(param) {
        Some(long) => argument.long_help(long),
        None => argument,
    }
}

/// The places of the required parameters. A list at the end takes all that is left.
fn positional(method: &Callable, place: Place) -> impl Iterator<Item = Arg> {
    let last = method.required().count();
    method.required().zip(1..).map(move |(param, number)| {
        // The options have the help, and the usage has the places.
        let argument = value(place_id(param), param)
            .value_name(param.long.to_uppercase())
            .hide(place == Place::Top)
            .hide_short_help(true)
            .hide_long_help(true);
        let takes_all = number == last && matches!(param.kind, Kind::List { .. });
        if takes_all { argument.num_args(1..) } else { argument }
    })
}

/// Reads the parameters from the arguments of a method's sub-command.
pub(in crate::daemon) fn params(
    method: &Callable,
    command: &mut Command,
    matches: &ArgMatches,
) -> Result<Box<RawValue>, Refusal> {
    let given = |id: &str| -> Vec<&String> { matches.get_many(id).into_iter().flatten().collect() };
    let mut texts: Vec<(&Parameter, Vec<&String>)> =
        method.params.iter().map(|param| (param, given(&option_id(param)))).collect();
    let placed = method.required().flat_map(|param| given(&place_id(param))).collect();
    place(placed, &mut texts).map_err(|(kind, words)| command.error(kind, words))?;
    texts.retain(|(_, texts)| !texts.is_empty());
    let given = texts.iter().map(|(param, texts)| (param.name.as_str(), param.kind, texts.as_slice()));
    Ok(values::by_name(given)?)
}

/// Gives what was written by position to the required parameters that no option has set, in order.
fn place<'a>(
    placed: Vec<&'a String>,
    texts: &mut [(&Parameter, Vec<&'a String>)],
) -> Result<(), (ErrorKind, String)> {
    let mut placed = placed.into_iter().peekable();
    let mut open: Vec<_> =
        texts.iter_mut().filter(|(param, texts)| texts.is_empty() && param.required).collect();
    let count = open.len();
    for (number, (param, texts)) in open.iter_mut().enumerate() {
        let takes_all = number + 1 == count && matches!(param.kind, Kind::List { .. });
        let most = if takes_all { usize::MAX } else { 1 };
        texts.extend(placed.by_ref().take(most));
        if texts.is_empty() {
            let (name, long) = (&param.name, &param.long);
            let words = format!("`{name}` is missing: write it by position, or as `--{long}`");
            return Err((ErrorKind::MissingRequiredArgument, words));
        }
    }
    match placed.next() {
        Some(surplus) => {
            let words = format!("unexpected argument '{}' found", unmarked(surplus));
            Err((ErrorKind::UnknownArgument, words))
        }
        None => Ok(()),
    }
}
