//! The Model Context Protocol: the methods of the daemon as tools of an assistant.
//!
//! [`answer`] serves one request, whichever door it came through: `messages` is the machine of a bare connection, on which
//! each line is a message, and HTTP has a path for it. Nothing is kept between two requests but the calls in flight, so a
//! peer may reconnect as it likes. The program's sub-command `mcp` connects an assistant's pipes to such a connection, and
//! answers by [`offline`] while the daemon does not run.
//!
//! Sections are those of the [specification](https://modelcontextprotocol.io/specification/2026-07-28).

mod call;
mod describe;
mod late;
mod messages;
mod outcome;
mod request;
mod versions;

use self::describe::describe;
pub(crate) use self::late::Late;
pub(super) use self::messages::is_start;
pub(crate) use self::messages::{GREETING, Messages};
use self::outcome::{Tail, write_failure, write_result};
pub(super) use self::request::{Request, read};
pub(super) use self::versions::{CURRENT, SUPPORTED, UNSUPPORTED};
use super::json::reply::write_fault;
use super::json::request::Refused;
use crate::context::Facts;
use crate::rpc::dispatch::Server;
use crate::rpc::methods::Methods;
use crate::rpc::output::Output;

/// What a request got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// Nothing, and nothing will come.
    Nothing,
    /// A response.
    Result,
    /// An error with this code.
    Error(i32),
    /// Its response comes later.
    Later,
}

/// Serves one message, and appends the response. If that comes later, `late` remembers it.
pub(super) fn serve<S>(server: &mut Server<'_, S>, late: &mut Late, message: &[u8], output: &mut Output) {
    match read(message, server.dispatcher.limits.nesting) {
        Ok(Some(request)) => {
            answer(server, late, &request, true, output);
        }
        Ok(None) => {}
        Err(refused) => refuse(&refused, output),
    }
}

/// Appends the error that a message gets which is no request.
pub(super) fn refuse(refused: &Refused<'_>, output: &mut Output) {
    output.begin();
    write_fault(output, refused.id, &refused.fault);
}

/// Answers a request. `reports` says whether the peer can receive notifications of progress before the response.
pub(super) fn answer<S>(
    server: &mut Server<'_, S>,
    late: &mut Late,
    request: &Request<'_>,
    reports: bool,
    output: &mut Output,
) -> Answered {
    output.begin();
    let Some(id) = request.id else {
        call::notified(server, late, request);
        return Answered::Nothing;
    };
    let answered = request.era().and_then(|era| {
        let tail = Tail::new(era, server.context.facts());
        if request.method == "tools/call" {
            return call::call(server, late, request, (id, tail), reports, output);
        }
        let caller = server.context.caller();
        let methods = &server.dispatcher.methods;
        let result = describe(methods, server.context.facts(), caller, request)?;
        write_result(output, id, &tail, &result);
        Ok(Answered::Result)
    });
    answered.unwrap_or_else(|fault| {
        write_fault(output, id, &fault);
        Answered::Error(fault.code())
    })
}

/// Answers a message in place of a daemon that cannot: with what is known without it. A tool says `why`.
pub(crate) fn offline<S>(
    methods: &Methods<S>,
    facts: &Facts,
    (message, nesting): (&[u8], usize),
    why: &str,
    output: &mut Output,
) {
    output.begin();
    let request = match read(message, nesting) {
        Ok(Some(request)) => request,
        Ok(None) => return,
        Err(refused) => return refuse(&refused, output),
    };
    let Some(id) = request.id else { return };
    let answered = request.era().and_then(|era| {
        let tail = Tail::new(era, facts);
        if request.method == "tools/call" {
            write_failure(output, id, &tail, why);
        } else {
            write_result(output, id, &tail, &describe(methods, facts, None, &request)?);
        }
        Ok(())
    });
    if let Err(fault) = answered {
        write_fault(output, id, &fault);
    }
}
