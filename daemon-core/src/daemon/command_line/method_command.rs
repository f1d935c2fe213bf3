//! A method as a sub-command: each parameter is an option, and the required ones can be given by position as well.

use clap_builder::builder::{PossibleValuesParser, ValueParser};
use clap_builder::error::ErrorKind;
use clap_builder::{Arg, ArgAction, ArgMatches, Command};
use serde_json::value::RawValue;

use super::arguments::Refusal;
use super::commands::Place;
use super::prose::reflowed;
use super::source::unmarked;
use super::values;
use super::{commands, examples, help};
use crate::daemon::registry;
use crate::rpc::method::{MethodSpec, help as help_of};
use crate::rpc::methods::Entry;
use crate::rpc::param::Param;
use crate::rpc::shape::choices;
use crate::rpc::texts::Kind;

/// Returns the sub-command of a method of this daemon.
pub(super) fn method_command<S>(daemon: &str, entry: &Entry<S>, place: Place) -> Command {
    let spec = &entry.spec;
    let (about, more) = help_of(spec.doc);
    let command = Command::new(entry.name.clone())
        .about(about)
        .hide(registry::is_built_in(&entry.name))
        .aliases(spec.aliases)
        .args(spec.params.iter().map(option))
        .args(positional(spec, place))
        .arg(commands::output());
    let command = match place {
        Place::Top => command.override_usage(usage(daemon, entry)),
        // Only clap knows how the program calls the daemon.
        Place::Nested => command,
    };
    let command = match examples::help(spec, daemon, &entry.name) {
        Some(examples) => command.after_help(examples),
        None => command,
    };
    if more.is_empty() { command } else { command.long_about(reflowed(spec.doc)) }
}

/// Returns how the sub-command is written. To clap, no parameter is required, because each can be given in two ways.
fn usage<S>(daemon: &str, entry: &Entry<S>) -> String {
    let places: String =
        required(&entry.spec).map(|param| format!(" <{}>", param.long().to_uppercase())).collect();
    let last = required(&entry.spec).last().map(Kind::of);
    let dots = if let Some(Kind::List { .. }) = last { "..." } else { "" };
    format!("{daemon} {} [OPTIONS]{places}{dots}", entry.name)
}

/// The id of a parameter's option for clap; it is never one of our own, whatever the parameter is called.
fn option_id(param: &Param) -> String {
    format!("param {}", param.name)
}

/// The id of a parameter's place for clap.
fn place_id(param: &Param) -> String {
    format!("place {}", param.name)
}

fn option(param: &Param) -> Arg {
    let long = param.long();
    let argument = value(option_id(param), param)
        .value_name(help::word(param).to_uppercase())
        .alias((param.long.is_none() && long != param.name).then_some(param.name))
        .long(long);
    match Kind::of(param) {
        Kind::Switch => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Kind::List { .. } => argument.action(ArgAction::Append),
        Kind::Text | Kind::Json => argument,
    }
}

/// An argument that is a value of a parameter, with its help.
fn value(id: String, param: &Param) -> Arg {
    let choices = choices(param.schema);
    let parser = match choices.is_empty() {
        true => ValueParser::string(),
        false => PossibleValuesParser::new(choices).into(),
    };
    let argument = Arg::new(id).help(help::short(param)).value_parser(parser).allow_negative_numbers(true);
    match help::long(param) {
        Some(long) => argument.long_help(long),
        None => argument,
    }
}

/// The places of the required parameters. A list at the end takes all that is left.
fn positional(spec: &MethodSpec, place: Place) -> impl Iterator<Item = Arg> {
    let last = required(spec).count();
    required(spec).zip(1..).map(move |(param, number)| {
        // The options have the help, and the usage has the places.
        let argument = value(place_id(param), param)
            .value_name(param.long().to_uppercase())
            .hide(place == Place::Top)
            .hide_short_help(true)
            .hide_long_help(true);
        let takes_all = number == last && matches!(Kind::of(param), Kind::List { .. });
        if takes_all { argument.num_args(1..) } else { argument }
    })
}

fn required(spec: &MethodSpec) -> impl Iterator<Item = &'static Param> {
    spec.params.iter().filter(|param| param.required())
}

/// Reads the parameters from the arguments of a method's sub-command.
pub(super) fn params(
    spec: &MethodSpec,
    command: &mut Command,
    matches: &ArgMatches,
) -> Result<Box<RawValue>, Refusal> {
    let given = |id: &str| -> Vec<&String> { matches.get_many(id).into_iter().flatten().collect() };
    let mut texts: Vec<(&Param, Vec<&String>)> =
        spec.params.iter().map(|param| (param, given(&option_id(param)))).collect();
    let placed = required(spec).flat_map(|param| given(&place_id(param))).collect();
    place(placed, &mut texts).map_err(|(kind, words)| command.error(kind, words))?;
    texts.retain(|(_, texts)| !texts.is_empty());
    Ok(values::by_name(&texts)?)
}

/// Gives what was written by position to the required parameters that no option has set, in order.
fn place<'a>(
    placed: Vec<&'a String>,
    texts: &mut [(&Param, Vec<&'a String>)],
) -> Result<(), (ErrorKind, String)> {
    let mut placed = placed.into_iter().peekable();
    let mut open: Vec<_> =
        texts.iter_mut().filter(|(param, texts)| texts.is_empty() && param.required()).collect();
    let count = open.len();
    for (number, (param, texts)) in open.iter_mut().enumerate() {
        let takes_all = number + 1 == count && matches!(Kind::of(param), Kind::List { .. });
        let most = if takes_all { usize::MAX } else { 1 };
        texts.extend(placed.by_ref().take(most));
        if texts.is_empty() {
            let (name, long) = (param.name, param.long());
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
