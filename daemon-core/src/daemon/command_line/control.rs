//! The sub-commands that control a running daemon.
//!
//! The pid file says whether it runs, and a signal stops it, so both work on a daemon that does not reply. Everything
//! else is a call on its socket.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use nix::unistd::geteuid;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::connect::{connect, connect_to_call, say};
use super::convert::readable;
use super::workers_table::{Workers, workers};
use crate::client::Client;
use crate::daemon::config::Config;
use crate::daemon::process::pid_lock::{Holder, holder};
use crate::daemon::registry::Registry;
use crate::declare::Daemon;
use crate::error::{Error, OrError, Result};
use crate::event::Signal;
use crate::sys::process::{self, Process};

/// How long a stop may take beyond the daemon's own limits.
const GRACE: Duration = Duration::from_secs(10);

/// A request to the daemon.
pub(in crate::daemon) enum Order {
    Status,
    Stop,
    Restart,
    Reload,
    Call(String, Box<RawValue>),
    Methods(Option<String>),
    Workers { name: Option<String>, watch: bool },
}

/// Exit statuses of `status`, from the Linux Standard Base 5.0, section 22.2 (`iniscrptact`).
mod lsb {
    pub(super) const DEAD_WITH_PID_FILE: u8 = 1;
    pub(super) const NOT_RUNNING: u8 = 3;
    pub(super) const UNKNOWN: u8 = 4;
    /// It runs, but a worker ended so often that its restarts are delayed. The first status reserved for applications.
    pub(super) const DEGRADED: u8 = 150;
}

/// Carries out an order, and returns the exit status.
pub(in crate::daemon) fn run<D: Daemon>(
    config: &Config,
    order: &Order,
    registry: &Registry<D>,
) -> Result<ExitCode> {
    let name = D::SPEC.name;
    match order {
        Order::Status => status(name, config),
        Order::Stop => stop(name, config, patience(config, registry)).map(|_| ExitCode::SUCCESS),
        Order::Restart => restart(name, config, patience(config, registry)),
        Order::Reload => {
            connect_to_call(config)?.call::<Value>("daemon.reload", &())?;
            Ok(ExitCode::SUCCESS)
        }
        Order::Call(method, params) => {
            let result: Box<RawValue> = connect_to_call(config)?.call(method, params)?;
            if result.get() == "null" { Ok(ExitCode::SUCCESS) } else { say(&readable(&result)) }
        }
        Order::Workers { name, watch } => workers(config, name.as_deref(), *watch),
        Order::Methods(None) => list(&mut connect(config)?),
        Order::Methods(Some(method)) => describe(&mut connect(config)?, method),
    }
}

/// The part of `daemon.status` that the sub-commands need.
#[derive(Deserialize)]
struct Status {
    name: String,
    version: String,
    pid: i32,
    uptime: f64,
    sockets: Vec<String>,
    connections: u64,
    requests: u64,
    errors: u64,
    command: Vec<String>,
    directory: String,
    detached: bool,
}

fn ask(client: &mut Client) -> Result<Status> {
    client.call("daemon.status", &())
}

fn status(name: &str, config: &Config) -> Result<ExitCode> {
    let pid = match find(name, config)? {
        ControlFlow::Continue(pid) => pid,
        ControlFlow::Break(status) => return Ok(ExitCode::from(status)),
    };
    let asked = connect(config).and_then(|mut client| Ok((ask(&mut client)?, Workers::ask(&mut client))));
    match asked {
        Ok((status, workers)) => {
            say(&(describe_status(name, &status) + &workers.describe()))?;
            Ok(if workers.are_degraded() { ExitCode::from(lsb::DEGRADED) } else { ExitCode::SUCCESS })
        }
        Err(error) => {
            say(&format!("{name} is running (pid {pid}), but: {}", error.report()))?;
            Ok(ExitCode::from(lsb::UNKNOWN))
        }
    }
}

