//! Replaces the Model Context Protocol over HTTP without the feature `mcp`: it is refused.

use hyper::{HeaderMap, StatusCode};

use super::Peer;
use super::problem::refuse;
use super::route::Routed;
use crate::rpc::dispatch::Server;

pub(super) fn serve<S>(_: &HeaderMap, _: &[u8], _: Peer, _: &mut Server<'_, S>) -> Routed {
    let detail = "the daemon does not speak MCP: the feature `mcp`, and dialects(json, http, mcp)";
    Routed::Now(refuse(StatusCode::NOT_FOUND, detail))
}
