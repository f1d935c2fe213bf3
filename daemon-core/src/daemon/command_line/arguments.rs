//! The command line: turns the arguments into an intent, with clap.
//!
//! The help page is generated from what the daemon declares; nothing is listed twice.

use std::ffi::OsString;

use clap_builder::builder::ValueParser;
use clap_builder::error::ErrorKind;
use clap_builder::parser::ValueSource;
use clap_builder::{Arg, ArgAction, ArgGroup, ArgMatches, Command};

use super::control::Order;
use super::convert;
use crate::daemon::config::Config;
use crate::daemon::registry::{self, Registry};
use crate::declare::worker::WorkerType;
use crate::declare::{Daemon, DaemonSpec, Flags, Initial};
use crate::error::{Error, Result};
use crate::rpc::method::{MethodSpec, help as help_of};
use crate::rpc::methods::Methods;
use crate::settings::layers::{Layer, Origin};
use crate::settings::options::{OPTIONS, Options};
use crate::settings::setting::{Arity, Form, Setting, SettingSpec};
use crate::settings::{Settings, limits};

/// What the user wants.
pub(in crate::daemon) enum Intent<F> {
    /// Start a daemon, with these settings.
    Start(Config, Box<F>),
    /// Control the running daemon.
    Control(Config, Order),
}

/// Why the program does nothing.
pub(in crate::daemon) enum Refusal {
    /// A page from clap: help, the version, or a usage error.
    Page(clap_builder::Error),
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Error(error)
    }
}

impl From<clap_builder::Error> for Refusal {
    fn from(page: clap_builder::Error) -> Self {
        Refusal::Page(page)
    }
}

/// Reads the command line.
pub(in crate::daemon) fn read<D: Daemon>(
    arguments: impl Iterator<Item = OsString>,
    registry: &Registry<D>,
) -> Result<Intent<D::Settings>, Refusal> {
    let Registry { worker_types, methods } = registry;
    check_flags::<D>(worker_types)?;
    let mut command = command::<D>(methods, worker_types);
    let matches = command.try_get_matches_from_mut(arguments)?;
    let layers = layers(&D::SPEC, &matches);
    let (options, mut settings) = Settings::resolve(&layers)?;
    if let Some((name, matches)) = matches.subcommand() {
        let order = order(name, matches, methods)?;
        return Ok(Intent::Control(Config::new(&D::SPEC, options, settings)?, order));
    }
    let own = set_flags::<D::Settings>(worker_types, &layers, &mut settings)
        .map_err(|reason| command.error(ErrorKind::ValueValidation, reason))?;
    Ok(Intent::Start(Config::new(&D::SPEC, options, settings)?, own))
}

/// Returns the sources of values. A configuration file would be another layer.
fn layers<'l>(declared: &'l DaemonSpec, matches: &'l ArgMatches) -> [Layer<'l>; 3] {
    let given = |source| move |spec: &SettingSpec| given(spec, matches, source);
    [
        Layer::new(Origin::Declaration, |spec| declared.given(spec)),
        Layer::new(Origin::Environment, given(ValueSource::EnvVariable)),
        Layer::new(Origin::CommandLine, given(ValueSource::CommandLine)),
    ]
}

/// Returns the texts that one source has for a setting.
fn given(spec: &SettingSpec, matches: &ArgMatches, source: ValueSource) -> Option<Vec<String>> {
    let id = id(spec);
    let raw = matches.get_raw(&id).filter(|_| matches.value_source(&id) == Some(source))?;
    let texts: Vec<String> = raw.map(|text| text.to_string_lossy().into_owned()).collect();
    match spec.form {
        Form::Limit => limits::last(&texts, spec.name).map(|value| vec![value.to_owned()]),
        Form::Flag | Form::Own | Form::Global => Some(texts),
    }
}

