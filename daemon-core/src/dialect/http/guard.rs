//! What keeps a web page out: a browser lets any page send requests to any port of the machine it is viewed on.
//!
//! A page cannot change the `Host` that it was loaded from, nor its `Origin`, and cannot send JSON without asking for
//! permission first, which it does not get.

use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};

use super::headers::text;

/// What a browser says about where a request comes from (Fetch Metadata Request Headers).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The names that this host may be called by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hosts<'a> {
    /// Any.
    Any,
    /// Those of the loopback device, and these.
    Loopback(&'a [String]),
}

impl<'a> Hosts<'a> {
    /// Returns the names for a socket; `named` are those of `--http-host`.
    ///
    /// A page reaches a unix socket only if somebody forwards a port to it, and whoever does so may be called by any name. On
    /// a socket that `is_open` to other machines, nothing is served without a token, which a page does not have: there, the
    /// name matters only if names are given.
    pub(super) fn of(is_inet: bool, is_open: bool, named: &'a [String]) -> Self {
        match !is_inet || (is_open && named.is_empty()) {
            true => Hosts::Any,
            false => Hosts::Loopback(named),
        }
    }
}

/// Returns why a request may come from a foreign page, or be meant for another host.
pub(super) fn objection(headers: &HeaderMap, hosts: Hosts<'_>) -> Option<String> {
    if let Some(objection) = host_objection(text(headers, &HOST), hosts) {
        return Some(objection);
    }
    if let Some(origin) = text(headers, &ORIGIN) {
        let host = text(headers, &HOST).unwrap_or_default();
        if origin.split_once("://").map(|(_, origin)| origin) != Some(host) {
            return Some(format!("the page that sent it is from `{origin}`, not from `{host}`"));
        }
    }
    match text(headers, &SITE) {
        Some("same-origin" | "none") | None => None,
        Some(_) => Some("the page that sent it is from another site".to_owned()),
    }
}

/// Returns why a request may be meant for another host: its name may have been pointed to this machine.
pub(super) fn host_objection(host: Option<&str>, hosts: Hosts<'_>) -> Option<String> {
    let Hosts::Loopback(named) = hosts else { return None };
    let host = host.unwrap_or_default();
    let name = host_name(host);
    let is_ours = is_loopback(name) || named.iter().any(|named| named.eq_ignore_ascii_case(name));
    let also = if named.is_empty() { "" } else { ", or a name given with --http-host" };
    (!is_ours)
        .then(|| format!("the header `Host` is `{host}`; it must be localhost or a loopback address{also}"))
}

/// Whether a person has followed a link to the page from elsewhere. A page that is only shown does nothing.
pub(super) fn follows_link(headers: &HeaderMap) -> bool {
    text(headers, &MODE) == Some("navigate") && text(headers, &DEST) == Some("document")
}

/// Returns the media type of the body, in lower case and without parameters; empty if it has none.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let whole = text(headers, &CONTENT_TYPE).unwrap_or_default();
    whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a body of this type is JSON. A page cannot send any of these without permission (the Fetch standard, section
/// 2.2.2).
pub(super) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type == "application/json-rpc" || media_type.ends_with("+json")
}

/// Returns a host without its port.
fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_loopback(name: &str) -> bool {
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        list.iter().map(pair).collect()
    }

    #[test]
    fn only_what_comes_from_this_machine_is_served() {
        for (list, allowed) in [
            (&[("host", "localhost:8080")][..], true),
            (&[("host", "127.0.0.1")], true),
            (&[("host", "[::1]:80")], true),
            (&[("host", "LOCALHOST")], true),
            (&[], false),
            (&[("host", "evil.example")], false),
            (&[("host", "localhost.evil.example")], false),
            (&[("host", "127.0.0.1.evil.example")], false),
            (&[("host", "10.0.0.1")], false),
            (&[("host", "localhost:1"), ("origin", "http://localhost:1")], true),
            (&[("host", "localhost:1"), ("origin", "http://localhost:2")], false),
            (&[("host", "localhost:1"), ("origin", "http://evil.example")], false),
            (&[("host", "localhost:1"), ("origin", "null")], false),
            (&[("host", "localhost"), ("sec-fetch-site", "cross-site")], false),
            (&[("host", "localhost"), ("sec-fetch-site", "same-site")], false),
            (&[("host", "localhost"), ("sec-fetch-site", "Cross-Site")], false),
            (&[("host", "localhost"), ("sec-fetch-site", "same-origin")], true),
            (&[("host", "localhost"), ("sec-fetch-site", "none")], true),
        ] {
            assert_eq!(objection(&headers(list), Hosts::of(true, false, &[])).is_none(), allowed, "{list:?}");
        }
        let mut twice = headers(&[("host", "localhost")]);
        twice.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(objection(&twice, Hosts::of(true, false, &[])).is_some());
    }

    #[test]
    fn a_unix_socket_has_any_name_and_refuses_foreign_pages_too() {
        for (list, allowed) in [
            (&[][..], true),
            (&[("host", "daemon.example"), ("origin", "https://daemon.example")], true),
            (&[("host", "localhost:8080"), ("origin", "http://localhost:8080")], true),
            (&[("host", "localhost:8080"), ("origin", "http://evil.example")], false),
            (&[("host", "localhost:8080"), ("origin", "null")], false),
            (&[("host", "localhost:8080"), ("sec-fetch-site", "cross-site")], false),
        ] {
            assert_eq!(
                objection(&headers(list), Hosts::of(false, false, &[])).is_none(),
                allowed,
                "{list:?}"
            );
        }
    }

    #[test]
    fn a_socket_that_others_can_reach_has_the_names_that_are_given_or_any() {
        let named = ["Daemon.example".to_owned()];
        for (host, is_open, named, allowed) in [
            ("daemon.example:10443", true, &[][..], true),
            ("daemon.example:10443", true, &named[..], true),
            ("other.example", true, &named, false),
            ("localhost", true, &named, true),
            ("daemon.example", false, &named, true),
            ("daemon.example", false, &[], false),
        ] {
            let headers = headers(&[("host", host)]);
            let objection = objection(&headers, Hosts::of(true, is_open, named));
            assert_eq!(objection.is_none(), allowed, "{host} {is_open} {named:?}");
        }
    }

    #[test]
    fn a_media_type_is_compared_without_its_parameters() {
        for (list, expected) in [
            (&[("content-type", "application/json")][..], "application/json"),
            (&[("content-type", "Application/JSON; charset=utf-8")], "application/json"),
            (&[], ""),
        ] {
            assert_eq!(media_type(&headers(list)), expected);
        }
    }
}
