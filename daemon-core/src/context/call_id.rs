//! The number of a call, and where its reply goes.

use std::any::Any;

use serde::de::DeserializeOwned;

use super::Context;
use super::plugins::on_state;
use crate::caller::ConnectionId;
use crate::fault::Fault;
use crate::trace;

/// The number of a call that is not answered at once. It is never used again.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

/// Where the reply to a call goes.
pub(crate) enum ReplyTo {
    /// To the peer that made it; the dialect of its connection knows the call.
    Connection(ConnectionId),
    /// Into the result of a multicall: its key, and the position of the element.
    Element { multicall: usize, hole: usize },
    /// To the call that waits for this reply.
    Call(CallId),
    /// To the handler that made it.
    Handler(OnReply),
    /// Dropped.
    Nobody,
}

/// Takes a reply, as JSON text; the first argument is the daemon's state.
pub(crate) type OnReply = Box<dyn FnOnce(&mut dyn Any, Result<Vec<u8>, Fault>, &mut Context)>;

impl Context {
    /// Has a reply go to a handler, which gets it as its type, and belongs to the call that runs now.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub(super) fn reply_to<S: 'static, T: DeserializeOwned>(
        &self,
        then: impl FnOnce(&mut S, Result<T, Fault>, &mut Context) + 'static,
    ) -> ReplyTo {
        self.check_state::<S>();
        let trace = trace::current();
        ReplyTo::Handler(Box::new(move |state, outcome, context| {
            let _entered = trace::resume(trace);
            let reply = outcome.and_then(|json| {
                serde_json::from_slice(&json)
                    .map_err(|error| Fault::internal(format!("the reply has another type: {error}")))
            });
            on_state(state, context, |state, context| then(state, reply, context));
        }))
    }
}
