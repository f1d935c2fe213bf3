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
use serde_json::Value;
use serde_json::value::RawValue;

use super::connect::{connect, connect_to_call};
use super::list::{self, list};
use super::output::{self, Format, say};
use super::running::{running, without_pid_file};
use super::services_lines::{self, Services};
use super::workers_table::{Workers, workers};
use super::{console, mcp, token, watch};
use crate::client::Client;
use crate::daemon::config::Config;
use crate::daemon::host::Host;
use crate::daemon::process::pid_lock::{Holder, holder};
use crate::daemon::registry::Registry;
use crate::declare::Daemon;
use crate::error::{Error, OrError, Result};
use crate::signal::Signal;
use crate::sys::process;

/// How long a stop may take beyond the daemon's own limits.
const GRACE: Duration = Duration::from_secs(10);

/// A request to the daemon.
pub(in crate::daemon) enum Order {
    Version,
    Status,
    Stop,
    Restart,
    Reload,
    /// Pass the messages of an assistant.
    Mcp,
    Call {
        method: String,
        params: Box<RawValue>,
        format: Format,
    },
    /// Call a method that sends items.
    Watch {
        method: String,
        params: Box<RawValue>,
        format: Format,
    },
    /// Change the tokens of callers.
    Token(token::Change),
    /// Type commands.
    Console {
        batch: bool,
        format: Format,
    },
    Methods(Option<String>),
    Workers {
        name: Option<String>,
        watch: bool,
    },
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
    host: &Host,
    order: &Order,
    registry: &Registry<D>,
) -> Result<ExitCode> {
    let name = D::SPEC.name;
    match order {
        Order::Status => status(name, config),
        Order::Stop => stop(name, config, patience(config, registry)).map(|_| ExitCode::SUCCESS),
        Order::Restart => restart(name, config, host, patience(config, registry)),
        Order::Reload => {
            connect_to_call(config)?.call::<Value>("daemon.reload", &())?;
            Ok(ExitCode::SUCCESS)
        }
        Order::Call { method, params, format } => {
            let result: Box<RawValue> = connect_to_call(config)?.call(method, params)?;
            output::print(&result, *format)
        }
        Order::Watch { method, params, format } => {
            watch::watch(name, connect_to_call(config)?, method, params, *format)
        }
        Order::Token(change) => token::run(config, change),
        Order::Console { batch, format } => console::run(name, config, *batch, *format),
        Order::Mcp => mcp::serve(config, &host.call(name, "mcp"), registry),
        Order::Version => say(&format!("{name} {}", D::SPEC.version)),
        Order::Workers { name, watch } => workers(config, name.as_deref(), *watch),
        Order::Methods(None) => list(&mut connect(config)?),
        Order::Methods(Some(method)) => list::describe(&mut connect(config)?, method),
    }
}

/// The part of `daemon.status` that the sub-commands need.
#[derive(Deserialize)]
pub(super) struct Status {
    pub(super) name: String,
    version: String,
    pub(super) pid: i32,
    uptime: f64,
    sockets: Vec<String>,
    connections: u64,
    requests: u64,
    errors: u64,
    command: Vec<String>,
    directory: String,
    detached: bool,
}

pub(super) fn ask(client: &mut Client) -> Result<Status> {
    client.call("daemon.status", &())
}

fn status(name: &str, config: &Config) -> Result<ExitCode> {
    if config.by_socket {
        return status_by_socket(name, config);
    }
    let pid = match find(name, config)? {
        ControlFlow::Continue(pid) => pid,
        ControlFlow::Break(status) => return Ok(ExitCode::from(status)),
    };
    match ask_all(config) {
        Ok(replies) => say_status(&replies),
        Err(error) => {
            say(&format!("{name} is running (pid {pid}), but: {}", error.report()))?;
            Ok(ExitCode::from(lsb::UNKNOWN))
        }
    }
}

/// The status of a daemon that is named only by its socket.
fn status_by_socket(name: &str, config: &Config) -> Result<ExitCode> {
    match ask_all(config) {
        Ok(replies) => say_status(&replies),
        Err(error) if error.is_not_running() => {
            say(&format!("{name} is not running: {}", error.report()))?;
            Ok(ExitCode::from(lsb::NOT_RUNNING))
        }
        Err(error) => {
            say(&format!("{name} may be running: {}", error.report()))?;
            Ok(ExitCode::from(lsb::UNKNOWN))
        }
    }
}

fn ask_all(config: &Config) -> Result<(Status, Workers, Services)> {
    let mut client = connect(config)?;
    Ok((ask(&mut client)?, Workers::ask(&mut client), Services::ask(&mut client)))
}

/// Asks a daemon for its status, as `status` prints it.
#[cfg(feature = "console")]
pub(in crate::daemon) fn describe(client: &mut Client) -> Result<String> {
    let status = describe_status(&ask(client)?);
    Ok(status + &Workers::ask(client).describe() + &Services::ask(client).describe())
}

fn say_status((status, workers, services): &(Status, Workers, Services)) -> Result<ExitCode> {
    say(&(describe_status(status) + &workers.describe() + &services.describe()))?;
    Ok(if workers.are_degraded() || services.are_degraded() {
        ExitCode::from(lsb::DEGRADED)
    } else {
        ExitCode::SUCCESS
    })
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

fn describe_status(status: &Status) -> String {
    let uptime = humantime::format_duration(Duration::from_secs_f64(status.uptime.max(0.0).trunc()));
    format!(
        "{} {} is running: pid {}, up {uptime}\nsockets: {}\nconnections: {}, requests: {}, errors: {}",
        status.name,
        status.version,
        status.pid,
        status.sockets.join(" "),
        status.connections,
        status.requests,
        status.errors,
    )
}

/// Returns how long a stop may take: the drain, then the grace of each worker and service, one after the other.
fn patience<D: Daemon>(config: &Config, registry: &Registry<D>) -> Duration {
    let graces: Duration =
        registry.worker_types.iter().map(|worker_type| worker_type.spec().policy.stop_grace).sum();
    let mut client = D::SPEC.services.and_then(|_| connect(config).ok());
    let services = services_lines::patience(client.as_mut());
    [graces, services, GRACE].into_iter().fold(config.settings.get().limits.drain, Duration::saturating_add)
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
fn restart(name: &str, config: &Config, host: &Host, patience: Duration) -> Result<ExitCode> {
    let Some((_, pid)) = running(name, config)? else {
        return launch(Command::new(program()?).args(host.without("restart")?).arg("-d"));
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

fn program() -> Result<PathBuf> {
    std::env::current_exe().or_error(|| "cannot find this program".to_owned())
}

fn launch(command: &mut Command) -> Result<ExitCode> {
    let started = command.status().or_error(|| "cannot start the daemon".to_owned())?;
    Ok(if started.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
