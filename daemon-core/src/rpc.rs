//! Remote procedure calls: method tables, parameters, dispatch, calls in flight, introspection.
//!
//! Generic over the user's state. Nothing here does I/O, reads a clock, or knows the daemon or how a call travels: a
//! dialect requests a call, and writes its outcome.

// In reading order, as in `lib.rs`.
pub(crate) mod access;
pub(crate) mod faithful;
pub(crate) mod output;
pub(crate) mod param;
#[cfg(feature = "schema")]
pub(crate) mod schema;
#[cfg(not(feature = "schema"))]
#[path = "without/schema.rs"]
pub(crate) mod schema;
#[cfg(feature = "schema")]
pub(crate) mod schemas;
#[cfg(all(feature = "cli", feature = "schema"))]
pub(crate) mod shape;
#[cfg(all(feature = "cli", not(feature = "schema")))]
#[path = "without/shape.rs"]
pub(crate) mod shape;
pub(crate) mod numbers;
pub(crate) mod params;
pub(crate) mod closed;
pub(crate) mod call;
pub(crate) mod reply;
pub(crate) mod subscription;
pub(crate) mod signature;
pub(crate) mod rate;
pub(crate) mod route;
pub(crate) mod made;
pub(crate) mod method;
#[cfg(any(feature = "cli", feature = "http"))]
pub(crate) mod texts;
#[cfg(feature = "http")]
pub(crate) mod routes;
#[cfg(not(feature = "http"))]
#[path = "without/routes.rs"]
pub(crate) mod routes;
#[cfg(feature = "mcp")]
pub(crate) mod tools;
#[cfg(not(feature = "mcp"))]
#[path = "without/tools.rs"]
pub(crate) mod tools;
pub(crate) mod methods;
pub(crate) mod hooks;
pub(crate) mod histogram;
pub(crate) mod stats;
mod per_connection;
pub(crate) mod calls;
pub(crate) mod subscriptions;
pub(crate) mod holes;
pub(crate) mod multicall;
#[cfg(feature = "varlink")]
pub(crate) mod interfaces;
#[cfg(not(feature = "varlink"))]
#[path = "without/interfaces.rs"]
pub(crate) mod interfaces;
pub(crate) mod dispatch;
pub(crate) mod introspect;
#[cfg(feature = "schema")]
pub(crate) mod openrpc;
#[cfg(not(feature = "schema"))]
#[path = "without/openrpc.rs"]
pub(crate) mod openrpc;

#[cfg(feature = "http")]
pub(crate) mod openapi;

pub use hooks::{AfterCall, BeforeCall};
pub(crate) use method::Method;
pub use reply::Reply;
pub use subscription::{Ended, Subscribers, Subscription};
