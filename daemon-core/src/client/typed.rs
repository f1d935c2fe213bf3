//! The functions behind the generated typed clients.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, Items};
use crate::error::Result;
use crate::rpc::method::Name;

/// Calls a method for a client that the macros have generated: `under` is the prefix of a short name.
///
/// # Errors
///
/// As [`Client::call`].
pub fn ask<R: DeserializeOwned>(
    client: &mut Client,
    name: Name,
    under: &str,
    params: &impl Serialize,
) -> Result<R> {
    client.call(&name.of(under), params)
}

/// Subscribes for a client that the macros have generated: `under` is the prefix of a short name.
///
/// # Errors
///
/// As [`Client::subscribe`].
pub fn subscribe<'c, T: DeserializeOwned>(
    client: &'c mut Client,
    name: Name,
    under: &str,
    params: &impl Serialize,
) -> Result<Items<'c, T>> {
    client.subscribe(&name.of(under), params)
}
