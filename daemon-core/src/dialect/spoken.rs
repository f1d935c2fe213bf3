//! Which dialects a socket has.

/// The dialects that a daemon names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialects {
    /// JSON-RPC, however it is framed. A unix socket has it in any case: the command line of the daemon speaks it.
    pub json: bool,
    /// HTTP.
    pub http: bool,
    /// The Model Context Protocol, over HTTP and without it.
    pub mcp: bool,
    /// XML-RPC, over HTTP and without it.
    pub xml: bool,
    /// Varlink.
    pub varlink: bool,
}

impl Dialects {
    /// No dialect.
    pub const NONE: Dialects = Dialects { json: false, http: false, mcp: false, varlink: false, xml: false };

    /// Returns the dialects of a socket. If the daemon names none, a unix socket has all, and an inet socket has only JSON:
    /// any web page that is viewed on this machine can send requests to it.
    pub(crate) fn of_socket(named: Option<Dialects>, is_inet: bool) -> Dialects {
        match named {
            Some(named) => Dialects { json: named.json || !is_inet, ..named },
            None => Dialects { json: true, http: !is_inet, mcp: !is_inet, varlink: !is_inet, xml: !is_inet },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inet_socket_has_only_what_is_safe_or_named() {
        let (json, http) =
            (Dialects { json: true, ..Dialects::NONE }, Dialects { http: true, ..Dialects::NONE });
        let both = Dialects { json: true, ..http };
        let all = Dialects { mcp: true, varlink: true, xml: true, ..both };
        for (named, unix, inet) in [
            (None, all, json),
            (Some(json), json, json),
            (Some(http), both, http),
            (Some(both), both, both),
            (Some(Dialects::NONE), json, Dialects::NONE),
        ] {
            assert_eq!(Dialects::of_socket(named, false), unix, "{named:?}");
            assert_eq!(Dialects::of_socket(named, true), inet, "{named:?}");
        }
    }
}