/// Returns the daemon's pid. If it does not run, reports that and returns the exit status.
fn find(name: &str, config: &Config) -> Result<ControlFlow<u8, i32>> {
    let file = config.pid_file.display();
    let (words, found) = match holder(&config.pid_file) {
        Ok(Holder::Running(pid)) => return Ok(ControlFlow::Continue(pid)),
        Ok(Holder::Dead(reason)) => {
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            (format!("is dead, and has left `{file}`{reason}"), ControlFlow::Break(lsb::DEAD_WITH_PID_FILE))
        }
        Ok(Holder::Absent) => match without_pid_file(name, config) {
            Some(pid) => (format!("runs without its pid file `{file}`"), ControlFlow::Continue(pid)),
            None => ("is not running".to_owned(), ControlFlow::Break(lsb::NOT_RUNNING)),
        },
        Err(error) => (format!("may be running: {}", error.report()), ControlFlow::Break(lsb::UNKNOWN)),
    };
    say(&format!("{name} {words}"))?;
    Ok(found)
}

fn describe_status(name: &str, status: &Status) -> String {
    let uptime = humantime::format_duration(Duration::from_secs_f64(status.uptime.max(0.0).trunc()));
    format!(
        "{name} {} is running: pid {}, up {uptime}\nsockets: {}\nconnections: {}, requests: {}, errors: {}",
        status.version,
        status.pid,
        status.sockets.join(" "),
        status.connections,
        status.requests,
        status.errors,
    )
}

/// Returns how long a stop may take: the drain, then the grace of each worker, one after the other.
fn patience<D: Daemon>(config: &Config, registry: &Registry<D>) -> Duration {
    let graces: Duration =
        registry.worker_types.iter().map(|worker_type| worker_type.spec().policy.stop_grace).sum();
    config.settings.get().limits.drain.saturating_add(graces).saturating_add(GRACE)
}

/// Stops the daemon and waits until it has ended; returns whether it was running.
fn stop(name: &str, config: &Config, patience: Duration) -> Result<bool> {
    let Some((process, pid)) = running(name, config)? else {
        say(&format!("{name} is not running"))?;
        return Ok(false);
    };
    process.signal(Signal::SIGTERM.number()).or_error(|| format!("cannot stop {name} (pid {pid})"))?;
    if process.wait(patience).or_error(|| format!("cannot wait for pid {pid}"))? {
        return Ok(true);
    }
    Err(Error::new(format!(
        "{name} (pid {pid}) was asked to stop and still runs; `kill -9 {pid}` forces it to end"
    )))
}

/// Restarts the daemon with the arguments and the directory it was started with. If it is not running, it is started
/// with the arguments of this command line.
fn restart(name: &str, config: &Config, patience: Duration) -> Result<ExitCode> {
    let Some((_, pid)) = running(name, config)? else {
        let given = std::env::args_os().skip(1).filter(|argument| argument != "restart");
        return launch(Command::new(program()?).args(given).arg("-d"));
    };
    refuse_restart_of_others(name, pid)?;
    let mut client = connect(config)?;
    let status = ask(&mut client)?;
    if !is_of(pid, &client, &status) {
        return Err(Error::new(format!(
            "cannot restart {name} (pid {pid}): another process is listening on its socket; stop it and start it again"
        )));
    }
    if !status.detached {
        return Err(Error::new(format!("{name} runs in the foreground (-f); stop it and start it there")));
    }
    stop(name, config, patience)?;
    launch(Command::new(program()?).args(&status.command).current_dir(&status.directory))
}

/// Refuses to restart another user's daemon: that user controls its arguments, so running them would not be safe.
fn refuse_restart_of_others(name: &str, pid: i32) -> Result<()> {
    let (own, owner) = (geteuid().as_raw(), process::owner(pid));
    if owner == Some(own) {
        return Ok(());
    }
    let owner = owner.map_or_else(|| "another user".to_owned(), |owner| format!("uid {owner}"));
    Err(Error::new(format!(
        "{name} (pid {pid}) runs as {owner}, and this is uid {own}; restart it as that user, or by its service manager, as \
         with `systemctl restart`"
    )))
}

