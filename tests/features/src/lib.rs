//! What a user may write, under each feature of daemon-core that it needs.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "daemon")]
pub mod served;
#[cfg(any(feature = "workers", feature = "misused"))]
pub mod worker;
