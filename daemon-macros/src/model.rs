//! The second stage: annotated items as they were written, taken apart.
//!
//! Reading an item takes our attributes out of it, so that what is left of it can be emitted. Whether what was
//! written makes sense is for [`check`](crate::check) to say.

mod fault;
mod methods;
mod state;

pub(crate) use self::fault::{Fault, Variant};
pub(crate) use self::methods::{Extension, Function, Methods, Param};
pub(crate) use self::state::{Field, Shape, State};
