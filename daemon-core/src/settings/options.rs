//! The options that every daemon has.
//!
//! The command line and its help are generated from these rows. Tests check that the guide lists them, and that the
//! macros refuse user flags with these names.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::limits;
use super::parse::{from_str, many, one, option, path, switch};
use super::setting::Arity::{Count, Many, One, Optional, Present};
use super::setting::Form::{Global, Own};
use super::setting::{Arity, Form, Setting, SettingSpec};

/// The values of the daemon's own options, as text where only the daemon can check it.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) detach: bool,
    pub(crate) verbose: u8,
    pub(crate) quiet: u8,
    /// Remove the files that a dead daemon left, even if they belong to another user.
    pub(crate) hard: bool,
    pub(crate) sockets: Vec<String>,
    pub(crate) pid_file: Option<PathBuf>,
    /// How long a sub-command waits for a reply.
    pub(crate) timeout: Option<Duration>,
    pub(crate) log: Option<String>,
    pub(crate) tls: TlsFiles,
    /// The file of the tokens of callers.
    pub(crate) tokens: Option<PathBuf>,
    /// The file of the token that a sub-command shows.
    pub(crate) token_file: Option<PathBuf>,
    /// The names that this host may have over HTTP.
    pub(crate) hosts: Vec<String>,
    /// The file of services.
    pub(crate) services: Option<PathBuf>,
    /// Run a single cycle: the timers to run, or none for all.
    pub(crate) cycle: Option<Vec<String>>,
    pub(crate) nats: NatsOptions,
}

/// Which NATS servers the methods are offered on, and what those are shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NatsOptions {
    /// The addresses of servers of one cluster, such as `nats://host:4222` or `tls://user:password@host`.
    pub(crate) servers: Vec<String>,
    /// A file of credentials: a JWT with its seed.
    pub(crate) credentials: Option<PathBuf>,
    /// Whose certificates are trusted, besides those that the system trusts.
    pub(crate) ca: Option<PathBuf>,
    /// The certificate that is shown, and its key.
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl fmt::Debug for NatsOptions {
    /// Leaves out the addresses, in which there may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsOptions").field("servers", &self.servers.len()).finish_non_exhaustive()
    }
}

/// The files of TLS.
#[derive(Debug, Default)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// Whose certificates callers must show.
    pub(crate) client_ca: Option<PathBuf>,
    /// Whose certificates a sub-command trusts.
    pub(crate) ca: Option<PathBuf>,
}

/// The options of every daemon, in the order of the help page.
pub(crate) const OPTIONS: &[Setting<Options>] = &[
    own('d', "daemon", Present, "Detach; return when the daemon is ready", |options, given| {
        one(&mut options.detach, switch, given)
    }),
    // It is the default without `--daemon`; one of the two must be given.
    own('f', "foreground", Present, "Stay in the foreground, with messages on standard error", |_, _| Ok(())),
    own('v', "verbose", Count, "Say more; twice for everything", |options, given| {
        one(&mut options.verbose, from_str, given)
    }),
    own('q', "quiet", Count, "Say less; twice for errors only", |options, given| {
        one(&mut options.quiet, from_str, given)
    }),
    own(
        's',
        "hardstart",
        Present,
        "Remove a dead daemon's files first, whoever owns them",
        |options, given| one(&mut options.hard, switch, given),
    ),
    valued(
        Global,
        "socket",
        Many,
        "URI",
        "Where to listen, or to call: unix:/path, tcp://host:port or tls://host:port; repeatable",
        |options, given| many(&mut options.sockets, from_str, given),
    ),
    valued(Global, "pidfile", One, "PATH", "Where the pid file is", |options, given| {
        option(&mut options.pid_file, path, given)
    }),
    valued(
        Global,
        "timeout",
        One,
        "DURATION",
        "How long a sub-command waits for its reply, such as 30s",
        |options, given| option(&mut options.timeout, timeout, given),
    ),
    valued(
        Own,
        "log",
        One,
        "WHERE",
        "Where messages go: a path, stderr, syslog or journal",
        |options, given| option(&mut options.log, from_str, given),
    ),
    // Its values are those of the table of limits.
    valued(
        Own,
        "limit",
        Many,
        "NAME=VALUE",
        "Set a limit, such as connections=4096 or idle=1h; repeatable",
        |_, given| given.iter().try_for_each(|text| limits::check(text)),
    ),
];

/// The options of daemons that can speak TLS.
pub(crate) const TLS_OPTIONS: &[Setting<Options>] = &[
    valued(
        Own,
        "tls-cert",
        One,
        "FILE",
        "The certificate for tls:// sockets, with its chain, in PEM",
        |options, given| option(&mut options.tls.certificate, path, given),
    ),
    valued(
        Own,
        "tls-key",
        One,
        "FILE",
        "The key of that certificate, in PEM; not readable by others",
        |options, given| option(&mut options.tls.key, path, given),
    ),
    valued(
        Own,
        "tls-client-ca",
        One,
        "FILE",
        "Callers of tls:// sockets must show a certificate that one of these has signed",
        |options, given| option(&mut options.tls.client_ca, path, given),
    ),
    valued(
        Global,
        "tls-ca",
        One,
        "FILE",
        "Whose certificates a sub-command trusts that calls a tls:// socket",
        |options, given| option(&mut options.tls.ca, path, given),
    ),
];

