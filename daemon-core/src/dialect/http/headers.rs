//! The headers of a request by name. A request has few: to compare each name costs less than to hash the wanted one.

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

/// Returns the values of a header, in the order in which they came.
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a HeaderValue> {
    headers.iter().filter(move |(given, _)| *given == name).map(|(_, value)| value)
}

/// Returns a header that is given once, as text; what is given twice, or is no text, says nothing.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = values(headers, name);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.to_str().unwrap_or("(no text)")),
        (Some(_), Some(_)) => Some("(given twice)"),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::{ACCEPT, HOST};

    use super::*;

    #[test]
    fn a_header_that_is_given_twice_has_both_values_and_no_text() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, HeaderValue::from_static("a"));
        headers.append(HOST, HeaderValue::from_static("h"));
        headers.append(ACCEPT, HeaderValue::from_static("b"));
        assert!(values(&headers, &ACCEPT).eq(["a", "b"]));
        assert_eq!((text(&headers, &ACCEPT), text(&headers, &HOST)), (Some("(given twice)"), Some("h")));
        assert_eq!(text(&headers, &HeaderName::from_static("x-other")), None);
    }
}
