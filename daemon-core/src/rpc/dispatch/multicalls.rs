//! `system.multicall`: several calls in one.

use super::{Request, Server};
use crate::context::ReplyTo;
use crate::fault::Fault;
use crate::rpc::call::{Completion, Outcome};
use crate::rpc::multicall::{self, Multicall, write_fault_struct};
use crate::rpc::output::Output;

impl<S> Server<'_, S> {
    /// Makes the calls of a `system.multicall` in order, and appends the array of their outcomes.
    pub(super) fn multicall(&mut self, request: Request<'_>, output: &mut Output) -> Outcome {
        let calls = multicall::calls(request.params, self.dispatcher.limits.batch)?;
        let start = output.mark();
        let key = self.dispatcher.multicalls.insert(Multicall::default());
        let mut holes = Vec::new();
        output.push("[");
        for (index, call) in calls.iter().enumerate() {
            if index > 0 {
                output.push(",");
            }
            let from = output.len();
            match multicall::understand(call) {
                Ok(entry) => {
                    let reply_to = ReplyTo::Element { multicall: key, hole: holes.len() };
                    let deferred = self.element(&entry, output, reply_to);
                    holes.extend(deferred.then_some(from - start.at));
                }
                Err(fault) => write_fault_struct(output, &fault),
            }
        }
        output.push("]");
        if holes.is_empty() {
            self.dispatcher.multicalls.remove(key);
            return Ok(Completion::Written);
        }
        let call_id = self.dispatcher.outbox.issue();
        self.dispatcher.multicalls[key] = Multicall::new(call_id, output.split_off(start), holes);
        Ok(Completion::Deferred(call_id))
    }

    /// Makes one of the calls and appends its outcome; returns whether the outcome comes later.
    fn element(&mut self, entry: &multicall::Entry<'_>, output: &mut Output, reply_to: ReplyTo) -> bool {
        let start = output.mark();
        output.push("[");
        let (method, params) = (&*entry.method, entry.params());
        let request = Request { method, params, timeout: None, trace: None };
        match self.run(request, output, Some(reply_to)) {
            Ok(Completion::Written) => output.push("]"),
            Ok(Completion::Deferred(_)) => {
                output.rewind(start);
                return true;
            }
            Ok(Completion::Cancels) => {
                output.rewind(start);
                write_fault_struct(output, &Fault::invalid_request("a multicall cannot cancel a call"));
            }
            Err(fault) => {
                output.rewind(start);
                write_fault_struct(output, &fault);
            }
        }
        false
    }
}