/// Whether a reply comes from this process: it is the one that listens on the socket, and the arguments in the reply
/// are those that the system reports.
fn is_of(pid: i32, client: &Client, status: &Status) -> bool {
    let arguments = process::arguments(pid).unwrap_or_default();
    status.pid == pid
        && client.listener().is_none_or(|(listener, _)| listener == pid)
        && arguments.iter().skip(1).eq(status.command.iter())
}

/// Opens the daemon's process, so that its pid cannot come to mean another one; `None` if it is not running.
fn running(name: &str, config: &Config) -> Result<Option<(Process, i32)>> {
    let number = || {
        Ok::<_, Error>(match holder(&config.pid_file)? {
            Holder::Running(pid) => Some(pid),
            Holder::Absent => without_pid_file(name, config),
            Holder::Dead(_) => None,
        })
    };
    let Some(pid) = number()? else { return Ok(None) };
    let process = Process::open(pid).or_error(|| format!("cannot watch pid {pid}"))?;
    // Read the pid again, now that the process is open.
    Ok(process.filter(|_| matches!(number(), Ok(Some(again)) if again == pid)).map(|process| (process, pid)))
}

/// Finds the process of a daemon whose pid file was removed: one of this user's that listens on the daemon's socket,
/// according to the system (`SO_PEERCRED`, unix(7)), and replies that it is this daemon.
fn without_pid_file(name: &str, config: &Config) -> Option<i32> {
    let mut client = connect(config).ok()?;
    let (pid, uid) = client.listener()?;
    let ours = uid == geteuid().as_raw() && process::owner(pid) == Some(uid);
    let status = ask(&mut client).ok().filter(|_| ours)?;
    (status.pid == pid && status.name == name).then_some(pid)
}

fn program() -> Result<PathBuf> {
    std::env::current_exe().or_error(|| "cannot find this program".to_owned())
}

fn launch(command: &mut Command) -> Result<ExitCode> {
    let started = command.status().or_error(|| "cannot start the daemon".to_owned())?;
    Ok(if started.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(client: &mut Client) -> Result<ExitCode> {
    let document: Value = client.call("rpc.discover", &())?;
    let methods = document["methods"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |method: &Value| method["name"].as_str().unwrap_or_default().to_owned();
    let width = methods.iter().map(|method| name(method).len()).max().unwrap_or_default();
    let lines: Vec<_> = methods
        .iter()
        .map(|method| format!("{:width$}  {}", name(method), method["summary"].as_str().unwrap_or_default()))
        .collect();
    say(&lines.join("\n"))
}

fn describe(client: &mut Client, method: &str) -> Result<ExitCode> {
    let help: String = client.call("system.methodHelp", &[method])?;
    let signatures: Vec<Vec<String>> = client.call("system.methodSignature", &[method])?;
    let mut text = String::new();
    for signature in &signatures {
        let (result, params) =
            signature.split_first().map_or(("nil", &[][..]), |(first, rest)| (first.as_str(), rest));
        text.push_str(&format!("{result} {method}({})\n", params.join(", ")));
    }
    let document: Value = client.call("rpc.discover", &())?;
    let entry = document["methods"]
        .as_array()
        .and_then(|all| all.iter().find(|entry| entry["name"] == json!(method)));
    for param in entry.and_then(|entry| entry["params"].as_array()).into_iter().flatten() {
        let (name, summary) = (param["name"].as_str(), param["summary"].as_str());
        let optional = if param["required"] == json!(true) { "" } else { " (optional)" };
        let line = format!("  {}{optional}  {}", name.unwrap_or_default(), summary.unwrap_or_default());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&help);
    say(text.trim_end())
}
