//! From a service to the child that the supervisor starts.

use std::ffi::OsString;
use std::os::fd::RawFd;

use nix::unistd::{Gid, Group, Uid, User};

use crate::error::{Error, OrError, Result};
use crate::service::{CommandLine, HeldName, Inherit, Orphan, Ready, Restart, Service};
use crate::supervisor::spec::{
    self, Backoff, ChildSpec, Environment, Intensity, Policy, Program, Readiness, Restart as RestartPolicy,
    Rights, Source, Streams,
};

/// Where a descriptor of a service comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// It is held by the daemon.
    Held(HeldName),
    /// It is the pipe to its log.
    Log,
    /// It is the pipe by which it says that it is ready.
    Ready,
}

/// Returns the descriptors of a service, each with its number there.
pub(super) fn descriptors(service: &Service) -> Vec<(RawFd, From)> {
    let mut all: Vec<(RawFd, From)> =
        service.fds.iter().map(|(number, name)| (RawFd::from(*number), From::Held(name.clone()))).collect();
    let mut add = |number: RawFd, from: From| {
        if all.iter().all(|(taken, _)| *taken != number) {
            all.push((number, from));
        }
    };
    if let Ready::Fd(number) = service.ready {
        add(number.into(), From::Ready);
    }
    if service.log.is_some() {
        add(1, From::Log);
        add(2, From::Log);
    }
    all
}

/// Returns the child that a service is.
///
/// # Errors
///
/// If there is no such user or group, or the parts of the service contradict each other.
pub(super) fn child(name: &str, service: &Service, silent: bool) -> Result<ChildSpec> {
    check(name, service)?;
    let wrong = |error: Error| Error::new(format!("the service `{name}` can't be started")).because(error);
    let (user, rights) = rights(service).map_err(wrong)?;
    Ok(ChildSpec {
        name: name.to_owned(),
        // It is looked up at each start.
        program: Program::Path(service.command.program().into()),
        arguments: service.command.words().iter().map(OsString::from).collect(),
        environment: environment(service, user.as_ref()),
        descriptors: descriptors(service)
            .iter()
            .enumerate()
            .map(|(place, (number, _))| (*number, Source::Given(place)))
            .collect(),
        streams: if silent { Streams::Null } else { Streams::Outputs },
        blocked: false,
        // A terminal of the daemon is none of its business.
        group: spec::Group::Session,
        directory: service.directory.clone(),
        rights,
        orphan: match service.orphan {
            Orphan::Stay => None,
            Orphan::Stop => Some(service.stop_signal.0),
        },
        readiness: match service.ready {
            Ready::Started => Readiness::Started,
            _ => Readiness::Reported,
        },
        quiet: false,
        policy: policy(service),
    })
}

/// Returns the child that a command of a service is: it runs once, in the environment of the service.
pub(super) fn helper(name: String, service: &ChildSpec, command: &CommandLine) -> ChildSpec {
    ChildSpec {
        name,
        program: Program::Path(command.program().into()),
        arguments: command.words().iter().map(OsString::from).collect(),
        descriptors: Vec::new(),
        readiness: Readiness::Started,
        quiet: true,
        policy: Policy {
            restart: RestartPolicy::Never,
            stop_grace: std::time::Duration::from_secs(1),
            ..Policy::new()
        },
        ..service.clone()
    }
}

/// Checks what no single part of a service can know.
fn check(name: &str, service: &Service) -> Result<()> {
    let wrong = |why: &str| Err(Error::new(format!("the service `{name}` is wrong: {why}")));
    match &service.ready {
        Ready::Fd(number) if *number < 3 => {
            return wrong("it says that it is ready on descriptor 0, 1 or 2; write a number from 3 on");
        }
        Ready::Fd(number) if service.fds.contains_key(number) => {
            return wrong(
                "it says that it is ready on a descriptor that is also in `fds`; write another number",
            );
        }
        _ => {}
    }
    if service.nice.is_some_and(|nice| !(-20..=19).contains(&nice)) {
        return wrong("`nice` is from -20 to 19");
    }
    if service.main && service.schedule.is_some() {
        return wrong("the main service can't have a schedule");
    }
    Ok(())
}

