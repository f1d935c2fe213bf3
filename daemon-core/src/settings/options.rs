//! The options that every daemon has.
//!
//! The command line and its help are made from these rows. Tests hold that the guide has them, and that the macros refuse
//! flags of the user's with these names.

use std::path::PathBuf;
use std::time::Duration;

use super::limits;
use super::parse::{from_str, many, one, option, path, switch};
use super::setting::Arity::{Count, Many, One, Present};
use super::setting::{Arity, Form, Setting};

/// What the daemon's own options are set to, as text where only the daemon can check it.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) detach: bool,
    pub(crate) verbose: u8,
    pub(crate) quiet: u8,
    /// Clear what a dead daemon has left, also if it belongs to another user.
    pub(crate) hard: bool,
    pub(crate) sockets: Vec<String>,
    pub(crate) pid_file: Option<PathBuf>,
    /// How long a sub-command waits for a reply.
    pub(crate) timeout: Option<Duration>,
    pub(crate) log: Option<String>,
}

/// The daemon's own options, in the order of the help page.
pub(crate) const OPTIONS: &[Setting<Options>] = &[
    own("daemon", Present, |options, given| one(&mut options.detach, switch, given))
        .short('d')
        .doc("Detach; return when the daemon is ready"),
    // It is what is left without `--daemon`: one of both has to be given.
    own("foreground", Present, |_, _| Ok(()))
        .short('f')
        .doc("Stay in the foreground, with messages on standard error"),
    own("verbose", Count, |options, given| one(&mut options.verbose, from_str, given))
        .short('v')
        .doc("Say more; twice for everything"),
    own("quiet", Count, |options, given| one(&mut options.quiet, from_str, given))
        .short('q')
        .doc("Say less; twice for errors only"),
    own("hardstart", Present, |options, given| one(&mut options.hard, switch, given))
        .short('s')
        .doc("First clear what a dead daemon has left behind, whosever it was"),
    global("socket", Many, |options, given| many(&mut options.sockets, from_str, given))
        .value_name("URI")
        .doc("Where to listen, or to call: unix:/path or tcp://host:port; repeatable"),
    global("pidfile", One, |options, given| option(&mut options.pid_file, path, given))
        .value_name("PATH")
        .doc("Where the pid file is"),
    global("timeout", One, |options, given| option(&mut options.timeout, timeout, given))
        .value_name("DURATION")
        .doc("How long a sub-command waits for its answer, such as 30s"),
    own("log", One, |options, given| option(&mut options.log, from_str, given))
        .value_name("WHERE")
        .doc("Where messages go: a path, stderr, syslog or journal"),
    // Its values are those of the table of limits.
    global("limit", Many, |_, given| given.iter().try_for_each(|text| limits::check(text)))
        .value_name("NAME=VALUE")
        .doc("Set a limit, such as connections=4096 or idle=1h; repeatable"),
];

type Set = fn(&mut Options, &[String]) -> Result<(), String>;

/// An option of the start.
const fn own(name: &'static str, arity: Arity, set: Set) -> Setting<Options> {
    Setting::new(name, arity, set).form(Form::Own)
}

/// An option that sub-commands have as well.
const fn global(name: &'static str, arity: Arity, set: Set) -> Setting<Options> {
    Setting::new(name, arity, set).form(Form::Global)
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
        for Setting { spec, .. } in OPTIONS {
            let short = spec.short.map_or(String::new(), |short| format!("`-{short}`, "));
            let value = spec.value_name.map_or(String::new(), |name| format!(" {name}"));
            let row = format!("| {short}`--{}{value}` |", spec.name);
            assert!(guide.contains(&row), "{row}");
        }
    }
}
