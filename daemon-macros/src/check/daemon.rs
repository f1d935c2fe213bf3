//! The arguments of `#[daemon(…)]`, checked: where it listens, its limits, its workers.

use std::net::IpAddr;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{LitStr, Path};

use super::name::Taken;
use super::number::{check_nice, check_range};
use super::period;
use super::pool::{Pool, pools};
use super::service::{Service, services};
use crate::args::{self, Limit, Number, Value};
use crate::errors::Errors;
use crate::features;

/// The limits that are durations; the others are numbers.
pub(super) const DURATIONS: [&str; 5] = ["output_soft_time", "idle", "half_frame", "slow", "drain"];

/// How many levels of arrays and objects can be read.
pub(super) const DEEPEST: i64 = 128;

/// What the sockets of a daemon can speak.
pub(crate) const DIALECTS: [&str; 5] = ["json", "http", "mcp", "varlink", "xml"];

/// The settings of a daemon.
pub(crate) struct DaemonSpec {
    pub(crate) sockets: Vec<LitStr>,
    pub(crate) pid_file: Option<LitStr>,
    /// The dialects that it names.
    pub(crate) dialects: Option<Vec<Ident>>,
    /// The domain of its interfaces of varlink.
    pub(crate) varlink: Option<LitStr>,
    pub(crate) mode: Option<Number>,
    pub(crate) nice: Option<Number>,
    pub(crate) umask: Option<Number>,
    /// Its services, if it has some.
    pub(crate) services: Option<Vec<Service>>,
    /// Whether it can run a single cycle.
    pub(crate) cycle: bool,
    /// The daemons of its suite that must be ready before it.
    pub(crate) needs: Vec<Path>,
    pub(crate) limits: Vec<(String, String)>,
    /// Its workers, if they are listed; otherwise it has all workers of the program.
    pub(crate) workers: Option<Vec<Path>>,
    pub(crate) pools: Vec<Pool>,
}

impl DaemonSpec {
    pub(super) fn check(args: args::Daemon, errors: &mut Errors) -> Self {
        check_settings(&args, errors);
        DaemonSpec {
            limits: args.limits.iter().filter_map(|given| limit(given, errors)).collect(),
            sockets: args.socket,
            pid_file: args.pid_file,
            dialects: args.dialects.map(|named| dialects(&named, errors)),
            varlink: args.varlink,
            mode: args.mode,
            nice: args.nice,
            umask: args.umask,
            services: args.services.map(|given| services(&given, errors)),
            cycle: args.cycle,
            needs: args.needs.unwrap_or_default(),
            workers: args.workers,
            pools: pools(args.pool, errors),
        }
    }
}

fn check_settings(args: &args::Daemon, errors: &mut Errors) {
    for socket in &args.socket {
        check_socket(socket, errors);
    }
    if let Some(path) = args.pid_file.as_ref().filter(|path| !path.value().starts_with('/')) {
        errors.at(path, "a daemon leaves the directory it was started in: write the whole path, from `/` on");
    }
    check_range(
        args.mode.as_ref(),
        0..=0o777,
        "permission bits are 0 to 0o777, such as `mode = 0o660`",
        errors,
    );
    check_nice(args.nice.as_ref(), errors);
    check_range(args.umask.as_ref(), 0..=0o777, "a mask is 0 to 0o777, such as `umask = 0o027`", errors);
    if let Some(domain) = &args.varlink {
        check_domain(domain, errors);
    }
    check_workers(args.workers.as_deref().unwrap_or_default(), errors);
}

/// Checks the start of the names of interfaces.
fn check_domain(domain: &LitStr, errors: &mut Errors) {
    features::require(features::VARLINK, domain, errors);
    let is_part = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let name = domain.value();
    if !name.split('.').all(is_part) || !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        errors.at(
            domain,
            "interfaces are named after a domain of yours, its last part first: write `varlink = \"com.example\"`",
        );
    }
}

/// Returns the names of dialects.
fn dialects(named: &[Path], errors: &mut Errors) -> Vec<Ident> {
    let mut taken = Taken::new();
    let mut known = Vec::new();
    for path in named {
        let Some(dialect) = path.get_ident().filter(|name| DIALECTS.iter().any(|known| *name == known))
        else {
            errors.at(path, "the dialects are `json`, `http`, `mcp`, `varlink` and `xml`");
            continue;
        };
        if let Some(feature) = feature_of(dialect) {
            features::require(feature, path, errors);
        }
        taken.take(dialect.to_string(), dialect, path, errors, |first| format!("`{first}` is listed twice"));
        known.push(dialect.clone());
    }
    known
}

/// Returns the feature that a dialect needs.
fn feature_of(dialect: &Ident) -> Option<features::Feature> {
    let needed = [
        ("http", features::HTTP),
        ("mcp", features::MCP),
        ("varlink", features::VARLINK),
        ("xml", features::XML),
    ];
    needed.into_iter().find(|(name, _)| dialect == name).map(|(_, feature)| feature)
}

fn check_socket(socket: &LitStr, errors: &mut Errors) {
    let value = socket.value();
    let inet = value.strip_prefix("tcp://").or_else(|| value.strip_prefix("tls://"));
    if value.starts_with("tls:") {
        features::require(features::TLS, socket, errors);
    }
    let fits = match value.split_once(':') {
        Some(("unix", path)) => !path.trim_matches('/').is_empty(),
        Some(("tcp" | "tls", host)) => host.strip_prefix("//").is_some_and(|host| !host.is_empty()),
        Some(_) | None => false,
    };
    if !fits {
        errors.at(socket, "write where to listen: `\"unix:/run/echo.sock\"` or `\"tcp://127.0.0.1:7000\"`");
    } else if inet.and_then(address).is_some_and(|address| !address.is_loopback()) {
        errors.at(
            socket,
            "other machines can reach this address, and an inet socket does not say who calls: write \
             `\"tcp://127.0.0.1:7000\"` or `\"tcp://[::1]:7000\"`",
        );
    }
}

/// Returns the address of a host that is written as one.
fn address(host: &str) -> Option<IpAddr> {
    let host = host.trim_end_matches('/');
    if let Some((address, _)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        return address.parse().ok();
    }
    host.split_once(':').map_or(host, |(address, _)| address).parse().ok()
}

fn check_workers(workers: &[Path], errors: &mut Errors) {
    let mut taken = Taken::new();
    for path in workers {
        features::require(features::WORKERS, path, errors);
        let Some(last) = path.segments.last() else { continue };
        taken.take(path.to_token_stream().to_string(), &last.ident, path, errors, |first| {
            format!("`{first}` is listed twice; for more processes, write `#[worker(count = 2)]` above it")
        });
    }
}

/// Converts a limit to the pair of texts that the daemon reads, like those of its configuration.
fn limit(given: &Limit, errors: &mut Errors) -> Option<(String, String)> {
    let name = given.name.to_string();
    let value = if DURATIONS.contains(&name.as_str()) {
        LitStr::of(&given.value).map(|text| {
            period::duration(&text, errors);
            text.value()
        })
    } else {
        Number::of(&given.value).filter(|number| number.value > 0).map(|number| number.value.to_string())
    };
    if value.is_none() {
        errors.at(&given.value, format!("write `{}`", given.example));
    }
    if name == "nesting" && Number::of(&given.value).is_some_and(|number| number.value > DEEPEST) {
        errors.at(
            &given.value,
            format!("no more than {DEEPEST} levels can be read: write `nesting = {DEEPEST}`"),
        );
    }
    Some((name, value?))
}
