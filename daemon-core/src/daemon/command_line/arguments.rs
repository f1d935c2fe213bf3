//! The command line: turns the arguments into an intent, with clap.

use std::ffi::OsString;
use std::process::ExitCode;

use clap_builder::error::ErrorKind;
use clap_builder::parser::ValueSource;
use clap_builder::{ArgMatches, Command};
use serde_json::value::RawValue;

use super::callable::Callable;
use super::commands::{Place, command, flags_of_plugins, flags_of_workers, id, own_flags};
use super::control::Order;
use super::failure;
use super::method_command;
use super::output::Format;
use super::pages;
use super::source::{marked, unmarked};
use super::values;
use crate::daemon::config::Config;
use crate::daemon::registry::{self, Registry};
use crate::declare::{Daemon, DaemonSpec, Flags, Initial};
use crate::error::{Error, Result};
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Methods;
use crate::rpc::texts::Kind;
use crate::settings::layers::{Layer, Origin};
use crate::settings::options::Options;
use crate::settings::setting::{Form, SettingSpec};
use crate::settings::{Settings, limits, options};

/// The method behind the sub-command `events`.
const EVENTS: &str = "daemon.events";

/// What the user wants.
pub(in crate::daemon) enum Intent<F> {
    /// Start a daemon, with these settings.
    Start(Config, Box<F>),
    /// Nothing more.
    Done(ExitCode),
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

/// Returns the command line of a daemon.
///
/// # Errors
///
/// If two flags have the same form.
pub(in crate::daemon) fn command_line<D: Daemon>(registry: &Registry<D>, place: Place) -> Result<Command> {
    check_flags(registry)?;
    Ok(command(registry, place))
}

/// Matches the arguments of the program, of which the first is its name.
pub(in crate::daemon) fn parse(
    command: &mut Command,
    arguments: impl Iterator<Item = OsString>,
) -> Result<ArgMatches, Refusal> {
    let matches = command.try_get_matches_from_mut(arguments.map(marked));
    Ok(matches.map_err(|page| failure::with_suggestion(page, command))?)
}

/// Reads what the command line has matched.
pub(in crate::daemon) fn read<D: Daemon>(
    command: &mut Command,
    matches: &ArgMatches,
    registry: &Registry<D>,
) -> Result<Intent<D::Settings>, Refusal> {
    let Registry { methods, .. } = registry;
    if let Some(page) = pages::page(command, matches) {
        return Ok(Intent::Done(page?));
    }
    let layers = layers(&D::SPEC, matches);
    let (options, mut settings) = Settings::resolve(&layers, D::SPEC.options())?;
    if let Some((name, matches)) = matches.subcommand() {
        let order = order(name, matches, command.find_subcommand_mut(name), methods)?;
        let mut config = Config::new(&D::SPEC, options, settings)?;
        config.by_socket = is_given(matches, "socket") && !is_given(matches, "pidfile");
        return Ok(Intent::Control(config, order));
    }
    check_cycle(&options, registry)?;
    let own = set_flags(registry, &layers, &mut settings)
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
    let texts: Vec<String> = raw.map(|text| unmarked(&text.to_string_lossy()).to_owned()).collect();
    match spec.form {
        Form::Limit => limits::last(&texts, spec.name).map(|value| vec![value.to_owned()]),
        Form::Flag | Form::Own | Form::Global => Some(texts),
    }
}

/// Whether an option was written, or set by the environment.
fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches!(matches.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// Creates the struct of the flags, and sets them.
fn set_flags<D: Daemon>(
    registry: &Registry<D>,
    layers: &[Layer<'_>],
    settings: &mut Settings,
) -> Result<Box<D::Settings>, String> {
    let mut own = Box::new(D::Settings::initial());
    settings.apply(D::Settings::FLAGS, layers, &mut own)?;
    registry::try_flags(registry, layers, settings)?;
    Ok(own)
}

/// Checks that each timer that a cycle names exists.
fn check_cycle<D: Daemon>(options: &Options, registry: &Registry<D>) -> Result<()> {
    let timers = || registry.functions.timers.iter().map(|timer| timer.name);
    for name in options.cycle.iter().flatten() {
        if !timers().any(|timer| timer == name) {
            let hint = match failure::similar(name, timers()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are: {}", timers().collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::usage(format!("--cycle={name}: there is no such timer; {hint}")));
        }
    }
    Ok(())
}

/// Checks that no two flags have the same form: the daemon, its plugins and its workers share the command line.
fn check_flags<D: Daemon>(registry: &Registry<D>) -> Result<()> {
    let own = own_flags::<D>().map(|spec| ("the daemon".to_owned(), spec));
    let cycle = options::cycle(D::SPEC.options()).map(|spec| ("`#[daemon(cycle)]`".to_owned(), spec));
    let mut seen: Vec<(String, &SettingSpec)> = Vec::new();
    for (owner, spec) in cycle.chain(own).chain(flags_of_plugins(registry)).chain(flags_of_workers(registry))
    {
        let same = |(_, other): &&(String, &SettingSpec)| {
            other.name == spec.name || (spec.short.is_some() && other.short == spec.short)
        };
        if let Some((first, other)) = seen.iter().find(same) {
            return Err(Error::new(format!(
                "two flags are called alike: {} of {first}, and {} of {owner}; give one of them another name with \
                 `#[flag(long = …, short = …)]`",
                forms(other),
                forms(spec),
            )));
        }
        seen.push((owner, spec));
    }
    Ok(())
}

/// Returns a flag as it is written.
fn forms(spec: &SettingSpec) -> String {
    match spec.short {
        Some(short) => format!("`--{}` (-{short})", spec.name),
        None => format!("`--{}`", spec.name),
    }
}

/// Reads what a sub-command orders; `command` is that of clap, for messages.
fn order<S>(
    name: &str,
    matches: &ArgMatches,
    command: Option<&mut Command>,
    methods: &Methods<S>,
) -> Result<Order, Refusal> {
    let text = |name| matches.get_one::<String>(name).cloned();
    let format = || Format::of(matches.get_one::<String>("output").map(String::as_str));
    Ok(match name {
        "version" => Order::Version,
        "status" => Order::Status,
        "stop" => Order::Stop,
        "restart" => Order::Restart,
        "reload" => Order::Reload,
        "console" => Order::Console { batch: matches.get_flag("batch"), format: format() },
        "mcp" => Order::Mcp,
        "token" => Order::Token(super::token::order(matches)?),
        "workers" => Order::Workers { name: text("NAME"), watch: matches.get_flag("watch") },
        "methods" => Order::Methods(text("NAME")),
        "call" => {
            let method = text("METHOD").unwrap_or_default();
            let given: Vec<&String> = matches.get_many("ARGS").into_iter().flatten().collect();
            let params = match text("json") {
                Some(json) => values::structured(&json)?,
                None => values::by_position(&given, about(methods, &method))?,
            };
            call(method, params, format(), methods)?
        }
        "events" => {
            let kinds: Vec<&String> = matches.get_many("KINDS").into_iter().flatten().collect();
            let param = about(methods, EVENTS).and_then(|spec| spec.params.first());
            let param = param.filter(|_| matches.contains_id("KINDS"));
            let given = param.map(|param| (param.name, Kind::of(param), kinds.as_slice()));
            let params = values::by_name(given)?;
            Order::Watch { method: EVENTS.to_owned(), params, format: format() }
        }
        method => {
            let entry = methods.find(method).map(|index| methods.entry(index));
            let params = match (entry, command) {
                (Some(entry), Some(command)) => {
                    method_command::params(&Callable::of(entry), command, matches)?
                }
                (_, _) => values::by_name([])?,
            };
            call(method.to_owned(), params, format(), methods)?
        }
    })
}

/// Returns the order to call a method, in the way it answers. Values that it would refuse are refused here.
fn call<S>(
    method: String,
    params: Box<RawValue>,
    format: Format,
    methods: &Methods<S>,
) -> Result<Order, Refusal> {
    let spec = about(methods, &method);
    if let Some(spec) = spec {
        values::check(&params, spec)?;
    }
    Ok(match spec.and_then(|spec| spec.items) {
        Some(_) => Order::Watch { method, params, format },
        None => Order::Call { method, params, format },
    })
}

fn about<'m, S>(methods: &'m Methods<S>, name: &str) -> Option<&'m MethodSpec> {
    methods.find(name).map(|index| &methods.entry(index).spec)
}
