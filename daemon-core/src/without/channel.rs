//! Replaces `channel` without the feature `workers`: no channel can exist.

/// A message from a daemon to a worker.
#[path = "../channel/message.rs"]
pub(crate) mod message;

/// One end of a channel.
pub(crate) enum Channel {}
