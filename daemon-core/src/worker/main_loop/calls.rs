//! Calls of the worker's methods, and their replies: at once, or late.

use super::{MainLoop, Run};
use crate::channel::header::Header;
use crate::channel::message;
use crate::fault::Fault;
use crate::rpc::call::{Call, Completion, Mail};
use crate::rpc::params::{Params, Rewritten};
use crate::trace;

impl<S: 'static> MainLoop<S> {
    /// Runs a method, and replies, unless the reply comes later.
    pub(super) fn call(&mut self, seq: u64, method: u32, params: Option<&str>) {
        self.beat();
        self.port.header(Header::count_begun);
        let method = usize::try_from(method).ok().and_then(|method| self.tables.methods.get(method));
        let Some(method) = method else {
            return self.fail(seq, &Fault::internal("the worker has no such method"));
        };
        let span = trace::call_span(false, method.name);
        self.output.truncate(0);
        self.output.begin();
        let (mut deferred, mut subscribed, rewritten) = (None, None, Rewritten::new());
        let call = Call {
            params: Params::new(params, method.params, &rewritten),
            output: &mut self.output,
            context: &mut self.context,
            outbox: &mut self.outbox,
            deferred: &mut deferred,
            method: "",
            subscribed: &mut subscribed,
        };
        let outcome = span.in_scope(|| match &method.run {
            Run::Exclusive(invoke) => invoke(&mut self.state, call),
            Run::Shared(invoke) => invoke(&self.state, call),
        });
        if let Err(fault) = &outcome {
            trace::record_fault(&span, fault.code());
        }
        match (outcome, deferred) {
            (_, Some(call_id)) => drop(self.pending.insert(call_id, (seq, span))),
            (Ok(Completion::Written), None) => self.port.send(&message::result(seq, self.output.bytes())),
            (Ok(Completion::Deferred(_) | Completion::Cancels), None) => {
                self.fail(seq, &Fault::internal("the handler took no reply"));
            }
            (Err(fault), None) => self.fail(seq, &fault),
        }
        // At once: the next call, or the tick, may take long.
        self.port.notify();
    }

    /// Replies to a call with a fault; if the daemon cannot take that one, with another.
    fn fail(&self, seq: u64, fault: &Fault) {
        let message = message::fault(seq, fault);
        let bytes = message.as_slices().concat();
        if bytes.len() <= self.max_reply && message::from_worker(&bytes).is_some() {
            return self.port.send(&message);
        }
        let reason = format!("the fault is longer than {} bytes, or nested too deeply", self.max_reply);
        self.port.send(&message::fault(seq, &Fault::internal(reason)));
    }

    /// Sends the late replies.
    pub(super) fn send_late_replies(&mut self) {
        while let Some(mail) = self.outbox.collect() {
            let Mail::Reply(completed) = mail else { continue };
            let Some((seq, span)) = self.pending.remove(&completed.call_id) else { continue };
            match completed.outcome {
                Ok(json) => self.port.send(&message::result(seq, &json)),
                Err(fault) => {
                    trace::record_fault(&span, fault.code());
                    self.fail(seq, &fault);
                }
            }
        }
    }
}
