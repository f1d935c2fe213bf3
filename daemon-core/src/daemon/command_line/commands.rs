//! What can be written on the command line: the flags, and the sub-commands.
//!
//! The help page is generated from what the daemon declares; nothing is listed twice.

use clap_builder::builder::{PossibleValuesParser, ValueParser};
use clap_builder::{Arg, ArgAction, ArgGroup, Command};

use super::method_command::method_command;
use super::output::Format;
use super::prose::reflowed;
use super::{console, mcp, pages, token};
use crate::daemon::registry::Registry;
use crate::declare::{Daemon, Flags};
use crate::directory::MemberName;
use crate::rpc::method::help as help_of;
use crate::settings::options;
use crate::settings::setting::{Arity, Form, SettingSpec};

/// The names of our own sub-commands, with those of features that are off: a method with such a name would lose its
/// sub-command when another crate switches the feature on.
pub(crate) const COMMANDS: [&str; 15] = [
    "call",
    "completions",
    "console",
    "events",
    "help",
    "man",
    "mcp",
    "methods",
    "reload",
    "restart",
    "status",
    "stop",
    "token",
    "version",
    "workers",
];

/// The options of every method's sub-command that are not its parameters, with those of features that are off.
pub(crate) const METHOD_OPTIONS: [&str; 8] =
    ["help", "output", "pidfile", "socket", "timeout", "tls-ca", "token-file", "tokens"];

/// Where a daemon's command line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::daemon) enum Place {
    /// It is that of the program.
    Top,
    /// It is nested in that of the program, which has pages of its own.
    Nested,
}

/// Returns the whole command line of a daemon.
pub(super) fn command<D: Daemon>(registry: &Registry<D>, place: Place) -> Command {
    let Registry { methods, worker_types, .. } = registry;
    let of_plugins = flags_of_plugins(registry);
    let (about, more) = help_of(D::SPEC.doc);
    let mut command = Command::new(D::SPEC.name)
        .version(D::SPEC.version)
        .about(about)
        .arg_required_else_help(true)
        .subcommand_negates_reqs(true)
        .args(
            options::tables(D::SPEC.options())
                .into_iter()
                .flatten()
                .map(|option| with_variable(argument(&option.spec), D::SPEC.name)),
        )
        .group(ArgGroup::new("way to run").args(ways_to_run(D::SPEC.cycle)).required(true))
        .args(own_flags::<D>().map(argument))
        .args(of_plugins.map(|(plugin, spec)| argument(spec).help_heading(format!("Options of {plugin}"))))
        .args(flags_of_workers(registry).map(|(_, spec)| argument(spec)))
        .subcommands(own_commands(!worker_types.is_empty()))
        .subcommands(
            methods
                .visible()
                .filter(|entry| !entry.spec.call_only)
                .map(|entry| method_command(D::SPEC.name, entry, place)),
        );
    if place == Place::Top {
        command = command.subcommands(pages::commands());
    }
    if !more.is_empty() {
        command = command.long_about(reflowed(D::SPEC.doc));
    }
    command
}

/// Returns the options of which a start has exactly one.
fn ways_to_run(has_cycle: bool) -> impl Iterator<Item = &'static str> {
    ["daemon", "foreground"].into_iter().chain(has_cycle.then_some("cycle"))
}

/// Lets the environment name the daemon, such as `ECHO_SOCKET`: for its start and for all that call it. An instance has
/// variables of its own, such as `ECHO_BLUE_SOCKET`: two must not share a socket. The address of a
/// NATS server may have a password, which does not belong among the arguments.
fn with_variable(argument: Arg, daemon: &str) -> Arg {
    let Some(option) = argument
        .get_long()
        .map(str::to_owned)
        .filter(|option| ["socket", "pidfile", "tls-ca", "nats"].contains(&&**option))
    else {
        return argument;
    };
    let variable =
        format!("{}_{option}", MemberName::current(daemon)).to_uppercase().replace(['-', '@'], "_");
    argument.hide_env_values(option == "nats").env(variable)
}

/// Returns the sub-commands that every daemon has, and that for its workers, if it has any.
fn own_commands(has_workers: bool) -> Vec<Command> {
    let mut commands = vec![
        Command::new("status")
            .about("Show the daemon's status; exit status as in LSB: 0 runs, 1 dead, 3 not running"),
        Command::new("stop").about("Stop the daemon; return when it is gone"),
        Command::new("restart").about("Restart the daemon with the arguments it was started with"),
        Command::new("reload").about("Tell the daemon to reload"),
        call(),
        events(),
        Command::new("methods")
            .about("List the methods of the daemon, or describe one")
            .arg(Arg::new("NAME").help("The name of a method")),
        Command::new("version").about("Print the version"),
    ];
    commands.extend(console::command());
    commands.extend(token::command());
    commands.extend(mcp::command());
    if has_workers {
        commands.push(workers());
    }
    commands
}

