//! What the daemons of a suite do, as their sockets and the one that looks after them say.

use std::fs;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::up;
use crate::client::Client;
use crate::directory::{Directory, MemberName};
use crate::error::Result;
use crate::net::Endpoint;
use crate::service::ServiceInfo;

/// How long a daemon may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many daemons are asked at the same time, at most; the others come after.
const AT_ONCE: usize = 32;

/// What a daemon of a suite does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct MemberStatus {
    /// Its name, such as `kernel` or `kernel@blue`.
    pub(super) name: String,
    /// What it does: `running`, a state of a service, or `silent` if it does not answer.
    pub(super) status: String,
    pub(super) pid: Option<i32>,
    pub(super) version: Option<String>,
    /// Seconds since its start.
    pub(super) uptime: Option<f64>,
    /// Calls since its start.
    pub(super) requests: Option<u64>,
    /// How many of them ended in a fault.
    pub(super) errors: Option<u64>,
    /// How long a call took on average, in microseconds.
    pub(super) mean: Option<f64>,
    /// How many methods it has.
    pub(super) methods: Option<usize>,
    /// Whether it says that it can serve.
    pub(super) ready: Option<bool>,
    /// Why it is not as it should be.
    pub(super) reason: Option<String>,
    /// How often it was started again; unknown if `up` does not look after it.
    pub(super) restarts: Option<u64>,
    /// Resident memory, in KiB.
    pub(super) memory: Option<u64>,
}

/// The part of `daemon.status` that counts here.
#[derive(Deserialize)]
struct Status {
    pid: i32,
    version: String,
    uptime: f64,
    requests: u64,
    errors: u64,
    mean: f64,
}

/// Returns what all members do: those that have a socket, and those that `up` looks after.
///
/// # Errors
///
/// If the directory can't be read.
pub(super) fn at(directory: &Directory) -> Result<Vec<MemberStatus>> {
    let members: Vec<MemberName> =
        directory.sockets()?.into_iter().filter(|member| member.daemon != up::NAME).collect();
    let services = services(directory).unwrap_or_default();
    let mut seen: Vec<MemberStatus> =
        members.chunks(AT_ONCE).flat_map(|some| ask_all(directory, some)).collect();
    for service in services {
        let place = seen.iter().position(|member| member.name == service.name);
        let place = place.unwrap_or_else(|| {
            seen.push(MemberStatus { name: service.name.clone(), ..MemberStatus::default() });
            seen.len() - 1
        });
        add(&mut seen[place], service);
    }
    seen.iter_mut().for_each(|member| member.memory = member.pid.and_then(memory));
    seen.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(seen)
}

/// Asks members at the same time, each in a thread: one that does not answer holds up no other.
fn ask_all(directory: &Directory, members: &[MemberName]) -> Vec<MemberStatus> {
    thread::scope(|scope| {
        let asked: Vec<_> = members.iter().map(|member| scope.spawn(|| ask(directory, member))).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok().flatten()).collect()
    })
}

/// Returns what `up` says, if it runs.
fn services(directory: &Directory) -> Option<Vec<ServiceInfo>> {
    connect(directory, &MemberName::plain(up::NAME)).ok()?.call("service.status", &()).ok()
}

pub(super) fn connect(directory: &Directory, member: &MemberName) -> Result<Client> {
    let mut client = Client::to(&Endpoint::Unix(directory.socket(member)), None, PATIENCE)?;
    client.set_timeout(Some(PATIENCE))?;
    Ok(client)
}

/// Asks a member; `None` if its socket is that of a dead one.
fn ask(directory: &Directory, member: &MemberName) -> Option<MemberStatus> {
    let name = member.to_string();
    let silent = |reason: String| {
        Some(MemberStatus {
            name: name.clone(),
            status: "silent".to_owned(),
            reason: Some(reason),
            ..MemberStatus::default()
        })
    };
    let mut client = match connect(directory, member) {
        Ok(client) => client,
        Err(error) if error.is_not_running() => return None,
        Err(error) => return silent(error.report()),
    };
    let status: Status = match client.call("daemon.status", &()) {
        Ok(status) => status,
        Err(error) => return silent(error.report()),
    };
    let methods: Option<Vec<String>> = client.call("system.listMethods", &()).ok();
    let ready = client.call::<String>("daemon.ready", &());
    Some(MemberStatus {
        name: name.clone(),
        status: "running".to_owned(),
        pid: Some(status.pid),
        version: Some(status.version),
        uptime: Some(status.uptime),
        requests: Some(status.requests),
        errors: Some(status.errors),
        mean: Some(status.mean),
        methods: methods.map(|methods| methods.len()),
        reason: ready.as_ref().err().map(|error| error.report()),
        ready: Some(ready.is_ok()),
        restarts: None,
        memory: None,
    })
}

/// Adds what `up` knows about a member.
fn add(member: &mut MemberStatus, service: ServiceInfo) {
    let is_same = member.pid.is_none() || member.pid == service.pid;
    if !is_same {
        // It was started by hand, and `up` can't start another one.
        member.reason.get_or_insert_with(|| {
            format!("`up` does not look after this process; its own is {}", service.state)
        });
        return;
    }
    if member.status != "silent" || service.pid.is_none() {
        member.status = service.state.to_string();
    }
    member.pid = service.pid;
    member.restarts = Some(service.restarts);
    member.reason = member.reason.take().or(service.reason.filter(|_| service.pid.is_none()));
}

/// Returns the resident memory of a process, in KiB.
fn memory(pid: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    resident.trim().trim_end_matches("kB").trim().parse().ok()
}
