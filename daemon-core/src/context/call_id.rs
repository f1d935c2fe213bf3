//! Which call it is, and where its reply goes.

use crate::caller::ConnectionId;

/// A call that is not answered at once: a number that is never used again.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

/// Where the reply to a call goes.
pub(crate) enum ReplyTo {
    /// To the peer, who knows the call by what its dialect has kept for it.
    Connection(ConnectionId),
    /// Into the result of a multicall: its key, and the place of the element.
    Element { multicall: usize, hole: usize },
}
