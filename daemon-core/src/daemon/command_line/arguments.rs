//! The command line: from the arguments to a wish, in clap's words.
//!
//! The page is made from what the daemon declares; nothing is listed twice.

use std::ffi::OsString;

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use super::control::Order;
use super::convert;
use crate::channel::message::FlagValues;
use crate::daemon::config::{Config, Raw};
use crate::daemon::registry;
use crate::declare::Daemon;
use crate::declare::flag::{Arity, FlagSpec};
use crate::declare::worker::WorkerType;
use crate::error::{Error, Result};
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Methods;
use crate::rpc::openrpc;

/// What the user wants.
pub(in crate::daemon) enum Intent<D> {
    /// A daemon, with its flags set, and what was given for those of its workers.
    Start(Config, Box<D>, WorkerFlags),
    /// Something of the daemon that runs.
    Control(Config, Order),
}

/// What was given for the flags of each worker, by the place of the flag in its table.
pub(in crate::daemon) type WorkerFlags = Vec<FlagValues>;

/// Why there is nothing to do.
pub(in crate::daemon) enum Refusal {
    /// clap has a page to show: help, the version, or what is wrong.
    Page(clap::Error),
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Error(error)
    }
}

impl From<clap::Error> for Refusal {
    fn from(page: clap::Error) -> Self {
        Refusal::Page(page)
    }
}

/// Options that every sub-command has as well; a method's parameter of that name is given by `call --json`.
const GLOBAL: [&str; 6] = ["socket", "pidfile", "limit", "timeout", "json", "help"];

/// Reads the command line.
pub(in crate::daemon) fn read<D: Daemon>(
    arguments: impl Iterator<Item = OsString>,
) -> Result<Intent<D>, Refusal> {
    let types = registry::worker_types::<D>()?;
    let methods = registry::methods::<D>(&types)?;
    check_flags::<D>(&types)?;
    let mut command = command::<D>(&methods, &types);
    let matches = command.try_get_matches_from_mut(arguments)?;
    let config = Config::new(&D::SPEC, &raw(&matches))?;
    if let Some((name, matches)) = matches.subcommand() {
        return Ok(Intent::Control(config, order(name, matches, &methods)?));
    }
    let mut state = D::default();
    for flag in D::FLAGS {
        apply(&flag.spec, &matches, |given| (flag.set)(&mut state, given))
            .map_err(|reason| command.error(ErrorKind::ValueValidation, reason))?;
    }
    let given = types.iter().map(|worker_type| given(&**worker_type, &matches)).collect::<Result<_, _>>();
    let given = given.map_err(|reason| command.error(ErrorKind::ValueValidation, reason))?;
    Ok(Intent::Start(config, Box::new(state), given))
}

fn command<D: Daemon>(methods: &Methods<D>, types: &[Box<dyn WorkerType>]) -> Command {
    let (about, more) = openrpc::help(D::SPEC.doc);
    let mut command = Command::new(D::SPEC.name)
        .version(D::SPEC.version)
        .about(about)
        .arg_required_else_help(true)
        .subcommand_negates_reqs(true)
        .disable_help_subcommand(true)
        .args(own_arguments())
        .group(ArgGroup::new("way to run").args(["daemon", "foreground"]).required(true))
        .args(D::FLAGS.iter().map(|flag| argument(&flag.spec)))
        .args(flags_of(types).map(argument))
        .subcommands(own_commands())
        .subcommands(methods.visible().filter(|entry| !is_own_command(&entry.name)).map(method_command));
    if !more.is_empty() {
        command = command.long_about(D::SPEC.doc);
    }
    command
}

fn own_arguments() -> Vec<Arg> {
    vec![
        switch("daemon", 'd', "Detach; return when the daemon is ready"),
        switch("foreground", 'f', "Stay in the foreground, with messages on standard error"),
        switch("verbose", 'v', "Say more; twice for everything").action(ArgAction::Count),
        switch("quiet", 'q', "Say less; twice for errors only").action(ArgAction::Count),
        switch("hardstart", 's', "First clear what a dead daemon has left behind, whosever it was"),
        option("socket", "URI", "Where to listen, or to call: unix:/path or tcp://host:port; repeatable")
            .action(ArgAction::Append)
            .global(true),
        option("pidfile", "PATH", "Where the pid file is")
            .value_parser(value_parser!(std::path::PathBuf))
            .global(true),
        option("timeout", "DURATION", "How long a sub-command waits for its answer, such as 30s")
            .global(true),
        option("log", "WHERE", "Where messages go: a path, stderr, syslog or journal"),
        option("limit", "NAME=VALUE", "Set a limit, such as connections=4096 or idle=1h; repeatable")
            .action(ArgAction::Append)
            .global(true),
    ]
}

