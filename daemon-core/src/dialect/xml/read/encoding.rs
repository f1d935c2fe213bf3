//! The encoding of a document: UTF-8, or one that is a part of it, or ISO-8859-1, which is decoded.

use std::borrow::Cow;

use memchr::memmem;
use quick_xml::events::{BytesDecl, BytesStart};

use super::malformed;
use crate::fault::Fault;

/// The character that may precede a document, in UTF-8.
pub(in crate::dialect::xml) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The declarations of most clients, which need no closer look.
const USUAL: [&[u8]; 3] =
    [b"<?xml version='1.0'?>", b"<?xml version=\"1.0\"?>", b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"];

/// The text of a document, without a byte order mark and a declaration.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    /// How many bytes of the document are before it.
    pub(super) at: usize,
}

/// Returns the text of a document.
pub(crate) fn decode(document: &[u8]) -> Result<Decoded<'_>, Fault> {
    let plain = document.strip_prefix(BYTE_ORDER_MARK).unwrap_or(document);
    let (encoding, rest) = declared(plain)?;
    let at = document.len() - rest.len();
    let text = match encoding.as_deref() {
        None | Some("utf-8" | "utf8") => utf8(rest, at)?,
        Some("us-ascii" | "ascii") => match rest.iter().position(|byte| !byte.is_ascii()) {
            Some(place) => {
                return Err(malformed(
                    at + place,
                    "not US-ASCII, although the document says so; declare UTF-8",
                ));
            }
            None => utf8(rest, at)?,
        },
        Some("iso-8859-1" | "latin1") => latin1(rest),
        Some(other) => {
            return Err(malformed(0, format_args!("the encoding {other} is not read here; send UTF-8")));
        }
    };
    Ok(Decoded { text, at })
}

fn utf8(text: &[u8], at: usize) -> Result<Cow<'_, str>, Fault> {
    std::str::from_utf8(text).map(Cow::Borrowed).map_err(|error| {
        malformed(at + error.valid_up_to(), "not UTF-8; send UTF-8, or declare encoding=\"ISO-8859-1\"")
    })
}

/// Each byte is the character of this number.
fn latin1(document: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(document) {
        Ok(text) if document.is_ascii() => Cow::Borrowed(text),
        Ok(_) | Err(_) => Cow::Owned(document.iter().copied().map(char::from).collect()),
    }
}

/// Returns the encoding that the declaration of a document names, if it does, in lower case; and what follows.
fn declared(document: &[u8]) -> Result<(Option<String>, &[u8]), Fault> {
    if let Some(rest) = USUAL.iter().find_map(|usual| document.strip_prefix(*usual)) {
        return Ok((None, rest));
    }
    let Some(b' ' | b'\t' | b'\r' | b'\n') = document.strip_prefix(b"<?xml").and_then(<[u8]>::first) else {
        return Ok((None, document));
    };
    let broken = || malformed(0, "a broken XML declaration; write <?xml version=\"1.0\"?>");
    let end = memmem::find(document, b"?>").ok_or_else(broken)?;
    let text = std::str::from_utf8(&document[2..end]).map_err(|_| broken())?;
    let declaration = BytesDecl::from_start(BytesStart::from_content(text, 3));
    let version = declaration.version().map_err(|_| broken())?;
    let encoding = declaration.encoding().transpose().map_err(|_| broken())?;
    match version.starts_with("1.") {
        true => Ok((encoding.map(|name| name.to_ascii_lowercase()), &document[end + 2..])),
        false => Err(broken()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_decoded() {
        for (document, expected) in [
            (&b"<a>\xc3\xa9</a>"[..], Some(("<a>é</a>", 0))),
            (b"\xef\xbb\xbf<a/>", Some(("<a/>", 3))),
            (b"<?xml version='1.0'?>a", Some(("a", 21))),
            (b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\xc3\xa9", Some(("é", 41))),
            (b"<?xml version='1.0' encoding=\"iso-8859-1\"?>\xe9", Some(("é", 43))),
            (b"<?xml version='1.0' encoding='US-ASCII'?>a", Some(("a", 41))),
            (b"<?xmlish?>a", Some(("<?xmlish?>a", 0))),
            (b"<?xml version='1.0' encoding='US-ASCII'?>\xc3\xa9", None),
            (b"<?xml version='1.0' encoding='UTF-16'?>", None),
            (b"<?xml version='1.0' encoding='koi8-r'?>", None),
            (b"<?xml encoding='UTF-8'?>", None),
            (b"<?xml version='2.0'?>", None),
            (b"<?xml version='1.0'", None),
            (b"<?xml version=?>", None),
            (b"<a>\xe9</a>", None),
        ] {
            let decoded = decode(document).ok();
            let found = decoded.as_ref().map(|decoded| (&*decoded.text, decoded.at));
            assert_eq!(found, expected, "{document:?}");
        }
    }
}
