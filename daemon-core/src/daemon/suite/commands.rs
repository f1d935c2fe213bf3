//! The sub-commands that are about all daemons of a suite.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap_builder::{Arg, ArgAction, ArgMatches, Command};

use super::look::{self, MemberStatus, connect};
use super::plan::Plan;
use super::{Suite, console, table, tail, up};
use crate::credentials::rotate_secret;
use crate::daemon::command_line::{Format, aligned, print_result, say};
use crate::daemon::process::pid_lock::{Holder, holder};
use crate::directory::{Directory, MemberName};
use crate::error::{Error, OrError, Result};
use crate::sys::process::Process;

/// Their names.
pub(super) const NAMES: [&str; 11] =
    ["up", "down", "ps", "status", "logs", "start", "stop", "restart", "discover", "secret", "console"];
/// How long starting, stopping or restarting a member may take.
const CHANGING: Duration = Duration::from_secs(120);
/// How long a member that was started by hand may take to stop.
const STOPPING: Duration = Duration::from_secs(60);
/// Exit statuses of `status`, from the Linux Standard Base 5.0, section 22.2; the last one is the first for applications.
const NOT_RUNNING: u8 = 3;
const DEGRADED: u8 = 150;

pub(super) fn commands() -> Vec<Command> {
    let members = |help: &'static str| Arg::new("MEMBER").num_args(0..).help(help);
    let one = |name: &'static str, about: &'static str| {
        Command::new(name)
            .about(about)
            .arg(Arg::new("MEMBER").num_args(1..).required(true).help("Such as `kernel` or `kernel@blue`"))
    };
    let output = || {
        Arg::new("output")
            .long("output")
            .value_name("FORMAT")
            .value_parser(Format::NAMES)
            .help("The form of the result")
    };
    let commands = vec![
        Command::new("up")
            .about("Start the daemons, in the order of their needs, and look after them until `down`")
            .arg(members("Which ones, with what they need; all by default"))
            .arg(switch("daemon", 'd', "Detach; each daemon has a log file beside its socket"))
            .arg(
                Arg::new("verbose")
                    .short('v')
                    .long("verbose")
                    .action(ArgAction::Count)
                    .help("Say more; twice for everything"),
            )
            .arg(
                Arg::new("quiet")
                    .short('q')
                    .long("quiet")
                    .action(ArgAction::Count)
                    .help("Say less; twice for errors only"),
            ),
        Command::new("down")
            .about("Stop `up`, and with it all that it looks after; return when they are gone")
            .arg(
                Arg::new("all")
                    .long("all")
                    .action(ArgAction::SetTrue)
                    .help("Those that were started by hand, too"),
            ),
        Command::new("ps").about("Show what the daemons do").arg(output()),
        Command::new("status")
            .about("Whether the daemons run: exit status 0 if all do, 3 if none, 150 if some"),
        Command::new("logs")
            .about("Show the last lines of the logs of detached daemons")
            .arg(members("Whose; all by default"))
            .arg(switch("follow", 'f', "Go on with the lines to come"))
            .arg(
                Arg::new("lines")
                    .short('n')
                    .long("lines")
                    .value_name("COUNT")
                    .value_parser(clap_builder::value_parser!(usize))
                    .default_value("10")
                    .help("How many"),
            ),
        one("start", "Start daemons that `up` looks after, and what they need"),
        one("stop", "Stop daemons that `up` looks after, and what needs them"),
        one("restart", "Restart daemons that `up` looks after"),
        Command::new("discover")
            .about("List the daemons that answer: process, version, methods, health")
            .arg(Arg::new("methods").long("methods").action(ArgAction::SetTrue).help("List their methods"))
            .arg(output()),
        secret(),
    ];
    commands.into_iter().chain(console::command(output())).collect()
}

fn secret() -> Command {
    let grace = Arg::new("grace")
        .long("grace")
        .value_name("DURATION")
        .default_value("10min")
        .help("How long the previous one is valid as well");
    Command::new("secret")
        .about("The secret that the daemons show to each other")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("rotate").about("Make a new one; nothing has to stop").arg(grace))
}

fn rotate(directory: &Directory, matches: &ArgMatches) -> Result<ExitCode> {
    let grace = matches.subcommand().and_then(|(_, matches)| matches.get_one::<String>("grace").cloned());
    let grace = grace.unwrap_or_default();
    let grace = humantime::parse_duration(&grace)
        .map_err(|_| Error::usage(format!("--grace {grace}: write a duration such as `10min`")))?;
    rotate_secret(directory.path(), grace, SystemTime::now()).map(|()| ExitCode::SUCCESS)
}

fn switch(name: &'static str, short: char, help: &'static str) -> Arg {
    Arg::new(name).short(short).long(name).action(ArgAction::SetTrue).help(help)
}

/// Does what a sub-command says.
pub(super) fn run(suite: &Suite, name: &str, matches: &ArgMatches) -> Result<ExitCode> {
    let directory = Directory::current(up::NAME);
    match name {
        "up" => start(suite, matches),
        "down" => down(&directory, matches.get_flag("all")),
        "ps" => show(&look::at(&directory)?, format(matches), table::processes),
        "status" => status(suite, &look::at(&directory)?),
        "logs" => logs(suite, &directory, matches),
        "secret" => rotate(&directory, matches),
        "console" => console::run(suite.name, directory, up::NAME, matches, format(matches)),
        "discover" if matches.get_flag("methods") => methods(&directory),
        "discover" => {
            let mut found = look::at(&directory)?;
            found.retain(|member| member.pid.is_some());
            show(&found, format(matches), table::found)
        }
        change => self::change(suite, &directory, change, &members(matches)?),
    }
}

