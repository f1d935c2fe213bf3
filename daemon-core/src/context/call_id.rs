//! The number of a call, and where its reply goes.

use std::any::Any;

use super::Context;
use crate::caller::ConnectionId;
use crate::fault::Fault;

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
