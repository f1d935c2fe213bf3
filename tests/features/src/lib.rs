//! User code, under each feature of daemon-core that it needs.

#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "daemon")]
pub mod served;
#[cfg(any(feature = "services", feature = "misused"))]
pub mod services;
#[cfg(feature = "supervision")]
pub mod supervised;
#[cfg(any(feature = "workers", feature = "misused"))]
pub mod worker;

/// An `async` method and a TLS socket where the features for them are off.
#[cfg(feature = "misused")]
pub mod future {
    use daemon_core::prelude::*;

    /// I wait.
    #[daemon(socket = "tls://127.0.0.1:7000")]
    #[derive(Default)]
    pub struct Waiter {}

    #[daemon]
    impl Waiter {
        /// Wait.
        #[rpc_method]
        pub async fn wait() {}
    }
}
