//! The functions behind the generated typed clients, and the way from a fault back to the error of a method.

use std::borrow::BorrowMut;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, Discovered, Items};
use crate::error::{Error, Result};
use crate::fault::TypedFault;
use crate::rpc::method::Name;

/// What a typed client calls: a [`Client`] that it owns or borrows, or one that is [`Discovered`].
pub trait Calls {
    /// Calls a method; `idempotent` says whether it may be sent again if it may have run.
    ///
    /// # Errors
    ///
    /// As [`Client::call`], or as [`Discovered::call`].
    fn ask<R: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &impl Serialize,
        idempotent: bool,
    ) -> Result<R>;

    /// Subscribes.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    fn subscribe<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &impl Serialize,
        idempotent: bool,
    ) -> Result<Items<'_, T>>;
}

impl<C: BorrowMut<Client>> Calls for C {
    fn ask<R: DeserializeOwned>(&mut self, method: &str, params: &impl Serialize, _: bool) -> Result<R> {
        self.borrow_mut().call(method, params)
    }

    fn subscribe<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &impl Serialize,
        _: bool,
    ) -> Result<Items<'_, T>> {
        self.borrow_mut().subscribe(method, params)
    }
}

impl Calls for Discovered {
    fn ask<R: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &impl Serialize,
        idempotent: bool,
    ) -> Result<R> {
        Discovered::ask(self, method, params, idempotent)
    }

    fn subscribe<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &impl Serialize,
        idempotent: bool,
    ) -> Result<Items<'_, T>> {
        self.follow(method, params, idempotent)
    }
}

/// Calls a method for a client that the macros have generated: `under` is the prefix of a short name.
///
/// # Errors
///
/// As [`Calls::ask`].
pub fn ask<R: DeserializeOwned>(
    client: &mut impl Calls,
    name: Name,
    under: &str,
    params: &impl Serialize,
    idempotent: bool,
) -> Result<R> {
    client.ask(&name.of(under), params, idempotent)
}

/// Subscribes for a client that the macros have generated, as [`ask`] calls.
///
/// # Errors
///
/// As [`Calls::subscribe`].
pub fn subscribe<'c, T: DeserializeOwned>(
    client: &'c mut impl Calls,
    name: Name,
    under: &str,
    params: &impl Serialize,
    idempotent: bool,
) -> Result<Items<'c, T>> {
    client.subscribe(&name.of(under), params, idempotent)
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
