//! Varlink: objects with a NUL after each. Calls are answered in their order, some of them with several replies.
//!
//! `glance` knows such a connection by its first message. `call` reads a message, `answer` writes what comes of it. What
//! methods are called here is known to [`interfaces`](crate::rpc::interfaces).

mod answer;
mod call;
mod glance;
mod service;

use memchr::memchr;

use self::answer::{Answers, write_failed};
use self::call::Call;
pub(crate) use self::glance::Glance;
use super::{Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::call::Completion;
use crate::rpc::dispatch::{Dispatcher, Request, Server};
use crate::rpc::interfaces::{OF_DAEMON, SERVICE};
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Entry;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// The machine of a connection that speaks varlink.
#[derive(Default)]
pub(crate) struct Varlink {
    /// How many of the bytes not finished with have no NUL among them.
    seen: usize,
    /// Whether the peer sends nothing more.
    ended: bool,
    /// The call that waits for its reply, or for items: replies have no ids, only an order.
    later: Option<Later>,
}

/// A call whose last reply comes later.
struct Later {
    /// The call, or the subscription.
    call: CallId,
    answers: Answers,
}

impl Varlink {
    pub(super) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        if self.later.is_some() {
            return Step::more();
        }
        let limit = server.dispatcher.limits.frame;
        match memchr(0, &bytes[self.seen..]).map(|at| self.seen + at) {
            Some(end) if end <= limit => {
                self.seen = 0;
                match self.serve(&bytes[..end], server, output) {
                    Ok(()) => Step::served(end + 1),
                    Err(fault) => close(&fault, bytes, output),
                }
            }
            None if self.ended && bytes.iter().all(u8::is_ascii_whitespace) => {
                self.seen = 0;
                Step { used: bytes.len(), ..Step::more() }
            }
            None if self.ended => close(&Fault::parse_error(NO_END), bytes, output),
            None if bytes.len() <= limit => {
                self.seen = bytes.len();
                Step::more()
            }
            Some(_) | None => {
                let reason = format!("a message is longer than {limit} bytes");
                close(&Fault::transport(reason), bytes, output)
            }
        }
    }

    /// Makes the call in a message, and appends its reply.
    ///
    /// # Errors
    ///
    /// Why the message is none: then it is unknown whether the peer waits for a reply.
    fn serve<S>(
        &mut self,
        message: &[u8],
        server: &mut Server<'_, S>,
        output: &mut Output,
    ) -> Result<(), Fault> {
        output.begin();
        let call = call::read(message, server.dispatcher.limits.nesting)?;
        let start = output.mark();
        let later = run(&call, server, output);
        match call.oneway() {
            true => output.rewind(start),
            false => self.later = later,
        }
        Ok(())
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    pub(super) fn rest(&self, kept: usize) -> Rest {
        match kept {
            0 => Rest::Nothing,
            _ if self.later.is_some() => Rest::Waits,
            _ if self.seen < kept || self.ended => Rest::Request,
            _ => Rest::Start,
        }
    }

    /// Appends the reply to a call that was not answered at once. That of a `oneway` call is not waited for.
    pub(super) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        if let Some(later) = self.later.take_if(|later| later.call == call) {
            output.begin();
            later.answers.outcome(outcome, output);
        }
    }

    /// Appends an item of a subscription, or its end.
    pub(super) fn item(&mut self, queue: &ItemQueue, next: subscription::Next, output: &mut Output) {
        let Some(later) = self.later.as_ref().filter(|later| later.call == queue.id) else { return };
        output.begin();
        let continues = match next {
            subscription::Next::Item { json, missed } => {
                let continues = !queue.take_end();
                later.answers.item(&json, missed, continues, output);
                continues
            }
            subscription::Next::End(Ok(())) => {
                answer::write_nothing(output);
                false
            }
            subscription::Next::End(Err(fault)) => {
                later.answers.fault(&fault, output);
                false
            }
        };
        if !continues {
            self.later = None;
        }
    }
}

/// Returns the machine if a connection starts with a call of varlink; `None` if that is not known yet.
pub(super) fn recognise(glance: &mut Glance, bytes: &[u8], limit: usize) -> Option<Option<Varlink>> {
    glance.recognises(bytes, limit).map(|is_call| is_call.then(Varlink::default))
}

const NO_END: &str = "the message has no end: a NUL comes after each";

/// Appends a message outside any call.
pub(super) fn farewell(why: Farewell<'_>, output: &mut Output) {
    let reason = match why {
        Farewell::Because(reason) => reason,
        Farewell::Unfinished => NO_END,
    };
    output.begin();
    write_failed(OF_DAEMON, &Fault::transport(reason), output);
}

/// Says why nothing more is served.
fn close(fault: &Fault, bytes: &[u8], output: &mut Output) -> Step {
    output.begin();
    write_failed(OF_DAEMON, fault, output);
    Step::end(bytes)
}

/// Makes a call, and appends its reply. Returns it if its last reply comes later.
fn run<S>(call: &Call<'_>, server: &mut Server<'_, S>, output: &mut Output) -> Option<Later> {
    let (interface, member) = call.method.rsplit_once('.').unwrap_or((&call.method, ""));
    if interface == SERVICE {
        service::serve(member, call, server, output);
        return None;
    }
    let Dispatcher { methods, interfaces, .. } = &mut *server.dispatcher;
    let Some(interface) = interfaces.find(interface) else {
        methods.count_unknown();
        service::interface_not_found(interface, output);
        return None;
    };
    let Some(member) = interface.find(member) else {
        methods.count_unknown();
        service::method_not_found(&call.method, output);
        return None;
    };
    let Entry { name, spec, .. } = methods.entry(member.method);
    let answers = Answers::new(interface.clone(), spec, member.form(spec));
    let (name, spec) = (name.clone(), *spec);
    match call.check().and_then(|()| make(call, &name, &spec, server, output)) {
        Ok(Made::Now(result)) => answers.outcome(Ok(result), output),
        Ok(Made::Later(call)) => return Some(Later { call, answers }),
        Err(_) if spec.items.is_some() && !call.more() => service::expected_more(output),
        Err(fault) => answers.fault(&call.name_parameter(fault, spec.params), output),
    }
    None
}

/// How a call has succeeded.
enum Made {
    /// Its result, as JSON.
    Now(Part),
    /// Its reply comes later, or its items do.
    Later(CallId),
}

/// Makes a call of the method with this name.
fn make<S>(
    call: &Call<'_>,
    name: &str,
    spec: &MethodSpec,
    server: &mut Server<'_, S>,
    output: &mut Output,
) -> Result<Made, Fault> {
    let params = call.params(spec.params);
    let request = Request { method: name, params: params.as_deref(), timeout: None, trace: None };
    server.streams = call.more() && !call.oneway();
    let start = output.mark();
    let completion = server.call(request, output)?;
    let result = output.split_off(start);
    match completion {
        Completion::Written if spec.items.is_some() => {
            let id = serde_json::from_slice(&result.bytes).map_err(Fault::internal)?;
            Ok(Made::Later(CallId(id)))
        }
        Completion::Written => Ok(Made::Now(result)),
        Completion::Deferred(call) => Ok(Made::Later(call)),
        Completion::Cancels => Err(Fault::internal("calls of varlink have no ids by which to cancel them")),
    }
}
