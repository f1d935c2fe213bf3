//! User code, under each feature of daemon-core that it needs.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "daemon")]
pub mod served;
#[cfg(any(feature = "workers", feature = "misused"))]
pub mod worker;

/// An `async` method where the feature for it is off.
#[cfg(feature = "misused")]
pub mod future {
    use daemon_core::prelude::*;

    /// I wait.
    #[daemon]
    #[derive(Default)]
    pub struct Waiter {}

    #[daemon]
    impl Waiter {
        /// Wait.
        #[rpc_method]
        pub async fn wait() {}
    }
}
