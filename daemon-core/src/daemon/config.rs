//! The settings of a daemon: its own defaults, and what the command line says, checked.

use std::env;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;

use crate::declare::DaemonSpec;
use crate::error::{Error, OrError, Result};
use crate::limits::Limits;
use crate::logs::LogTarget;
use crate::net::Endpoint;

/// Permission bits of a unix socket that asks for none: its owner alone.
const MODE: u32 = 0o600;
/// The file mode creation mask of a detached daemon that asks for none: nothing for others.
const UMASK: u32 = 0o027;

/// What the command line says about a daemon, as text.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) sockets: Vec<String>,
    pub(super) pid_file: Option<PathBuf>,
    pub(super) limits: Vec<String>,
    pub(super) log: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) detach: bool,
    pub(super) hard: bool,
    pub(super) verbosity: i32,
}

/// Settings that have been checked.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) pid_file: PathBuf,
    pub(super) mode: u32,
    pub(super) nice: Option<i32>,
    pub(super) umask: u32,
    pub(super) limits: Limits,
    pub(super) log: LogTarget,
    /// How long a sub-command waits for a reply, if it is told.
    pub(super) timeout: Option<Duration>,
    pub(super) detach: bool,
    /// Clear what a dead daemon has left, whosever it was.
    pub(super) hard: bool,
    /// Above zero says more, below less.
    pub(super) verbosity: i32,
    /// The directory that default files are in, if one is.
    runtime: Option<PathBuf>,
}

impl Config {
    pub(super) fn new(spec: &DaemonSpec, raw: &Raw) -> Result<Config> {
        let runtime = runtime_directory(spec.name);
        let mut config = Config {
            endpoints: endpoints(spec, raw, &runtime)?,
            pid_file: match (&raw.pid_file, spec.pid_file) {
                (Some(path), _) => absolute(path)?,
                (None, Some(path)) => absolute(Path::new(path))?,
                (None, None) => runtime.join(format!("{}.pid", spec.name)),
            },
            mode: spec.mode.unwrap_or(MODE),
            nice: spec.nice,
            umask: spec.umask.unwrap_or(UMASK),
            limits: limits(spec, raw)?,
            log: match &raw.log {
                Some(target) => target.parse()?,
                None => LogTarget::usual(raw.detach),
            },
            timeout: raw.timeout.as_deref().map(timeout).transpose()?,
            detach: raw.detach,
            hard: raw.hard,
            verbosity: raw.verbosity,
            runtime: None,
        };
        config.runtime = config.uses(&runtime).then_some(runtime);
        Ok(config)
    }

    fn uses(&self, directory: &Path) -> bool {
        let mut files = self.endpoints.iter().filter_map(|endpoint| match endpoint {
            Endpoint::Unix(path) => Some(path.as_path()),
            Endpoint::Tcp(_) => None,
        });
        self.pid_file.starts_with(directory) || files.any(|file| file.starts_with(directory))
    }

    /// Makes the runtime directory, if a file is to be in it, and sees to it that it is nobody else's.
    pub(super) fn make_runtime_directory(&self) -> Result<()> {
        self.runtime.as_deref().map_or(Ok(()), own_directory)
    }
}

fn endpoints(spec: &DaemonSpec, raw: &Raw, runtime: &Path) -> Result<Vec<Endpoint>> {
    let given: Vec<&str> = match raw.sockets.is_empty() {
        true => spec.sockets.to_vec(),
        false => raw.sockets.iter().map(String::as_str).collect(),
    };
    if given.is_empty() {
        return Ok(vec![Endpoint::Unix(runtime.join(format!("{}.sock", spec.name)))]);
    }
    let endpoints = given.into_iter().map(str::parse).collect::<Result<Vec<Endpoint>>>()?;
    match endpoints.iter().find(|endpoint| !endpoint.is_local()) {
        None => Ok(endpoints),
        Some(open) => Err(Error::usage(format!(
            "will not listen on `{open}`: everybody who can reach this machine could call the daemon, and there is no \
             authentication yet; listen on a loopback address such as tcp://127.0.0.1, or on a unix socket"
        ))),
    }
}

fn timeout(text: &str) -> Result<Duration> {
    let duration = humantime::parse_duration(text).ok().filter(|duration| !duration.is_zero());
    duration
        .ok_or_else(|| Error::usage(format!("--timeout {text}: write a duration such as `30s` or `5min`")))
}

fn limits(spec: &DaemonSpec, raw: &Raw) -> Result<Limits> {
    let mut limits = Limits::default();
    for (name, value) in spec.limits {
        limits.set(name, value)?;
    }
    for setting in &raw.limits {
        let (name, value) = setting
            .split_once('=')
            .ok_or_else(|| Error::usage(format!("--limit {setting}: write NAME=VALUE")))?;
        limits.set(name, value)?;
    }
    Ok(limits)
}

/// The directory for sockets and pid files that belongs to the user: that of systemd, of the system, of the session,
/// or one of our own.
fn runtime_directory(name: &str) -> PathBuf {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // systemd.exec(5): a list, of which the first will do.
    let of_service =
        env::var("RUNTIME_DIRECTORY").ok().and_then(|list| list.split(':').next().map(PathBuf::from));
    if let Some(directory) = of_service.filter(|path| path.is_absolute()) {
        return directory;
    }
    let user = geteuid();
    if user.is_root() {
        return Path::new("/run").join(name);
    }
    match variable("XDG_RUNTIME_DIR") {
        Some(session) => session.join(name),
        None => env::temp_dir().join(format!("{name}-{user}")),
    }
}

fn own_directory(path: &Path) -> Result<()> {
    let what = || format!("cannot use the runtime directory `{}`", path.display());
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Error::new(what()).because(error)),
    }
    let there = fs::symlink_metadata(path).or_error(what)?;
    let writable_by_others = there.permissions().mode() & 0o022 != 0;
    if !there.is_dir() || there.uid() != geteuid().as_raw() || writable_by_others {
        return Err(Error::new(format!(
            "{}: it must be a directory of uid {} that nobody else may write to; choose other places with --socket and \
             --pidfile",
            what(),
            geteuid()
        )));
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).or_error(|| format!("`{}` is not a path", path.display()))
}
