//! XML-RPC: from a document to a call, and from its outcome to the document that answers it.
//!
//! `read` turns a call into the JSON text that handlers read, and `write` turns the JSON text of a result into a
//! response; neither builds a tree. `documents` is the machine of a bare connection, on which one document is one
//! message. Another framing calls [`serve`] with a whole document.
//!
//! Sections are those of the [specification](http://xmlrpc.com/spec.md).

mod characters;
mod documents;
mod extent;
mod read;
mod write;

pub(crate) use self::documents::Documents;
pub(super) use self::documents::{farewell, recognise};
use self::read::MethodCall;
#[cfg(any(fuzzing, test))]
pub(crate) use self::read::read_closely;
pub(crate) use self::read::{decode, read};
pub(crate) use self::write::write_result;
use self::write::{is_malformed, write_fault};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::call::Completion;
use crate::rpc::dispatch::{Request, Server};
use crate::rpc::output::{Output, Part};

/// The call whose response comes later. There is at most one: responses have no ids, only an order.
#[derive(Debug, Default)]
pub(crate) struct Late(Option<CallId>);

impl Late {
    /// Whether a response is due, before which nothing more may be served.
    pub(crate) fn is_due(&self) -> bool {
        self.0.is_some()
    }

    /// Appends the response to a call, with a line feed at its end.
    pub(crate) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        if self.0.take_if(|due| *due == call).is_none() {
            return;
        }
        output.begin();
        match outcome {
            Ok(part) => write_result(&part.bytes, output),
            Err(fault) => write_fault(&fault, output),
        }
    }
}

/// Whether bytes are XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    WellFormed,
    /// They are not; nothing was called.
    Malformed,
}

/// Serves one document: makes its call, and appends the response, with a line feed at its end. If that comes later,
/// `late` remembers it.
pub(crate) fn serve<S>(
    server: &mut Server<'_, S>,
    late: &mut Late,
    document: &[u8],
    output: &mut Output,
) -> Form {
    output.begin();
    let nesting = server.dispatcher.limits.nesting;
    let served = decode(document).and_then(|decoded| {
        let call = read(&decoded, nesting)?;
        run(server, late, &call, output);
        Ok(())
    });
    let Err(fault) = served else { return Form::WellFormed };
    write_fault(&fault, output);
    if is_malformed(&fault) { Form::Malformed } else { Form::WellFormed }
}

/// Makes one call, and appends its response.
fn run<S>(server: &mut Server<'_, S>, late: &mut Late, call: &MethodCall<'_>, output: &mut Output) {
    let start = output.mark();
    let request = Request { method: &call.method, params: Some(&call.params), timeout: None, trace: None };
    // A response cannot carry items.
    server.streams = false;
    match server.call(request, output) {
        Ok(Completion::Written) => {
            let json = output.split_off(start);
            write_result(&json.bytes, output);
        }
        Ok(Completion::Deferred(call)) => {
            output.rewind(start);
            late.0 = Some(call);
        }
        Ok(Completion::Cancels) => {
            output.rewind(start);
            write_fault(
                &Fault::invalid_request("calls of XML-RPC have no ids by which to cancel them"),
                output,
            );
        }
        Err(fault) => write_fault(&fault, output),
    }
}
