//! The encoding of a document: UTF-8, or one that is a part of it, or ISO-8859-1, which is decoded.

use std::borrow::Cow;

use memchr::memmem;
use quick_xml::events::{BytesDecl, BytesStart};

use super::malformed;
use crate::fault::Fault;

/// The character that may precede a document, in UTF-8.
pub(in crate::dialect::xml) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns the text of a document, without a byte order mark.
pub(crate) fn decode(document: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let document = document.strip_prefix(BYTE_ORDER_MARK).unwrap_or(document);
    let Some(encoding) = declared(document)? else { return utf8(document) };
    match &*encoding.to_ascii_lowercase() {
        "utf-8" | "utf8" => utf8(document),
        "us-ascii" | "ascii" => match document.iter().position(|byte| !byte.is_ascii()) {
            Some(at) => Err(malformed(at, "not US-ASCII, although the document says so; declare UTF-8")),
            None => utf8(document),
        },
        "iso-8859-1" | "latin1" => Ok(latin1(document)),
        _ => Err(malformed(0, format_args!("the encoding {encoding} is not read here; send UTF-8"))),
    }
}

fn utf8(document: &[u8]) -> Result<Cow<'_, str>, Fault> {
    std::str::from_utf8(document).map(Cow::Borrowed).map_err(|error| {
        malformed(error.valid_up_to(), "not UTF-8; send UTF-8, or declare encoding=\"ISO-8859-1\"")
    })
}

/// Each byte is the character of this number.
fn latin1(document: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(document) {
        Ok(text) if document.is_ascii() => Cow::Borrowed(text),
        Ok(_) | Err(_) => Cow::Owned(document.iter().copied().map(char::from).collect()),
    }
}

/// Returns the encoding that the declaration of a document names, if it has one.
fn declared(document: &[u8]) -> Result<Option<String>, Fault> {
    let Some(b' ' | b'\t' | b'\r' | b'\n') = document.strip_prefix(b"<?xml").and_then(<[u8]>::first) else {
        return Ok(None);
    };
    let declaration = memmem::find(document, b"?>").and_then(|end| document.get(2..end));
    let declaration = declaration.and_then(|text| std::str::from_utf8(text).ok());
    let broken = || malformed(0, "a broken XML declaration; write <?xml version=\"1.0\"?>");
    let declaration = BytesDecl::from_start(BytesStart::from_content(declaration.ok_or_else(broken)?, 3));
    let version = declaration.version().map_err(|_| broken())?;
    if !version.starts_with("1.") {
        return Err(broken());
    }
    let encoding = declaration.encoding().transpose().map_err(|_| broken())?;
    Ok(encoding.map(Cow::into_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_decoded() {
        for (document, expected) in [
            (&b"<a>\xc3\xa9</a>"[..], Some("<a>é</a>")),
            (b"\xef\xbb\xbf<a/>", Some("<a/>")),
            (
                b"<?xml version='1.0' encoding='UTF-8'?>\xc3\xa9",
                Some("<?xml version='1.0' encoding='UTF-8'?>é"),
            ),
            (
                b"<?xml version='1.0' encoding=\"iso-8859-1\"?>\xe9",
                Some("<?xml version='1.0' encoding=\"iso-8859-1\"?>é"),
            ),
            (
                b"<?xml version='1.0' encoding='US-ASCII'?>a",
                Some("<?xml version='1.0' encoding='US-ASCII'?>a"),
            ),
            (b"<?xmlish?>a", Some("<?xmlish?>a")),
            (b"<?xml version='1.0' encoding='US-ASCII'?>\xc3\xa9", None),
            (b"<?xml version='1.0' encoding='UTF-16'?>", None),
            (b"<?xml version='1.0' encoding='koi8-r'?>", None),
            (b"<?xml encoding='UTF-8'?>", None),
            (b"<?xml version='2.0'?>", None),
            (b"<?xml version='1.0'", None),
            (b"<?xml version=?>", None),
            (b"<a>\xe9</a>", None),
        ] {
            let decoded = decode(document);
            assert_eq!(decoded.as_deref().ok(), expected, "{decoded:?}");
        }
    }
}
