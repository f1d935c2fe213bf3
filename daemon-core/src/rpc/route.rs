//! Routes: which requests of HTTP call a method, besides those of JSON-RPC.

/// The requests that call a method, as in `GET /users/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method of HTTP: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub verb: &'static str,
    /// The path. A segment in braces is the value of the parameter with that name.
    pub path: &'static str,
    /// The parameter that is the whole body; if there is none, the body has all that the path does not name.
    pub body: Option<&'static str>,
    /// Whether its answers have entity tags (RFC 9110, section 8.8.3).
    pub etag: bool,
}

impl Route {
    /// Returns the route of these requests.
    pub const fn new(verb: &'static str, path: &'static str) -> Self {
        Route { verb, path, body: None, etag: false }
    }

    /// Whether its requests have a body.
    pub(crate) fn has_body(&self) -> bool {
        matches!(self.verb, "POST" | "PUT" | "PATCH")
    }

    /// Returns the parameters that the path names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(name)
    }
}

/// Returns the name in a segment that has one.
pub(crate) fn name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
