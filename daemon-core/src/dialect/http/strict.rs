//! What the standard has a server refuse, and hyper lets pass. Another reader on the way, such as a proxy, may understand
//! such a request in another way; so nothing after it is read.

use hyper::StatusCode;
use hyper::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use hyper::http::Version;
use hyper::http::request::Parts;

use super::answer::with;
use super::codec::Answer;
use super::headers::values;
use super::problem::refuse;

/// Returns the answer to a request that is not as it must be.
pub(super) fn objection(head: &Parts) -> Option<Answer> {
    let (status, detail) = wrong_host(head).or_else(|| unknown_coding(head))?;
    Some(with(refuse(status, detail), CONNECTION, "close"))
}

/// RFC 9112, section 3.2: there is one `Host`, which HTTP/1.0 may leave out.
fn wrong_host(head: &Parts) -> Option<(StatusCode, &'static str)> {
    match values(&head.headers, &HOST).count() {
        1 => None,
        0 if head.version == Version::HTTP_10 => None,
        0 => Some((StatusCode::BAD_REQUEST, "there is no header `Host`; HTTP/1.1 needs one")),
        _ => Some((StatusCode::BAD_REQUEST, "there are several headers `Host`; send one")),
    }
}

/// RFC 9112, section 6.1: hyper decodes only the coding `chunked`, and takes a list for it that has others before.
fn unknown_coding(head: &Parts) -> Option<(StatusCode, &'static str)> {
    let mut codings = values(&head.headers, &TRANSFER_ENCODING);
    let is_known = codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    match is_known && codings.next().is_none() {
        true => None,
        false => Some((StatusCode::NOT_IMPLEMENTED, "the only `Transfer-Encoding` is chunked, once")),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    #[test]
    fn a_request_has_one_host_and_no_coding_but_chunked() {
        for (version, headers, status) in [
            (Version::HTTP_11, &[("host", "x")][..], None),
            (Version::HTTP_11, &[("host", "")], None),
            (Version::HTTP_11, &[], Some(400)),
            (Version::HTTP_10, &[], None),
            (Version::HTTP_10, &[("host", "x"), ("host", "x")], Some(400)),
            (Version::HTTP_11, &[("host", "x"), ("host", "y")], Some(400)),
            (Version::HTTP_11, &[("host", "x"), ("transfer-encoding", "Chunked")], None),
            (Version::HTTP_11, &[("host", "x"), ("transfer-encoding", "gzip, chunked")], Some(501)),
            (Version::HTTP_11, &[("host", "x"), ("transfer-encoding", "chunked, chunked")], Some(501)),
            (
                Version::HTTP_11,
                &[("host", "x"), ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
                Some(501),
            ),
        ] {
            let builder = Request::builder().version(version);
            let builder =
                headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
            let (head, ()) = builder.body(()).unwrap().into_parts();
            let found = objection(&head);
            assert_eq!(found.as_ref().map(|answer| answer.status().as_u16()), status, "{headers:?}");
            assert!(found.is_none_or(|answer| answer.headers()[CONNECTION] == "close"), "{headers:?}");
        }
    }
}
