//! Remote procedure calls: frames, dialects, method tables, dispatch, introspection.
//!
//! Generic over the user's state. Nothing here does I/O, reads a clock or knows the daemon: the event loop hands
//! frames in and takes bytes out.

// In reading order, as in `lib.rs`.
pub(crate) mod access;
pub(crate) mod faithful;
pub(crate) mod output;
pub(crate) mod frame;
pub(crate) mod param;
pub(crate) mod schema;
pub(crate) mod numbers;
pub(crate) mod params;
pub(crate) mod call;
pub(crate) mod method;
pub(crate) mod methods;
pub(crate) mod stats;
pub(crate) mod envelope;
pub(crate) mod request;
pub(crate) mod reply;
pub(crate) mod pending;
pub(crate) mod multicall;
pub(crate) mod dispatch;
pub(crate) mod json;
pub(crate) mod introspect;
pub(crate) mod openrpc;

pub use call::Reply;
pub(crate) use method::Method;
