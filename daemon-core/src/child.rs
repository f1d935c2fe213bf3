//! The inside of a worker's process: its loop, and the way from the declared type to it.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::declare::flag::Face;
use crate::declare::worker::{Job, Offer, Role, Worker};
use crate::rpc::Method;
use crate::rpc::method::{Check, Handler};

/// The worker that a type describes.
pub const fn role<W: Worker>() -> &'static dyn Role {
    const { &Of::<W>(PhantomData) }
}

struct Of<W>(PhantomData<fn(W)>);

impl<W: Worker> Role for Of<W> {
    fn job(&self) -> Job {
        W::JOB
    }

    fn origin(&self) -> TypeId {
        TypeId::of::<W>()
    }

    fn flags(&self) -> Vec<&'static Face> {
        W::FLAGS.iter().map(|flag| &flag.face).collect()
    }

    fn try_flag(&self, index: usize, given: &[String]) -> Result<(), String> {
        W::FLAGS.get(index).map_or(Ok(()), |flag| (flag.set)(&mut W::default(), given))
    }

    fn offers(&self) -> Vec<Offer> {
        W::METHODS.iter().map(offer).collect()
    }
}

/// A method as the daemon sees it.
pub(crate) fn offer<S>(method: &'static Method<S>) -> Offer {
    let timeout = match &method.run {
        Handler::Here(_) => None,
        Handler::Pooled(pooled) => pooled.timeout,
    };
    Offer { about: method.about, check: method.check.unwrap_or(UNCHECKED), timeout }
}

/// Leaves the parameters to the method itself.
const UNCHECKED: Check = |_| Ok(());
