//! The page that a browser shows: one document, with its style and its script inside.
//!
//! It is what a person sees of a daemon: the methods, with a form for each, and what the daemon is doing. Its script, in
//! the folder `page`, calls the daemon by JSON-RPC as any other client does. The daemon keeps nothing for it.

use std::sync::LazyLock;

use hyper::StatusCode;
use hyper::header::{ACCEPT, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, REFERRER_POLICY, VARY};

use super::answer::{JSON, whole, with};
use super::codec::Answer;
use super::headers::values;

/// The methods of HTTP that `/` has.
pub(super) const VERBS: &[&str] = &["GET", "POST"];

const HTML: &str = "text/html; charset=utf-8";
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const STYLE: &str = include_str!("page/page.css");
/// The script, in the order to read it in.
const SCRIPT: &str = concat!(
    include_str!("page/text.js"),
    include_str!("page/json.js"),
    include_str!("page/wire.js"),
    include_str!("page/schema.js"),
    include_str!("page/form.js"),
    include_str!("page/method.js"),
    include_str!("page/list.js"),
    include_str!("page/plot.js"),
    include_str!("page/live.js")
);

/// The page as it is sent.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    [
        include_str!("page/head.html"),
        "<style>",
        &sent(STYLE),
        "</style>\n",
        include_str!("page/body.html"),
        "<script type=\"module\">",
        &sent(SCRIPT),
        "</script>\n",
    ]
    .concat()
});

/// Returns a source without what only its readers need: indentation, and lines of comment.
fn sent(source: &str) -> String {
    let lines =
        source.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What the page may do: run its own script, in its own style, and talk to its daemon. The hashes are those of the style
/// and the script.
const POLICY: &str = "default-src 'none'; \
    script-src 'sha256-Q670jeu+eFJx093D/cYxhjDV5hshVUsty5mpudgxOak='; \
    style-src 'sha256-nbew5GgW60nIhSaZorGMEY4EMLP/CVmfvS994ypUFxU='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether the peer takes a page, and would not rather have JSON.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let quality = quality(headers, "text/html");
    quality > 0.0 && quality >= self::quality(headers, JSON)
}

/// Returns how much the peer wants this type, from 0 to 1 (RFC 9110, section 12.5.1).
fn quality(headers: &HeaderMap, wanted: &str) -> f32 {
    let lists = values(headers, &ACCEPT).filter_map(|value| value.to_str().ok());
    let mut ranges = lists.flat_map(|list| list.split(',')).peekable();
    if ranges.peek().is_none() {
        return 1.0;
    }
    let fitting = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let precision = precision(parts.next()?, wanted)?;
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
        Some((precision, quality.unwrap_or(0.0)))
    });
    fitting.max_by_key(|(precision, _)| *precision).map_or(0.0, |(_, quality)| quality)
}

/// Returns how precisely a range names a type; `None` if it does not.
fn precision(range: &str, wanted: &str) -> Option<u8> {
    let (group, _) = wanted.split_once('/')?;
    match range.split_once('/')? {
        _ if range.eq_ignore_ascii_case(wanted) => Some(2),
        (one, "*") if one.eq_ignore_ascii_case(group) => Some(1),
        ("*", "*") => Some(0),
        _ => None,
    }
}

/// Returns the page.
pub(super) fn answer() -> Answer {
    let page = whole(StatusCode::OK, HTML, PAGE.as_bytes().to_vec());
    [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (OPENER, "same-origin"),
        (VARY, "accept"),
    ]
    .into_iter()
    .fold(page, |page, (name, value)| with(page, name, value))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use hyper::header::HeaderValue;
    use sha2::{Digest, Sha256};

    use super::*;

    fn hash(text: &str) -> String {
        format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
    }

    #[test]
    fn the_policy_allows_the_style_and_the_script_and_no_others() {
        for (directive, text) in [("style-src", STYLE), ("script-src", SCRIPT)] {
            let allowed = format!("{directive} {};", hash(&sent(text)));
            assert!(POLICY.contains(&allowed), "in `POLICY` write: {allowed}");
        }
    }

    #[test]
    fn the_page_is_small_and_whole() {
        assert!(PAGE.len() <= 50 * 1024, "{} bytes", PAGE.len());
        // The first of these would end the style or the script.
        assert_eq!((PAGE.matches("</style").count(), PAGE.matches("</script").count()), (1, 1));
    }

    #[test]
    fn who_would_rather_have_json_gets_no_page() {
        for (accept, expected) in [
            (None, true),
            (Some("*/*"), true),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), true),
            (Some("text/*"), true),
            (Some("TEXT/HTML; q=0.5"), true),
            (Some("application/json"), false),
            (Some("application/json, */*;q=0.1"), false),
            (Some("application/json, text/html"), true),
            (Some("application/json, text/html;q=0.9"), false),
            (Some("text/html;q=0"), false),
            (Some("text/html;q=much"), false),
            (Some("text/event-stream"), false),
            (Some(""), false),
        ] {
            let accept = accept.map(|accept| (ACCEPT, HeaderValue::from_static(accept)));
            assert_eq!(is_wanted(&accept.into_iter().collect()), expected);
        }
    }
}
