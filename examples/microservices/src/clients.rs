//! The clients that the services call each other with: one of each kind, whose clones share their connections.

use std::sync::OnceLock;

use daemon_core::{Discovered, Result};

use crate::home::HomeClient;
use crate::products::ProductsClient;
use crate::users::UsersClient;

/// Returns a client that is made once.
fn shared<C: Clone>(kept: &OnceLock<C>, make: impl FnOnce() -> Result<C>) -> Result<C> {
    match kept.get() {
        Some(client) => Ok(client.clone()),
        // If two threads come here at once, one of the two clients is kept.
        None => make().map(|client| kept.get_or_init(|| client).clone()),
    }
}

/// Returns the client of the users.
pub(crate) fn users() -> Result<UsersClient<Discovered>> {
    static CLIENT: OnceLock<UsersClient<Discovered>> = OnceLock::new();
    shared(&CLIENT, UsersClient::discover)
}

/// Returns the client of the products.
pub(crate) fn products() -> Result<ProductsClient<Discovered>> {
    static CLIENT: OnceLock<ProductsClient<Discovered>> = OnceLock::new();
    shared(&CLIENT, ProductsClient::discover)
}

/// Returns the client of the home page.
pub(crate) fn home() -> Result<HomeClient<Discovered>> {
    static CLIENT: OnceLock<HomeClient<Discovered>> = OnceLock::new();
    shared(&CLIENT, HomeClient::discover)
}
