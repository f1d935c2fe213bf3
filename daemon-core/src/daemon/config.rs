//! The options of a daemon, checked: sockets, files, where messages go.

use std::env;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use nix::unistd::geteuid;

use crate::declare::DaemonSpec;
use crate::error::{Error, OrError, Result};
use crate::logs::LogTarget;
use crate::net::{Endpoint, Identity, TLS_OFF};
use crate::settings::options::{NatsOptions, Options, TlsFiles};
use crate::settings::{Settings, Shared};

/// Permission bits of a unix socket by default: its owner alone.
const MODE: u32 = 0o600;
/// The file mode creation mask of a detached daemon by default: nothing for others.
const UMASK: u32 = 0o027;

/// The options of a daemon, checked.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) pid_file: PathBuf,
    pub(super) mode: u32,
    pub(super) nice: Option<i32>,
    pub(super) umask: u32,
    pub(super) settings: Shared,
    pub(super) log: LogTarget,
    /// How long a sub-command waits for a reply, if set.
    pub(super) timeout: Option<Duration>,
    /// Whether a sub-command names the daemon only by its socket, so that the default pid file may be another one's.
    pub(super) by_socket: bool,
    pub(super) detach: bool,
    /// Remove the files that a dead daemon left, even another user's.
    pub(super) hard: bool,
    /// Above zero logs more, below zero less.
    pub(super) verbosity: i32,
    /// The files of TLS.
    pub(super) tls: TlsFiles,
    /// The file of services.
    pub(super) services: Option<PathBuf>,
    /// On which NATS servers the methods are offered.
    pub(super) nats: NatsOptions,
    /// The directory for default files, if there is one.
    runtime: Option<PathBuf>,
}

impl Config {
    pub(super) fn new(spec: &DaemonSpec, options: Options, settings: Settings) -> Result<Config> {
        let runtime = runtime_directory(spec.name);
        let mut config = Config {
            endpoints: endpoints(spec.name, &options.sockets, &runtime)?,
            pid_file: options.pid_file.unwrap_or_else(|| runtime.join(format!("{}.pid", spec.name))),
            mode: spec.mode.unwrap_or(MODE),
            nice: spec.nice,
            umask: spec.umask.unwrap_or(UMASK),
            settings: Shared::new(settings),
            log: match options.log {
                Some(target) => target.parse()?,
                None => LogTarget::usual(options.detach),
            },
            timeout: options.timeout,
            by_socket: false,
            detach: options.detach,
            hard: options.hard,
            verbosity: i32::from(options.verbose) - i32::from(options.quiet),
            tls: options.tls,
            services: options.services,
            nats: options.nats,
            runtime: None,
        };
        config.runtime = config.uses(&runtime).then_some(runtime);
        Ok(config)
    }

    /// Reads what TLS sockets show to their peers, if there are such sockets.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if an option is missing, or of no use. Another error if a file can't be used.
    pub(super) fn identity(&self) -> Result<Option<Rc<Identity>>> {
        let TlsFiles { certificate, key, client_ca, .. } = &self.tls;
        let socket = self.endpoints.iter().find(|endpoint| matches!(endpoint, Endpoint::Tls(_)));
        match (socket, certificate, key) {
            (Some(_), Some(certificate), Some(key)) => {
                Identity::load(certificate, key, client_ca.as_deref()).map(|identity| Some(Rc::new(identity)))
            }
            (Some(_), _, _) if !cfg!(feature = "tls") => Err(Error::usage(TLS_OFF)),
            (Some(socket), _, _) => Err(Error::usage(format!(
                "`{socket}` needs a certificate and its key: name their files, with --tls-cert and --tls-key"
            ))),
            (None, None, None) if client_ca.is_none() => Ok(None),
            (None, _, _) => Err(Error::usage(
                "--tls-cert, --tls-key and --tls-client-ca are of no use without a TLS socket: add one, such as \
                 `--socket tls://127.0.0.1:10443`",
            )),
        }
    }

    fn uses(&self, directory: &Path) -> bool {
        let mut files = self.endpoints.iter().filter_map(|endpoint| match endpoint {
            Endpoint::Unix(path) => Some(path.as_path()),
            Endpoint::Tcp(_) | Endpoint::Tls(_) => None,
        });
        self.pid_file.starts_with(directory) || files.any(|file| file.starts_with(directory))
    }

    /// Creates the runtime directory if a file will be in it, and checks that no other user owns it.
    pub(super) fn make_runtime_directory(&self) -> Result<()> {
        self.runtime.as_deref().map_or(Ok(()), own_directory)
    }
}

fn endpoints(name: &str, sockets: &[String], runtime: &Path) -> Result<Vec<Endpoint>> {
    if sockets.is_empty() {
        return Ok(vec![Endpoint::Unix(runtime.join(format!("{name}.sock")))]);
    }
    let endpoints = sockets.iter().map(|socket| socket.parse()).collect::<Result<Vec<Endpoint>>>()?;
    match endpoints.iter().find(|endpoint| !endpoint.is_local()) {
        None => Ok(endpoints),
        Some(open) => Err(Error::usage(format!(
            "will not listen on `{open}`: everybody who can reach this machine could call the daemon, and there is no \
             authentication yet; listen on a loopback address such as tcp://127.0.0.1, or on a unix socket"
        ))),
    }
}

/// Returns the user's directory for sockets and pid files: that of systemd, of the system, of the session, or one of
/// our own.
fn runtime_directory(name: &str) -> PathBuf {
    let variable = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // systemd.exec(5): this is a list; we use the first entry.
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
