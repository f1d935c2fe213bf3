//! The options of a daemon, checked: sockets, files, where messages go.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use crate::credentials::{Credentials, HAS_TOKENS, make_secret};
use crate::declare::DaemonSpec;
use crate::directory::{Directory, MemberName, Membership};
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
    /// Run a single cycle of these timers, or of all if none is named.
    pub(super) cycle: Option<Vec<String>>,
    /// Remove the files that a dead daemon left, even another user's.
    pub(super) hard: bool,
    /// Above zero logs more, below zero less.
    pub(super) verbosity: i32,
    /// The files of TLS.
    pub(super) tls: TlsFiles,
    /// The file of the tokens of callers.
    pub(super) tokens: PathBuf,
    /// The file of the token that a sub-command shows.
    token_file: Option<PathBuf>,
    /// The name of the variable with that token.
    token_variable: String,
    /// The names that this host may have over HTTP.
    pub(super) hosts: Vec<String>,
    /// The file of services.
    pub(super) services: Option<PathBuf>,
    /// On which NATS servers the methods are offered.
    pub(super) nats: NatsOptions,
    /// The directory for default files, if there is one.
    runtime: Option<Directory>,
}

impl Config {
    pub(super) fn new(spec: &DaemonSpec, options: Options, settings: Settings) -> Result<Config> {
        let (runtime, member) = (Directory::current(spec.name), MemberName::current(spec.name));
        let mut config = Config {
            endpoints: endpoints(&options.sockets, runtime.socket(&member))?,
            pid_file: options.pid_file.unwrap_or_else(|| runtime.pid_file(&member)),
            mode: spec.mode.unwrap_or(MODE),
            nice: spec.nice,
            umask: spec.umask.unwrap_or(UMASK),
            settings: Shared::new(settings),
            log: match options.log {
                Some(target) => target.parse()?,
                // The log of a member is beside its socket.
                None if options.detach && Membership::current().is_some() => {
                    LogTarget::File(runtime.log(&member))
                }
                None => LogTarget::usual(options.detach),
            },
            timeout: options.timeout,
            by_socket: false,
            detach: options.detach,
            // cron sends by mail what its programs say.
            verbosity: i32::from(options.verbose)
                - i32::from(options.quiet)
                - i32::from(options.cycle.is_some()),
            cycle: options.cycle,
            hard: options.hard,
            tls: options.tls,
            tokens: options.tokens.unwrap_or_else(|| runtime.path().join("tokens")),
            token_file: options.token_file,
            token_variable: format!("{}_TOKEN", spec.name.to_uppercase().replace('-', "_")),
            hosts: options.hosts,
            services: options.services,
            nats: options.nats,
            runtime: None,
        };
        config.runtime = config.uses(runtime.path()).then_some(runtime);
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

    /// Reads what callers show is checked with, and makes the secret of the suite if this is the first of its daemons.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if a socket is open to other machines and there is no token. Another error if a file
    /// can't be used.
    pub(super) fn credentials(&self) -> Result<Credentials> {
        if !HAS_TOKENS {
            return Ok(Credentials::default());
        }
        let suite = Membership::current().map(|membership| Directory::own(&membership.suite));
        let secret = suite.map(|suite| make_secret(suite.path())).transpose()?;
        let credentials = Credentials::open(Some(self.tokens.clone()), secret)?;
        match self.endpoints.iter().find(|endpoint| !endpoint.is_local()) {
            Some(open) if !credentials.has_tokens() => Err(Error::usage(format!(
                "will not listen on `{open}`: other machines can reach it, so callers must show tokens, and there is none in \
                 `{}`; make one with `token add NAME`",
                self.tokens.display()
            ))),
            Some(_) | None => Ok(credentials),
        }
    }

    /// Returns the token that a sub-command shows, if it has one.
    ///
    /// # Errors
    ///
    /// If its file can't be read.
    pub(super) fn token(&self) -> Result<Option<String>> {
        if !HAS_TOKENS {
            return Ok(None);
        }
        if let Some(file) = &self.token_file {
            let what = || format!("cannot read the token in `{}`", file.display());
            return fs::read_to_string(file).map(|text| Some(text.trim().to_owned())).or_error(what);
        }
        Ok(env::var(&self.token_variable).ok().filter(|token| !token.is_empty()))
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
        self.runtime.as_ref().map_or(Ok(()), Directory::make)
    }
}

/// Returns where to listen: where the settings say, otherwise on the `usual` socket. A member of a suite always listens there as
/// well, so that the others find it.
fn endpoints(sockets: &[String], usual: PathBuf) -> Result<Vec<Endpoint>> {
    let usual = Endpoint::Unix(usual);
    if sockets.is_empty() {
        return Ok(vec![usual]);
    }
    let mut endpoints = sockets.iter().map(|socket| socket.parse()).collect::<Result<Vec<Endpoint>>>()?;
    if Membership::current().is_some() && !endpoints.contains(&usual) {
        endpoints.push(usual);
    }
    // With TLS, other machines may call, if they show tokens.
    let is_safe =
        |endpoint: &&Endpoint| endpoint.is_local() || (HAS_TOKENS && matches!(endpoint, Endpoint::Tls(_)));
    match endpoints.iter().find(|endpoint| !is_safe(endpoint)) {
        None => Ok(endpoints),
        Some(open) => Err(Error::usage(format!(
            "will not use `{open}`: everybody who can reach this machine could call the daemon, and read what is sent; use a \
             loopback address such as tcp://127.0.0.1, a unix socket, or tls:// with the features `tls` and `tokens`"
        ))),
    }
}
