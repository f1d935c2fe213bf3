//! Why a sub-command failed: in sentences, and as an exit status.

use std::process::ExitCode;

use clap_builder::Command;
use clap_builder::error::{ContextKind, ContextValue, ErrorKind};
use serde_json::Value;

use crate::daemon::USAGE;
use crate::error::Error;
use crate::fault::{Fault, code};

/// Exit statuses, besides 1 for every other failure. Those below 100 are of the Linux Standard Base 5.0, section 22.2
/// (`iniscrptact`), for everything but `status`.
mod lsb {
    /// The caller may not do this.
    pub(super) const REFUSED: u8 = 4;
    pub(super) const NOT_RUNNING: u8 = 7;
}

/// Exit status of a call that got no reply in time: that of timeout(1).
const TIMED_OUT: u8 = 124;

/// How alike two names must be, from 0 to 1, for one to be suggested for the other.
const ALIKE: f64 = 0.7;

/// Returns the exit status that says what kind of failure it was.
pub(in crate::daemon) fn exit_code(error: &Error) -> ExitCode {
    let refused = error.fault().is_some_and(|fault| fault.code() == code::NOT_ALLOWED);
    if error.is_usage() {
        ExitCode::from(USAGE)
    } else if error.is_not_running() {
        ExitCode::from(lsb::NOT_RUNNING)
    } else if error.is_refused() || refused {
        ExitCode::from(lsb::REFUSED)
    } else if error.is_timed_out() {
        ExitCode::from(TIMED_OUT)
    } else {
        ExitCode::FAILURE
    }
}

/// Describes a failure, with what would help. `call` is how the daemon is called on the command line, `methods` are those
/// it may have.
pub(in crate::daemon) fn describe<'m>(
    error: &Error,
    call: &str,
    methods: impl Iterator<Item = &'m str>,
) -> String {
    if let Some(fault) = error.fault() {
        return format!("{error}: {}", sentence(fault, methods));
    }
    let report = error.report();
    if error.is_not_running() {
        format!("it is not running; `{call} -d` starts it, and `--socket` names another one ({report})")
    } else if error.is_timed_out() {
        format!("{report}; `--timeout` says how long to wait")
    } else {
        report
    }
}

/// Describes a fault; a method that does not exist may be a misspelt one.
fn sentence<'m>(fault: &Fault, methods: impl Iterator<Item = &'m str>) -> String {
    let method = fault.data().and_then(|data| data.get("method")).and_then(Value::as_str);
    match (fault.code(), method) {
        (code::METHOD_NOT_FOUND, Some(method)) => {
            let hint =
                similar(method, methods).map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            format!("the daemon has no such method ({}){hint}", code::METHOD_NOT_FOUND)
        }
        (_, _) => fault.sentence(),
    }
}

/// Replaces clap's suggestions for a sub-command that does not exist. To it, all names with a common prefix are alike.
pub(super) fn with_suggestion(mut page: clap_builder::Error, command: &mut Command) -> clap_builder::Error {
    let Some(ContextValue::String(wanted)) = page.get(ContextKind::InvalidSubcommand).cloned() else {
        return page;
    };
    let names = command.get_subcommands().map(Command::get_name);
    match similar(&wanted, names).map(str::to_owned) {
        Some(name) => {
            page.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![name]));
            page
        }
        None => command.error(ErrorKind::InvalidSubcommand, format!("unrecognized subcommand '{wanted}'")),
    }
}

/// How much less a name counts that is alike only without its prefix.
const WITHOUT_PREFIX: f64 = 0.99;

/// Returns the name that is most like this one, if one is: a typing error away, or the same under a prefix.
pub(in crate::daemon) fn similar<'m>(wanted: &str, names: impl Iterator<Item = &'m str>) -> Option<&'m str> {
    let last = |name: &'m str| name.rsplit_once('.').map_or(name, |(_, last)| last);
    let likeness = |name: &'m str| {
        let whole = strsim::normalized_damerau_levenshtein(wanted, name);
        whole.max(WITHOUT_PREFIX * strsim::normalized_damerau_levenshtein(wanted, last(name)))
    };
    let rated = names.map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness >= ALIKE);
    rated.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_is_a_sentence() {
        let methods = ["note.keep", "note.all", "system.listMethods"];
        for (code, message, data, expected) in [
            (1, "the door is shut", Value::Null, "the door is shut (1)"),
            (
                -32601,
                "Method not found",
                json!({ "method": "note.kep" }),
                "the daemon has no such method (-32601); did you mean `note.keep`?",
            ),
            (
                -32601,
                "Method not found",
                json!({ "method": "keep" }),
                "the daemon has no such method (-32601); did you mean `note.keep`?",
            ),
            (
                -32601,
                "Method not found",
                json!({ "method": "xyz" }),
                "the daemon has no such method (-32601)",
            ),
            (
                -32602,
                "Invalid params",
                json!({ "parameter": "n", "position": 0, "reason": "it is missing" }),
                "the parameter `n` is invalid: it is missing (-32602)",
            ),
            (
                -32602,
                "Invalid params",
                json!({ "reason": "one too many" }),
                "Invalid params: one too many (-32602)",
            ),
            (
                -32001,
                "Not allowed",
                json!({ "method": "x", "rule": "allow(owner)", "uid": 7 }),
                "Not allowed (-32001), rule: allow(owner), uid: 7",
            ),
            (4, "later", json!({ "wait": { "minutes": 5 } }), "later (4)\ndata: {\"wait\":{\"minutes\":5}}"),
            (4, "later", json!([1]), "later (4)\ndata: [1]"),
            (4, "later", json!(5), "later (4), data: 5"),
        ] {
            let mut fault = Fault::new(code, message);
            if !data.is_null() {
                fault = fault.with_data(data);
            }
            assert_eq!(sentence(&fault, methods.into_iter()), expected);
        }
    }
}
