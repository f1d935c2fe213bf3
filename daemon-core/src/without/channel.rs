//! What stands in for channels without the feature `workers`: there are none.

/// A message from a daemon to a worker.
#[path = "../channel/message.rs"]
pub(crate) mod message;

/// One end of a channel.
pub(crate) enum Channel {}
