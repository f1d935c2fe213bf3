//! Replaces `channel` without the feature `workers`: no channel can exist.

/// The messages between a daemon and its worker.
#[path = "../channel/message.rs"]
pub(crate) mod message;

/// One end of a channel.
pub(crate) enum Channel {}
