//! From the error of a handler to its fault, whatever the type of the error.
//!
//! Only generated code uses this, and the conversions into a [`Fault`].

use std::error::Error as StdError;
use std::marker::PhantomData;

use super::{Fault, FaultSpec, TypedFault, code};
use crate::error::chain;

/// Chooses between [`TypedFault`] and any other error, for the error type of a handler.
///
/// Method look-up prefers [`ViaTyped`], which needs no auto-reference; errors that do not implement it (`io::Error`,
/// `String`, `anyhow::Error` …) use [`ViaError`].
#[doc(hidden)]
pub struct Raise<E>(PhantomData<fn(E)>);

impl<E> Raise<E> {
    #[doc(hidden)]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Raise(PhantomData)
    }

    /// Look-up ends here for an error with neither trait, so that the compiler can say what to write.
    #[doc(hidden)]
    pub fn faults(self) -> &'static [FaultSpec]
    where
        E: IntoFault,
    {
        &[]
    }

    /// Like [`faults`](Self::faults).
    #[doc(hidden)]
    pub fn raise(self, _: E) -> Fault
    where
        E: IntoFault,
    {
        Fault::internal("an error without a fault")
    }
}

impl<E> Clone for Raise<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Raise<E> {}

/// The requirement for the error of a handler. No type implements it: look-up ends here for the sake of its message.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't become a fault",
    label = "the error of a handler is a fault, or a `std::error::Error`",
    note = "write `#[derive(Fault)]` above `{Self}`, or implement `std::error::Error` for it"
)]
pub trait IntoFault {}

#[doc(hidden)]
pub trait ViaTyped<E> {
    fn faults(&self) -> &'static [FaultSpec];
    fn raise(&self, error: E) -> Fault;
}

impl<E: TypedFault> ViaTyped<E> for Raise<E> {
    fn faults(&self) -> &'static [FaultSpec] {
        E::FAULTS
    }

    fn raise(&self, error: E) -> Fault {
        error.into_fault()
    }
}

#[doc(hidden)]
pub trait ViaError<E> {
    fn faults(&self) -> &'static [FaultSpec];
    fn raise(&self, error: E) -> Fault;
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> ViaError<E> for &Raise<E> {
    fn faults(&self) -> &'static [FaultSpec] {
        const { &[FaultSpec::new(code::APPLICATION_ERROR, "the application's own message")] }
    }

    fn raise(&self, error: E) -> Fault {
        untyped(error)
    }
}

/// The fault of an error that has no code.
pub(super) fn untyped(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Fault {
    let error: Box<dyn StdError + Send + Sync> = error.into();
    Fault::new(code::APPLICATION_ERROR, chain(&*error))
}