fn format(matches: &ArgMatches) -> Format {
    Format::of(matches.get_one::<String>("output").map(String::as_str))
}

fn members(matches: &ArgMatches) -> Result<Vec<MemberName>> {
    matches.get_many::<String>("MEMBER").unwrap_or_default().map(|name| name.parse()).collect()
}

fn start(suite: &Suite, matches: &ArgMatches) -> Result<ExitCode> {
    let detached = matches.get_flag("daemon");
    let repeated = |name: &str, short: &str| vec![short.to_owned(); usize::from(matches.get_count(name))];
    let arguments = [repeated("verbose", "-v"), repeated("quiet", "-q")].concat();
    let own = [vec![if detached { "-d" } else { "-f" }.to_owned()], arguments.clone()].concat();
    let plan = Plan { members: suite.plan(&members(matches)?)?, detached, arguments };
    Ok(up::run(plan, own))
}

fn down(directory: &Directory, all: bool) -> Result<ExitCode> {
    let done = up::stop();
    let mut failed = None;
    let left: Vec<MemberName> =
        directory.pid_files()?.into_iter().filter(|member| member.daemon != up::NAME).collect();
    for member in left {
        let Ok(Holder::Running(pid)) = holder(&directory.pid_file(&member)) else { continue };
        match all {
            true => match stop_by_hand(&member, pid) {
                Ok(()) => {}
                // The others are stopped nevertheless.
                Err(error) => failed = Some(error),
            },
            false => drop(say(&format!(
                "{member} (pid {pid}) was started by hand and goes on; `down --all` stops it, too"
            ))?),
        }
    }
    failed.map_or(Ok(done), Err)
}

fn stop_by_hand(member: &MemberName, pid: i32) -> Result<()> {
    let what = || format!("cannot stop {member} (pid {pid})");
    let Some(process) = Process::open(pid).or_error(what)? else { return Ok(()) };
    process.signal(nix::libc::SIGTERM).or_error(what)?;
    match process.wait(STOPPING).or_error(what)? {
        true => say(&format!("{member} (pid {pid}) has stopped")).map(drop),
        false => Err(Error::new(format!(
            "{member} (pid {pid}) was asked to stop and still runs; `kill -9 {pid}` forces it to end"
        ))),
    }
}

fn show(
    members: &[MemberStatus],
    format: Format,
    rows: fn(&[MemberStatus]) -> Vec<Vec<String>>,
) -> Result<ExitCode> {
    if format == Format::Usual {
        return say(&aligned(&rows(members)));
    }
    let json = serde_json::value::to_raw_value(members).or_error(|| "cannot write the result".to_owned())?;
    print_result(&json, format)
}

/// Says which of the members that `up` would start run.
fn status(suite: &Suite, members: &[MemberStatus]) -> Result<ExitCode> {
    let wanted = suite.plan(&[])?;
    let runs = |name: &str| members.iter().any(|member| member.name == name && member.status == "running");
    let missing: Vec<String> =
        wanted.iter().map(|planned| planned.name.to_string()).filter(|name| !runs(name)).collect();
    let (count, name) = (wanted.len() - missing.len(), suite.name);
    let (text, status) = match (count, missing.is_empty()) {
        (_, true) => (format!("{name} is running: {count} daemons"), ExitCode::SUCCESS),
        (0, false) => (format!("{name} is not running; `up` starts it"), ExitCode::from(NOT_RUNNING)),
        (_, false) => {
            (format!("{name} runs in part; not running: {}", missing.join(", ")), ExitCode::from(DEGRADED))
        }
    };
    say(&text).map(|_| status)
}

fn logs(suite: &Suite, directory: &Directory, matches: &ArgMatches) -> Result<ExitCode> {
    let named = members(matches)?;
    let chosen: Vec<MemberName> = suite.plan(&named)?.into_iter().map(|planned| planned.name).collect();
    let chosen: Vec<MemberName> = match named.is_empty() {
        true => chosen,
        // Not what they need.
        false => chosen
            .into_iter()
            .filter(|member| {
                named.iter().any(|named| {
                    named.daemon == member.daemon && named.instance.as_ref().is_none_or(|_| named == member)
                })
            })
            .collect(),
    };
    let count = matches.get_one::<usize>("lines").copied().unwrap_or_default();
    match matches.get_flag("follow") {
        true => tail::follow(directory, &chosen, count)?,
        false => tail::last(directory, &chosen, count)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts, stops or restarts members.
fn change(suite: &Suite, directory: &Directory, change: &str, named: &[MemberName]) -> Result<ExitCode> {
    let mut client =
        connect(directory, &MemberName::plain(up::NAME)).map_err(|error| match error.is_not_running() {
            true => Error::not_running(format!(
                "cannot {change} anything: `up` does not run; start it with `{} up -d`",
                suite.name
            )),
            false => error,
        })?;
    client.set_timeout(Some(CHANGING))?;
    let named = named.iter().map(|name| suite.named(name)).collect::<Result<Vec<_>>>()?.concat();
    for member in named {
        client.call::<bool>(&format!("service.{change}"), &[member.to_string()])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists the methods of all members.
fn methods(directory: &Directory) -> Result<ExitCode> {
    let members = directory.sockets()?;
    let mut lines = Vec::new();
    for member in members.iter().filter(|member| member.daemon != up::NAME) {
        let Ok(mut client) = connect(directory, member) else { continue };
        // `ps` shows one that does not answer.
        let Ok(methods) = client.call::<Vec<String>>("system.listMethods", &()) else { continue };
        lines.extend(methods.iter().map(|method| vec![member.to_string(), method.clone()]));
    }
    if lines.is_empty() { Ok(ExitCode::SUCCESS) } else { say(&aligned(&lines)) }
}
