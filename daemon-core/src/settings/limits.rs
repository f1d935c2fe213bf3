//! The limits of a daemon: every bound that can be set, with its default and what happens at the bound.
//!
//! The limits are not enforced here.

use std::time::Duration;

use super::parse::{duration, one};
use super::setting::{Arity, Form, Setting, SettingSpec};

/// How many levels of arrays and objects can be read: the parser recurses once per level.
pub(crate) const DEEPEST: usize = 128;

/// How long the peer of a connection that is being closed may take to hang up before the connection is cut.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// Generates the struct and the table from one row for each limit: name, type, kind, default, what it bounds, and what
/// happens at the bound. A kind is the function that reads a value.
macro_rules! limits {
    ($($name:ident: $type:ty, $kind:ident, $default:literal, $bounds:literal, $then:literal;)*) => {
        /// The value of every limit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct Limits {
            $(#[doc = $bounds] pub(crate) $name: $type,)*
        }

        impl Limits {
            /// Returns the limits before any value is stored, not even the defaults.
            pub(super) fn unset() -> Self {
                Limits { $($name: <$type>::default()),* }
            }
        }

        /// Every limit, as a setting: `--limit NAME=VALUE` or `#[daemon(limits(NAME = VALUE))]`.
        pub(crate) const LIMITS: &[Setting<Limits>] = &[$(
            Setting {
                spec: SettingSpec {
                    form: Form::Limit,
                    value_name: Some(stringify!($kind)),
                    default: Some($default),
                    doc: concat!($bounds, "\n\n", $then),
                    ..SettingSpec::new(stringify!($name), Arity::One)
                },
                set: |limits, given| one(&mut limits.$name, $kind, given),
            },
        )*];
    };
}

limits! {
    frame: usize, bytes, "1048576",
        "bytes of one request or batch: a line, a document, the body of an HTTP request",
        "fault -32300, or status 413 over HTTP; then the connection is closed: where the next request starts is unknown";
    nesting: usize, levels, "64",
        "levels of arrays and objects in one request; this can be at most 128",
        "fault -32600; the connection stays open";
    batch: usize, count, "100",
        "requests in one batch, and calls in one multicall",
        "fault -32600 for the batch, -32602 for the multicall; none of them is called";
    connections: usize, count, "1024",
        "connections at a time; another user gets at most half of them, and so do all inet sockets together; a sixteenth is \
         reserved for the daemon's user and root",
        "another connection gets the fault -32300 and is closed";
    output_soft: usize, bytes, "65536",
        "bytes that wait to be sent on one connection",
        "nothing more is read from it until the client has read them";
    output_soft_time: Duration, duration, "5s",
        "how long more than `output_soft` may wait to be sent",
        "the connection is cut off";
    output_hard: usize, bytes, "1048576",
        "bytes of the results in one reply line, without ids and the rest of the envelope",
        "a result that no longer fits becomes the fault -32603, and so does a fault of more than 4096 bytes";
    idle: Duration, duration, "10min",
        "how long a connection may be silent in both directions while no reply is due to it",
        "it is cut off";
    half_frame: Duration, duration, "10s",
        "how long a request may take from its first byte to its last, and the handshake of TLS",
        "fault -32300, or status 408 over HTTP; then the connection is closed";
    subscriptions: usize, count, "256",
        "subscriptions of one connection",
        "another one gets the fault -32300";
    items: usize, count, "1024",
        "items that wait in one subscription, together at most `output_soft` bytes besides the latest",
        "the oldest is dropped, and the next one says how many were missed";
    handle: usize, count, "1024",
        "closures of handles that wait for the loop",
        "`Handle::run` returns an error, and `Handle::with` waits";
    slow: Duration, duration, "100ms",
        "how long a handler may hold the loop",
        "the log names the method and its caller, at most once a second";
    threads: usize, count, "64",
        "calls that run in threads of their own at a time",
        "another such call gets the fault -32300";
    futures: usize, count, "1024",
        "calls of `async` methods at a time",
        "another such call gets the fault -32300";
    drain: Duration, duration, "5s",
        "how long a stop waits for replies that are due, and for clients to read them",
        "the remaining calls get the fault -32300, and the connections are cut off";
}

fn count(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "write a number above zero".to_owned())
}

fn bytes(text: &str) -> Result<usize, String> {
    count(text)
}

fn levels(text: &str) -> Result<usize, String> {
    match count(text)? {
        levels if levels <= DEEPEST => Ok(levels),
        _ => Err(format!("no more than {DEEPEST} levels can be read")),
    }
}

/// Checks the form of a value of `--limit`, and that the limit exists.
pub(super) fn check(text: &str) -> Result<(), String> {
    let (name, _) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let names: Vec<_> = LIMITS.iter().map(|limit| limit.spec.name).collect();
    match names.split_last() {
        Some((last, others)) if !names.contains(&name) => {
            Err(format!("there is no limit `{name}`; there are {} and {last}", others.join(", ")))
        }
        _ => Ok(()),
    }
}

/// Returns the last value given for this limit by `--limit`.
pub(crate) fn last<'t>(texts: &'t [String], limit: &str) -> Option<&'t str> {
    let value = |text: &'t String| text.split_once('=').filter(|(name, _)| *name == limit);
    texts.iter().rev().find_map(value).map(|(_, value)| value)
}

#[cfg(any(test, fuzzing))]
impl Default for Limits {
    fn default() -> Self {
        super::Settings::resolve(&[], Default::default())
            .map_or_else(|error| unreachable!("{error}"), |(_, settings)| settings.limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_documentation() {
        crate::printed::check("docs/guide/7-limits.md", "limits", &table());
    }

    fn table() -> String {
        let mut table =
            "| name | default | what it bounds | what happens there |\n|---|---|---|---|\n".to_owned();
        for Setting { spec, .. } in LIMITS {
            let (bounds, then) = spec.doc.split_once("\n\n").unwrap();
            table += &format!("| `{}` | {} | {bounds} | {then} |\n", spec.name, spec.default.unwrap());
        }
        table
    }
}