/// Creates the struct of the flags, and sets them.
fn set_flags<F: Flags + Initial>(
    types: &[Box<dyn WorkerType>],
    layers: &[Layer<'_>],
    settings: &mut Settings,
) -> Result<Box<F>, String> {
    let mut own = Box::new(F::initial());
    settings.apply(F::FLAGS, layers, &mut own)?;
    registry::try_flags(types, layers, settings)?;
    Ok(own)
}

fn command<D: Daemon>(methods: &Methods<D>, types: &[Box<dyn WorkerType>]) -> Command {
    let (about, more) = help_of(D::SPEC.doc);
    let mut command = Command::new(D::SPEC.name)
        .version(D::SPEC.version)
        .about(about)
        .arg_required_else_help(true)
        .subcommand_negates_reqs(true)
        .disable_help_subcommand(true)
        .args(OPTIONS.iter().map(|option| argument(&option.spec)))
        .group(ArgGroup::new("way to run").args(["daemon", "foreground"]).required(true))
        .args(own_flags::<D>().map(argument))
        .args(flags_of(types).map(argument))
        .subcommands(own_commands())
        .subcommands(methods.visible().filter(|entry| !is_own_command(&entry.name)).map(method_command));
    if !more.is_empty() {
        command = command.long_about(D::SPEC.doc);
    }
    command
}

fn own_commands() -> Vec<Command> {
    vec![
        Command::new("status")
            .about("Show the daemon's status; exit status as in LSB: 0 runs, 1 dead, 3 not running"),
        Command::new("stop").about("Stop the daemon; return when it is gone"),
        Command::new("restart").about("Restart the daemon with the arguments it was started with"),
        Command::new("reload").about("Tell the daemon to reload"),
        Command::new("workers")
            .about("Show the state of the workers")
            .arg(Arg::new("NAME").help("The name of a worker"))
            .arg(
                Arg::new("watch")
                    .long("watch")
                    .short('w')
                    .help("Refresh every second")
                    .action(ArgAction::SetTrue),
            ),
        Command::new("call")
            .about("Call a method")
            .arg(Arg::new("METHOD").required(true).help("The name of the method"))
            .arg(Arg::new("ARGS").num_args(0..).help("Its parameters, in order").allow_negative_numbers(true))
            .arg(
                option("json", "PARAMS", "Its parameters, as a JSON array or object").conflicts_with("ARGS"),
            ),
        Command::new("methods")
            .about("List the methods of the daemon, or describe one")
            .arg(Arg::new("NAME").help("The name of a method")),
    ]
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// The id of a setting for clap. The id of a user flag is never one of our own, whatever the field is called.
fn id(spec: &SettingSpec) -> String {
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
        .long_help((!more.is_empty()).then_some(spec.doc))
        .env(spec.env)
        .default_value(spec.default)
        .hide_default_value(spec.default == Some(""))
        .value_name(spec.value_name)
        .required(spec.required)
        .global(spec.form == Form::Global);
    match spec.arity {
        Arity::Present => argument.action(ArgAction::SetTrue),
        Arity::Count => argument.action(ArgAction::Count),
        Arity::One => argument.action(ArgAction::Set).value_parser(ValueParser::string()),
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
fn own_flags<D: Daemon>() -> impl Iterator<Item = &'static SettingSpec> {
    D::Settings::FLAGS.iter().map(|flag| &flag.spec)
}

/// The flags of workers, in addition to the daemon's. A pool has the daemon's flags.
fn flags_of(types: &[Box<dyn WorkerType>]) -> impl Iterator<Item = &'static SettingSpec> {
    types.iter().filter(|worker_type| !worker_type.is_pool()).flat_map(|worker_type| worker_type.flags())
}

/// Checks that no two flags have the same form: the daemon and its workers share the command line.
fn check_flags<D: Daemon>(types: &[Box<dyn WorkerType>]) -> Result<()> {
    let mut seen: Vec<&SettingSpec> = Vec::new();
    for spec in own_flags::<D>().chain(flags_of(types)) {
        let same = |other: &&&SettingSpec| {
            other.name == spec.name || (spec.short.is_some() && other.short == spec.short)
        };
        if let Some(other) = seen.iter().find(same) {
            return Err(Error::new(format!(
                "two flags are called `--{}` (-{}) and `--{}` (-{}); give one of them another name with \
                 `#[flag(long = …, short = …)]`",
                other.name,
                other.short.unwrap_or(' '),
                spec.name,
                spec.short.unwrap_or(' ')
            )));
        }
        seen.push(spec);
    }
    Ok(())
}

/// Whether a method has the name of one of our sub-commands: only `call` can call it.
fn is_own_command(name: &str) -> bool {
    own_commands().iter().any(|command| command.get_name() == name)
}

/// Whether sub-commands already have an option with this name; then a parameter with that name can only be set by
/// `call --json`.
fn is_own_option(name: &str) -> bool {
    let is_global = |option: &Setting<Options>| option.spec.form == Form::Global && option.spec.name == name;
    ["json", "help"].contains(&name) || OPTIONS.iter().any(is_global)
}

/// A method as a sub-command, with its parameters as options.
fn method_command<S>(entry: &crate::rpc::methods::Entry<S>) -> Command {
    let (help, more) = help_of(entry.spec.doc);
    let aliases = entry.spec.aliases.iter().filter(|alias| !is_own_command(alias));
    let mut command = Command::new(entry.name.clone())
        .about(help)
        .hide(registry::is_built_in(&entry.name))
        .aliases(aliases);
    if !more.is_empty() {
        command = command.long_about(entry.spec.doc);
    }
    let params = entry.spec.params.iter().filter(|param| !is_own_option(param.name));
    command.args(params.map(|param| {
        Arg::new(param.name)
            .long(param.name)
            .value_name(convert::word(param.schema).to_uppercase())
            .help(convert::help(param))
            .required(param.required())
            .allow_hyphen_values(true)
    }))
}

fn order<S>(name: &str, matches: &ArgMatches, methods: &Methods<S>) -> Result<Order> {
    let text = |name| matches.get_one::<String>(name).cloned();
    Ok(match name {
        "status" => Order::Status,
        "stop" => Order::Stop,
        "restart" => Order::Restart,
        "reload" => Order::Reload,
        "workers" => Order::Workers { name: text("NAME"), watch: matches.get_flag("watch") },
        "methods" => Order::Methods(text("NAME")),
        "call" => {
            let method = text("METHOD").unwrap_or_default();
            let given: Vec<&String> = matches.get_many("ARGS").into_iter().flatten().collect();
            let params = match text("json") {
                Some(json) => convert::structured(&json)?,
                None => convert::by_position(&given, about(methods, &method)),
            };
            Order::Call(method, params)
        }
        method => {
            let given = |name| matches.try_get_one::<String>(name).ok().flatten();
            let params = convert::by_name(about(methods, method).map_or(&[], |about| about.params), given);
            Order::Call(method.to_owned(), params)
        }
    })
}

fn about<'m, S>(methods: &'m Methods<S>, name: &str) -> Option<&'m MethodSpec> {
    methods.find(name).map(|index| &methods.entry(index).spec)
}
