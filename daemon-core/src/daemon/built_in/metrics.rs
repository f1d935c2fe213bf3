//! `daemon.metrics`: what the daemon counts.

use crate::context::Command;
use crate::rpc::introspect::reading;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;

const HELP: &str = "What the daemon counts, in the text format of OpenMetrics.";

pub(super) fn method<S>() -> (MethodSpec, Run<S>) {
    let run = Run::Loop(|call| {
        call.params::<()>()?;
        call.later(Command::Measure)
    });
    (reading::<String>("daemon.metrics", HELP), run)
}
