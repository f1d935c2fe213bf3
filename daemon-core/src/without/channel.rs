//! What stands in for channels without the feature `workers`: there are none.

/// What a daemon would tell a worker.
#[path = "../channel/message.rs"]
pub(crate) mod message;

/// One end of a channel.
pub(crate) enum Channel {}
