//! The second stage: takes annotated items apart, as they were written.
//!
//! Reading an item removes our attributes from it, so that the rest can be emitted. [`check`](crate::check) decides
//! whether it makes sense.

mod fault;
mod methods;
mod state;

pub(crate) use self::fault::{Fault, Variant};
pub(crate) use self::methods::{Example, Extension, Function, Methods, Param};
pub(crate) use self::state::{Field, Metric, Shape, State};
