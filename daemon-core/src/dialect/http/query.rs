//! Texts in a URL: percent-encoded (RFC 3986, section 2.1), and pairs of them in a query.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::fault::Fault;

/// Returns the pairs of names and values of a query, as a form writes them (URL standard, section 5.1).
///
/// # Errors
///
/// If one is not UTF-8.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, Fault> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let text = |text: &str| decode(&text.replace('+', " ")).map(Cow::into_owned);
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((text(name)?, text(value)?))
        })
        .collect()
}

/// Decodes a text.
///
/// # Errors
///
/// If it is not UTF-8.
pub(super) fn decode(text: &str) -> Result<Cow<'_, str>, Fault> {
    percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| Fault::invalid_request(format!("`{text}` in the URL is not UTF-8, percent-encoded")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_a_form_writes_it() {
        for (query, expected) in [
            ("", &[][..]),
            ("a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("a=1&a=2", &[("a", "1"), ("a", "2")]),
            ("&&a", &[("a", "")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a+b=%2B%26+%C3%BC", &[("a b", "+& ü")]),
            ("a=%zz%", &[("a", "%zz%")]),
        ] {
            let found = pairs(query).unwrap();
            let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "{query}");
        }
        assert!(pairs("a=%ff").unwrap_err().data().unwrap()["reason"].as_str().unwrap().contains("UTF-8"));
    }
}