fn own_commands() -> Vec<Command> {
    vec![
        Command::new("status")
            .about("Tell how the daemon is; exit status as in LSB: 0 runs, 1 dead, 3 not running"),
        Command::new("stop").about("Stop the daemon; return when it has gone"),
        Command::new("restart").about("Stop the daemon, and start it again as it was started"),
        Command::new("reload").about("Tell the daemon to reload"),
        Command::new("workers")
            .about("Show how the workers are")
            .arg(Arg::new("NAME").help("One of them"))
            .arg(
                Arg::new("watch")
                    .long("watch")
                    .short('w')
                    .help("Again every second")
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

fn switch(name: &'static str, short: char, help: &'static str) -> Arg {
    Arg::new(name).short(short).long(name).help(help).action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// What clap knows a flag by: no name of ours, whatever the field is called.
fn id(flag: &FlagSpec) -> String {
    format!("flag {}", flag.long)
}

/// A flag of the user's.
fn argument(flag: &'static FlagSpec) -> Arg {
    let (help, more) = openrpc::help(flag.doc);
    let mut argument = Arg::new(id(flag)).long(flag.long).help(help).required(flag.required);
    if !more.is_empty() {
        argument = argument.long_help(flag.doc);
    }
    if let Some(short) = flag.short {
        argument = argument.short(short);
    }
    if let Some(env) = flag.env {
        argument = argument.env(env);
    }
    if let Some(default) = flag.default {
        argument = argument.default_value(default).hide_default_value(default.is_empty());
    }
    if let Some(name) = flag.value_name {
        argument = argument.value_name(name);
    }
    match flag.arity {
        Arity::One => argument.action(ArgAction::Set),
        Arity::Many => argument.action(ArgAction::Append),
        Arity::Switch => argument
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL"),
    }
    .value_parser(ValueParser::string())
}

/// The flags that workers have beside those of the daemon.
fn flags_of(types: &[Box<dyn WorkerType>]) -> impl Iterator<Item = &'static FlagSpec> {
    types.iter().filter(|worker_type| !worker_type.is_pool()).flat_map(|worker_type| worker_type.flags())
}

/// Sees to it that each flag means one thing: the daemon and its workers share the command line.
fn check_flags<D: Daemon>(types: &[Box<dyn WorkerType>]) -> Result<()> {
    let mut seen: Vec<&FlagSpec> = Vec::new();
    for spec in D::FLAGS.iter().map(|flag| &flag.spec).chain(flags_of(types)) {
        let same = |other: &&&FlagSpec| {
            other.long == spec.long || (spec.short.is_some() && other.short == spec.short)
        };
        if let Some(other) = seen.iter().find(same) {
            return Err(Error::new(format!(
                "two flags are called `--{}` (-{}) and `--{}` (-{}); give one of them another name with \
                 `#[flag(long = …, short = …)]`",
                other.long,
                other.short.unwrap_or(' '),
                spec.long,
                spec.short.unwrap_or(' ')
            )));
        }
        seen.push(spec);
    }
    Ok(())
}

/// What was given for the flags of a worker; each is tried, so that a mistake shows before anything starts.
fn given(worker_type: &dyn WorkerType, matches: &ArgMatches) -> Result<FlagValues, String> {
    let one = |(index, spec): (usize, &'static FlagSpec)| {
        let mut taken = None;
        apply(spec, matches, |given| {
            worker_type.try_flag(index, given)?;
            taken = Some(given.to_vec());
            Ok(())
        })?;
        Ok(taken)
    };
    worker_type.flags().into_iter().enumerate().map(one).collect()
}

/// Hands over what was given for a flag, on the command line or by its variable; nothing if it was not given.
fn apply(
    spec: &FlagSpec,
    matches: &ArgMatches,
    set: impl FnOnce(&[String]) -> Result<(), String>,
) -> Result<(), String> {
    let Some(source) = matches.value_source(&id(spec)) else { return Ok(()) };
    let given: Vec<String> = matches.get_many::<String>(&id(spec)).into_iter().flatten().cloned().collect();
    let place = match (source, spec.env) {
        (ValueSource::EnvVariable, Some(env)) => format!("{env} (for --{})", spec.long),
        _ => format!("--{}", spec.long),
    };
    set(&given).map_err(|reason| format!("{place} {}: {reason}", given.join(" ")))
}

/// Whether a method has the name of one of our sub-commands: it is called by `call` alone.
fn is_own_command(name: &str) -> bool {
    own_commands().iter().any(|command| command.get_name() == name)
}

/// A method as a sub-command, with its parameters as options.
fn method_command<S>(entry: &crate::rpc::methods::Entry<S>) -> Command {
    let (help, more) = openrpc::help(entry.spec.doc);
    let aliases = entry.spec.aliases.iter().filter(|alias| !is_own_command(alias));
    let built_in =
        ["system.", "daemon.", "rpc.", "worker."].iter().any(|prefix| entry.name.starts_with(prefix));
    let mut command = Command::new(entry.name.clone()).about(help).hide(built_in).aliases(aliases);
    if !more.is_empty() {
        command = command.long_about(entry.spec.doc);
    }
    let params = entry.spec.params.iter().filter(|param| !GLOBAL.contains(&param.name));
    command.args(params.map(|param| {
        Arg::new(param.name)
            .long(param.name)
            .value_name(convert::word(param.schema).to_uppercase())
            .help(convert::help(param))
            .required(param.required())
            .allow_hyphen_values(true)
    }))
}

fn raw(matches: &ArgMatches) -> Raw {
    let count = |name| i32::from(matches.get_count(name));
    let strings = |name| matches.get_many::<String>(name).into_iter().flatten().cloned().collect();
    Raw {
        sockets: strings("socket"),
        pid_file: matches.get_one("pidfile").cloned(),
        limits: strings("limit"),
        log: matches.get_one("log").cloned(),
        timeout: matches.get_one("timeout").cloned(),
        detach: matches.get_flag("daemon"),
        hard: matches.get_flag("hardstart"),
        verbosity: count("verbose") - count("quiet"),
    }
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
