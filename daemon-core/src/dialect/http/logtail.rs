//! `GET /logtail/NAME/stdout`: the log of a service as it grows, as `supervisorctl tail -f` reads it.

use hyper::StatusCode;

use super::problem::{self, refuse};
use super::query;
use super::route::{Later, Routed, call};
use crate::code;
use crate::rpc::dispatch::Server;

const MAIN: &str = "/mainlogtail";

/// Whether a path names a log.
pub(super) fn names_log(path: &str) -> bool {
    path == MAIN || parts(path).is_some()
}

/// Returns the name of a process, and of its output.
fn parts(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/logtail/")?
        .rsplit_once('/')
        .filter(|(_, output)| ["stdout", "stderr"].contains(output))
}

/// Follows the log that a path names; the answer begins when it is known that there is one.
pub(super) fn serve<S>(path: &str, server: &mut Server<'_, S>) -> Routed {
    let Some((name, output)) = parts(path) else {
        let detail = "the daemon's own log is not followed here; its lines are where it writes them";
        return Routed::Now(refuse(StatusCode::NOT_FOUND, detail));
    };
    let name = match query::decode(name) {
        Ok(name) => name,
        Err(fault) => return Routed::Now(problem::of_fault(&fault, &[])),
    };
    let params = serde_json::json!([name, output]).to_string();
    server.streams = true;
    match call("supervisor.followProcessLog", Some(&params), server) {
        Ok(_) => Routed::Later(Later::log(server.subscriptions())),
        Err(fault) if fault.code() == code::METHOD_NOT_FOUND => {
            Routed::Now(refuse(StatusCode::NOT_FOUND, &format!("there is nothing at `{path}`")))
        }
        Err(fault) => Routed::Now(problem::of_fault(&fault, &[])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_process_and_an_output() {
        for (path, found) in [
            ("/logtail/web/stdout", Some(("web", "stdout"))),
            ("/logtail/front:web/stderr", Some(("front:web", "stderr"))),
            ("/logtail/web/stdin", None),
            ("/logtail/web", None),
            ("/logtail", None),
        ] {
            assert_eq!(parts(path), found, "{path}");
        }
    }
}
