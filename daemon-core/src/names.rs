//! The names that the SDK reserves, for the tests of daemon-macros.
//!
//! The macros cannot depend on this crate, so they have their own lists. Their tests compare the two.

use crate::daemon::PREFIXES;
use crate::settings::limits::{DEEPEST, LIMITS};
use crate::settings::options::{
    CYCLE_OPTIONS, NATS_OPTIONS, OPTIONS, SERVICE_OPTIONS, TLS_OPTIONS, TOKEN_OPTIONS,
};
use crate::signal::Signal;

/// The long and short forms of the daemon's own options, except help and version, whatever its features.
pub fn options() -> impl Iterator<Item = (&'static str, Option<char>)> {
    let all = [OPTIONS, TLS_OPTIONS, TOKEN_OPTIONS, SERVICE_OPTIONS, NATS_OPTIONS].into_iter().flatten();
    all.map(|option| (option.spec.name, option.spec.short))
}

/// The long and short forms of the options that a daemon with `cycle` has besides.
pub fn cycle_options() -> impl Iterator<Item = (&'static str, Option<char>)> {
    CYCLE_OPTIONS.iter().map(|option| (option.spec.name, option.spec.short))
}

/// The options that the sub-command of every method has.
#[cfg(feature = "cli")]
pub fn method_options() -> impl Iterator<Item = &'static str> {
    crate::daemon::METHOD_OPTIONS.into_iter()
}

/// The sub-commands that every daemon has, whatever its features.
#[cfg(feature = "cli")]
pub fn commands() -> impl Iterator<Item = &'static str> {
    crate::daemon::COMMANDS.into_iter()
}

/// The limits, and the kind of each.
pub fn limits() -> impl Iterator<Item = (&'static str, &'static str)> {
    LIMITS.iter().map(|limit| (limit.spec.name, limit.spec.value_name.unwrap_or_default()))
}

/// The highest value of the limit `nesting`.
pub fn deepest() -> usize {
    DEEPEST
}

/// The prefixes of the names of built-in methods.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    PREFIXES.into_iter()
}

/// The signals that a daemon can listen to.
pub fn signals() -> impl Iterator<Item = &'static str> {
    Signal::ALL.iter().map(|signal| signal.name())
}