fn policy(service: &Service) -> Policy {
    Policy {
        restart: match service.restarts() {
            Restart::Always => RestartPolicy::Always,
            Restart::OnFailure => RestartPolicy::OnFailure,
            Restart::Never => RestartPolicy::Never,
        },
        start_timeout: service.start_timeout.into(),
        stop_signal: service.stop_signal.0,
        stop_group: service.stop_group,
        stop_grace: service.stop_grace.into(),
        min_uptime: service.min_uptime.into(),
        backoff: Backoff {
            from: service.backoff.from.into(),
            to: (*service.backoff.to).max(*service.backoff.from),
        },
        intensity: service
            .intensity
            .map(|intensity| Intensity { restarts: intensity.restarts, within: intensity.within.into() }),
    }
}

/// Returns the environment of a service: with the variables of its user, if it has one.
fn environment(service: &Service, user: Option<&User>) -> Environment {
    let of_user = user.map(|user| {
        [
            ("USER", OsString::from(&user.name)),
            ("LOGNAME", OsString::from(&user.name)),
            ("HOME", user.dir.clone().into_os_string()),
            ("SHELL", user.shell.clone().into_os_string()),
        ]
    });
    let of_user = of_user
        .into_iter()
        .flatten()
        .filter(|(name, _)| !service.env.contains_key(*name))
        .map(|(name, value)| (OsString::from(name), value));
    let own = service.env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Environment {
        inherits: match &service.inherit_env {
            Inherit::All(true) => None,
            Inherit::All(false) => Some(Vec::new()),
            Inherit::Named(names) => Some(names.iter().map(OsString::from).collect()),
        },
        set: of_user.chain(own).collect(),
    }
}

fn rights(service: &Service) -> Result<(Option<User>, Rights)> {
    let user = service.user.as_deref().map(user).transpose()?;
    let groups = match (service.user_groups.as_slice(), &user) {
        ([], None) => None,
        ([], Some(user)) => Some(groups_of(user)?),
        (names, _) => Some(names.iter().map(|name| group(name)).collect::<Result<_>>()?),
    };
    let limits = service.limits.iter().map(|(resource, limit)| {
        let (soft, hard) = limit.parts();
        (resource, soft, hard)
    });
    let rights = Rights {
        user: user.as_ref().map(|user| user.uid),
        groups,
        limits: limits.collect(),
        niceness: service.nice,
        umask: service.umask.map(|mask| mask.0),
    };
    Ok((user, rights))
}

fn user(name: &str) -> Result<User> {
    let what = || format!("cannot look up the user `{name}`");
    let found = match name.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)),
        Err(_) => User::from_name(name),
    };
    found.or_error(what)?.ok_or_else(|| Error::new(format!("there is no user `{name}`")))
}

fn group(name: &str) -> Result<Gid> {
    if let Ok(number) = name.parse() {
        return Ok(Gid::from_raw(number));
    }
    let found = Group::from_name(name).or_error(|| format!("cannot look up the group `{name}`"))?;
    found.map(|group| group.gid).ok_or_else(|| Error::new(format!("there is no group `{name}`")))
}

/// Returns the groups of a user, its own one first.
fn groups_of(user: &User) -> Result<Vec<Gid>> {
    let what = || format!("cannot look up the groups of `{}`", user.name);
    let name = std::ffi::CString::new(user.name.as_str()).or_error(what)?;
    let mut groups = nix::unistd::getgrouplist(&name, user.gid).or_error(what)?;
    groups.retain(|group| *group != user.gid);
    groups.insert(0, user.gid);
    Ok(groups)
}