/// The options of daemons that know tokens.
pub(crate) const TOKEN_OPTIONS: &[Setting<Options>] = &[
    valued(
        Global,
        "tokens",
        One,
        "FILE",
        "Where the tokens of callers are; by default `tokens` beside the socket",
        |options, given| option(&mut options.tokens, path, given),
    ),
    valued(
        Global,
        "token-file",
        One,
        "FILE",
        "A file with the token that a sub-command shows, unless the environment has it",
        |options, given| option(&mut options.token_file, path, given),
    ),
    valued(
        Own,
        "http-host",
        Many,
        "NAME",
        "A name that callers over HTTP may have for this host; repeatable",
        |options, given| many(&mut options.hosts, from_str, given),
    ),
];

/// The options of daemons that have services.
pub(crate) const SERVICE_OPTIONS: &[Setting<Options>] =
    &[valued(Own, "services", One, "FILE", "A file with services, in TOML", |options, given| {
        option(&mut options.services, path, given)
    })];

/// The options of daemons that can offer their methods on NATS.
pub(crate) const NATS_OPTIONS: &[Setting<Options>] = &[
    valued(
        Own,
        "nats",
        Many,
        "URL",
        "Offer the methods on this NATS server, such as nats://host:4222; repeatable, for a cluster",
        |options, given| many(&mut options.nats.servers, from_str, given),
    ),
    valued(
        Own,
        "nats-creds",
        One,
        "FILE",
        "The credentials for NATS: a JWT with its seed",
        |options, given| option(&mut options.nats.credentials, path, given),
    ),
    valued(
        Own,
        "nats-ca",
        One,
        "FILE",
        "Whose certificates are trusted for NATS, in PEM, besides those that the system trusts",
        |options, given| option(&mut options.nats.ca, path, given),
    ),
    valued(Own, "nats-cert", One, "FILE", "The certificate to show to NATS, in PEM", |options, given| {
        option(&mut options.nats.certificate, path, given)
    }),
    valued(Own, "nats-key", One, "FILE", "The key of that certificate, in PEM", |options, given| {
        option(&mut options.nats.key, path, given)
    }),
];

/// The options of daemons that can run a single cycle.
pub(crate) const CYCLE_OPTIONS: &[Setting<Options>] = &[Setting {
    spec: SettingSpec {
        form: Own,
        short: Some('c'),
        doc: "Run each timer once, or those that are named, and exit",
        value_name: Some("TIMER,…"),
        ..SettingSpec::new("cycle", Optional)
    },
    set: |options, given| {
        let names = given.iter().flat_map(|names| names.split(',')).filter(|name| !name.is_empty());
        options.cycle = Some(names.map(str::to_owned).collect());
        Ok(())
    },
}];

/// What a daemon declares that brings options of its own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Declared {
    pub(crate) services: bool,
    pub(crate) cycle: bool,
}

/// Returns the options of a single cycle, if the daemon can run one.
pub(crate) fn cycle(declared: Declared) -> impl Iterator<Item = &'static SettingSpec> {
    declared.cycle.then_some(CYCLE_OPTIONS).into_iter().flatten().map(|option| &option.spec)
}

/// Returns the options that this daemon has: those of TLS, of tokens and of NATS need the features for them, others what it declares.
pub(crate) fn tables(declared: Declared) -> [&'static [Setting<Options>]; 6] {
    [
        OPTIONS,
        if declared.cycle { CYCLE_OPTIONS } else { &[] },
        if cfg!(feature = "tls") { TLS_OPTIONS } else { &[] },
        if cfg!(feature = "tokens") { TOKEN_OPTIONS } else { &[] },
        if declared.services { SERVICE_OPTIONS } else { &[] },
        if cfg!(feature = "nats") { NATS_OPTIONS } else { &[] },
    ]
}

type Set = fn(&mut Options, &[String]) -> Result<(), String>;

/// Returns an option of the start that has a short form.
const fn own(short: char, name: &'static str, arity: Arity, doc: &'static str, set: Set) -> Setting<Options> {
    let spec = SettingSpec { form: Own, short: Some(short), doc, ..SettingSpec::new(name, arity) };
    Setting { spec, set }
}

/// Returns an option that has a value.
const fn valued(
    form: Form,
    name: &'static str,
    arity: Arity,
    value_name: &'static str,
    doc: &'static str,
    set: Set,
) -> Setting<Options> {
    let spec = SettingSpec { form, value_name: Some(value_name), doc, ..SettingSpec::new(name, arity) };
    Setting { spec, set }
}

fn timeout(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).ok().filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| "write a duration such as `30s` or `5min`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_every_option() {
        let guide = include_str!("../../../docs/guide/3-flags-and-settings.md");
        for Setting { spec, .. } in tables(Declared { services: true, cycle: true }).into_iter().flatten() {
            let short = spec.short.map_or(String::new(), |short| format!("`-{short}`, "));
            let value = match (spec.value_name, spec.arity) {
                (Some(name), Optional) => format!("[={name}]"),
                (Some(name), _) => format!(" {name}"),
                (None, _) => String::new(),
            };
            let row = format!("| {short}`--{}{value}` |", spec.name);
            assert!(guide.contains(&row), "{row}");
        }
    }
}
