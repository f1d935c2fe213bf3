//! The functions behind the generated typed clients, and the way from a fault back to the error of a method.

use std::borrow::BorrowMut;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, Items};
use crate::error::{Error, Result};
use crate::fault::TypedFault;
use crate::rpc::method::Name;

/// Calls a method for a client that the macros have generated, which owns a [`Client`] or borrows it: `under` is the
/// prefix of a short name.
///
/// # Errors
///
/// As [`Client::call`].
pub fn ask<R: DeserializeOwned>(
    client: &mut impl BorrowMut<Client>,
    name: Name,
    under: &str,
    params: &impl Serialize,
) -> Result<R> {
    client.borrow_mut().call(&name.of(under), params)
}

/// Subscribes for a client that the macros have generated, as [`ask`] calls.
///
/// # Errors
///
/// As [`Client::subscribe`].
pub fn subscribe<'c, T: DeserializeOwned>(
    client: &'c mut impl BorrowMut<Client>,
    name: Name,
    under: &str,
    params: &impl Serialize,
) -> Result<Items<'c, T>> {
    client.borrow_mut().subscribe(&name.of(under), params)
}

impl Error {
    /// Returns the error that the method of the daemon returned, if its fault has all that is in it.
    ///
    /// [`TypedFault::from_fault`] says which variants of a `#[derive(Fault)]` come back. Variants are found by their code:
    /// ask for the error type of the method that was called.
    ///
    /// ```no_run
    /// use daemon_core::{Client, Fault};
    ///
    /// #[derive(Debug, Fault)]
    /// enum Refused {
    ///     #[fault(code = 1)]
    ///     Locked,
    ///     #[fault(code = 2, message = "there is no {0}")]
    ///     Unknown(#[fault(data)] String),
    /// }
    ///
    /// # fn main() -> daemon_core::Result<()> {
    /// let mut client = Client::connect("unix:/run/cellar/cellar.sock")?;
    /// match client.call::<u32>("cellar.take", &("claret", 2)) {
    ///     Ok(left) => println!("{left} are left"),
    ///     Err(error) => match error.typed() {
    ///         Some(Refused::Locked) => println!("come back later"),
    ///         Some(Refused::Unknown(name)) => println!("no {name} today"),
    ///         None => return Err(error),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn typed<E: TypedFault>(&self) -> Option<E> {
        E::from_fault(self.fault()?)
    }
}