/// Returns a command line that accepts anything, for a daemon that can't have one.
pub(in crate::daemon) fn of_anything(name: &'static str) -> Command {
    let arguments = Arg::new("ARGS").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
    Command::new(name).disable_help_flag(true).arg(arguments.hide(true))
}

fn call() -> Command {
    Command::new("call")
        .about("Call a method")
        .arg(Arg::new("METHOD").required(true).help("The name of the method"))
        .arg(
            Arg::new("ARGS")
                .num_args(0..)
                .help("Its parameters, in order; `@file` and `-` read a file and standard input")
                .allow_negative_numbers(true),
        )
        .arg(option("json", "PARAMS", "Its parameters, as a JSON array or object").conflicts_with("ARGS"))
        .arg(output())
}

fn events() -> Command {
    Command::new("events")
        .about("Print the events of the daemon, as they happen")
        .arg(
            Arg::new("KINDS")
                .num_args(0..)
                .help("The kinds of events, such as `connect`; all but `turn` by default"),
        )
        .arg(output())
}

fn workers() -> Command {
    let watch = Arg::new("watch").long("watch").short('w').help("Refresh every second");
    Command::new("workers")
        .about("Show the state of the workers")
        .arg(Arg::new("NAME").help("The name of a worker"))
        .arg(watch.action(ArgAction::SetTrue))
}

/// Returns the option for the form of a result.
pub(super) fn output() -> Arg {
    option("output", "FORM", "How to print the result").value_parser(PossibleValuesParser::new(Format::NAMES))
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// Returns the id of a setting for clap. The id of a user flag is never one of our own, whatever the field is called.
pub(super) fn id(spec: &SettingSpec) -> String {
    match spec.form {
        Form::Flag => format!("flag {}", spec.name),
        Form::Own | Form::Global => spec.name.to_owned(),
        Form::Limit => "limit".to_owned(),
    }
}

/// A setting as an argument of the command line.
fn argument(spec: &'static SettingSpec) -> Arg {
    let (help, more) = help_of(spec.doc);
    let argument = Arg::new(id(spec))
        .long(spec.name)
        .short(spec.short)
        .help(help)
        .env(spec.env)
        .default_value(spec.default)
        .hide_default_value(spec.default == Some(""))
        .value_name(spec.value_name)
        .required(spec.required)
        .global(spec.form == Form::Global);
    let argument = if more.is_empty() { argument } else { argument.long_help(reflowed(spec.doc)) };
    match spec.arity {
        Arity::Present => argument.action(ArgAction::SetTrue),
        Arity::Count => argument.action(ArgAction::Count),
        Arity::One => argument.action(ArgAction::Set).value_parser(ValueParser::string()),
        Arity::Optional => argument
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("")
            .value_parser(ValueParser::string()),
        Arity::Many => argument.action(ArgAction::Append).value_parser(ValueParser::string()),
        Arity::Switch => argument
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL")
            .value_parser(ValueParser::string()),
    }
}

/// The daemon's flags.
pub(super) fn own_flags<D: Daemon>() -> impl Iterator<Item = &'static SettingSpec> {
    D::Settings::FLAGS.iter().map(|flag| &flag.spec)
}

/// The flags of plugins, each with the name of its plugin.
pub(super) fn flags_of_plugins<D: Daemon>(
    registry: &Registry<D>,
) -> impl Iterator<Item = (String, &'static SettingSpec)> {
    registry.functions.plugins.iter().flat_map(|plugin| {
        let name = format!("the plugin `{}`", plugin.spec.name);
        (plugin.flags)().into_iter().map(move |spec| (name.clone(), spec))
    })
}

/// The flags of workers, each with the name of its worker. A pool has the daemon's flags.
pub(super) fn flags_of_workers<D: Daemon>(
    registry: &Registry<D>,
) -> impl Iterator<Item = (String, &'static SettingSpec)> {
    registry.worker_types.iter().filter(|worker_type| !worker_type.is_pool()).flat_map(|worker_type| {
        let name = format!("the worker `{}`", worker_type.spec().name);
        worker_type.flags().into_iter().map(move |spec| (name.clone(), spec))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::options::{OPTIONS, TLS_OPTIONS, TOKEN_OPTIONS};

    #[test]
    fn the_names_that_are_reserved_are_those_that_are_used() {
        let commands = own_commands(true);
        // clap adds `help`; the pages depend on a feature.
        let used = commands.iter().map(Command::get_name).chain([
            "completions",
            "console",
            "help",
            "man",
            "mcp",
            "token",
        ]);
        assert_eq!(used.collect::<BTreeSet<_>>(), BTreeSet::from(COMMANDS));
        let all = OPTIONS.iter().chain(TLS_OPTIONS).chain(TOKEN_OPTIONS);
        let of_all = all.map(|option| &option.spec).filter(|spec| spec.form == Form::Global);
        let output = output();
        let options = of_all.map(|spec| spec.name).chain(["help"]).chain(output.get_long());
        assert_eq!(options.collect::<BTreeSet<_>>(), BTreeSet::from(METHOD_OPTIONS));
    }
}
