//! Elements and text, pulled out of a document one after the other: well-formed XML, of which the caller says what it
//! expects.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::malformed;
use super::tag::Tag;
use crate::dialect::xml::characters::first_forbidden;
use crate::fault::Fault;

/// The most attributes of an element, which are ignored: XML-RPC has none.
const ATTRIBUTES: usize = 16;

/// A position in a document.
pub(super) struct Pull<'a> {
    reader: Reader<&'a [u8]>,
    /// Where the text starts in the document.
    start: usize,
    /// Where the latest event starts in the document.
    at: usize,
}

/// What an element contains.
pub(super) enum Content<'a> {
    /// Only text, which was read with the element's end.
    Text(Cow<'a, str>),
    /// Another element, which has begun.
    Element(Tag),
}

/// What a document consists of.
enum Token<'a> {
    Start(Tag),
    End,
    Text(Cow<'a, str>),
    /// Text of a CDATA section.
    Section(Cow<'a, str>),
    /// The name between `&` and `;`.
    Reference(Cow<'a, str>),
    /// The document has ended.
    Nothing,
}

impl<'a> Pull<'a> {
    pub(super) fn new(text: &'a str, start: usize) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Pull { reader, start, at: start }
    }

    /// A fault about what was read last: it is XML, but not a call.
    pub(super) fn refuse(&self, reason: impl std::fmt::Display) -> Fault {
        Fault::invalid_request(format_args!("at byte {}: {reason}", self.at))
    }

    /// Begins the next element, which must be this one.
    pub(super) fn open(&mut self, wanted: Tag) -> Result<(), Fault> {
        match self.next()? {
            Some(tag) if tag == wanted => Ok(()),
            found => Err(self.unexpected(found, wanted)),
        }
    }

    /// Begins the next element, which must be this one; returns false if the one around it ends instead.
    pub(super) fn open_another(&mut self, wanted: Tag) -> Result<bool, Fault> {
        match self.next()? {
            Some(tag) if tag == wanted => Ok(true),
            None => Ok(false),
            found => Err(self.unexpected(found, wanted)),
        }
    }

    /// Ends the current element, which must contain nothing further.
    pub(super) fn close(&mut self, tag: Tag) -> Result<(), Fault> {
        match self.next()? {
            None => Ok(()),
            Some(found) => {
                Err(self.refuse(format_args!("<{}> where <{}> must end", found.name(), tag.name())))
            }
        }
    }

    /// Reads the current element, which must contain only text.
    pub(super) fn text(&mut self, tag: Tag) -> Result<Cow<'a, str>, Fault> {
        match self.content()? {
            Content::Text(text) => Ok(text),
            Content::Element(found) => {
                Err(self.refuse(format_args!("<{}> in <{}>, which is a text", found.name(), tag.name())))
            }
        }
    }

    /// Reads the text of the current element, or begins the element in it.
    pub(super) fn content(&mut self) -> Result<Content<'a>, Fault> {
        let mut text = Cow::Borrowed("");
        loop {
            let piece = match self.token()? {
                Token::Text(piece) => self.plain(piece)?,
                Token::Section(piece) => self.allowed(with_line_feeds(piece))?,
                Token::Reference(name) => self.resolve(&name)?,
                Token::Start(tag) if is_blank(&text) => return Ok(Content::Element(tag)),
                Token::Start(_) => return Err(self.refuse("an element after text")),
                Token::End => return Ok(Content::Text(text)),
                Token::Nothing => return Err(self.cut_short()),
            };
            match text.is_empty() {
                true => text = piece,
                false => text.to_mut().push_str(&piece),
            }
        }
    }

    /// Checks that nothing follows the document.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        loop {
            match self.token()? {
                Token::Nothing => return Ok(()),
                Token::Text(text) if is_blank(&text) => {}
                _ => return Err(malformed(self.at, "more after the end of the document")),
            }
        }
    }

    /// Begins the next element, or ends the current one, with nothing but white space before.
    fn next(&mut self) -> Result<Option<Tag>, Fault> {
        loop {
            match self.token()? {
                Token::Start(tag) => return Ok(Some(tag)),
                Token::End => return Ok(None),
                Token::Text(text) if is_blank(&text) => {}
                Token::Nothing => return Err(self.cut_short()),
                Token::Text(_) | Token::Section(_) | Token::Reference(_) => {
                    return Err(self.refuse("text where an element is expected; a text is a <value>"));
                }
            }
        }
    }

    /// Reads what comes next, without what means nothing.
    fn token(&mut self) -> Result<Token<'a>, Fault> {
        loop {
            self.at = self.place(self.reader.buffer_position());
            // An event is large: it is taken apart where it is.
            match self.reader.read_event() {
                // An empty element comes as a start and an end.
                Ok(Event::Start(start) | Event::Empty(start)) => return self.tag(&start).map(Token::Start),
                Ok(Event::End(_)) => return Ok(Token::End),
                Ok(Event::Text(text)) => return Ok(Token::Text(text.into_inner())),
                Ok(Event::CData(text)) => return Ok(Token::Section(text.into_inner())),
                Ok(Event::GeneralRef(name)) => return Ok(Token::Reference(name.into_inner())),
                Ok(Event::Eof) => return Ok(Token::Nothing),
                Ok(Event::Comment(text)) => drop(self.allowed(text.into_inner())?),
                Ok(Event::PI(text)) => drop(self.allowed(text.into_inner())?),
                Ok(Event::Decl(_)) => {
                    return Err(malformed(self.at, "an XML declaration that is not the start"));
                }
                Ok(Event::DocType(_)) => return Err(malformed(self.at, NO_TYPES)),
                Err(error) => return Err(malformed(self.place(self.reader.error_position()), error)),
            }
        }
    }

    fn tag(&self, start: &BytesStart<'_>) -> Result<Tag, Fault> {
        if !start.attributes_raw().is_empty() {
            self.check_attributes(start)?;
        }
        let name = start.name().into_inner();
        Tag::of(name).ok_or_else(|| self.refuse(format_args!("<{name}>, which XML-RPC does not have")))
    }

    #[cold]
    fn check_attributes(&self, start: &BytesStart<'_>) -> Result<(), Fault> {
        for (count, attribute) in start.attributes().enumerate() {
            let attribute = attribute.map_err(|error| malformed(self.at, error))?;
            if count >= ATTRIBUTES {
                return Err(self.refuse("an element with many attributes; XML-RPC has none"));
            }
            if attribute.value.contains('<') {
                return Err(malformed(self.at, "`<` in the value of an attribute; write &lt;"));
            }
            self.allowed(attribute.value)?;
        }
        Ok(())
    }

    /// Reads text between markup.
    fn plain(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Fault> {
        let text = self.allowed(with_line_feeds(text))?;
        if memchr_iter(b'>', text.as_bytes()).any(|at| text.as_bytes()[..at].ends_with(b"]]")) {
            return Err(malformed(self.at, "`]]>` outside of a CDATA section; write ]]&gt;"));
        }
        Ok(text)
    }

    /// Returns what a reference stands for.
    fn resolve(&self, name: &str) -> Result<Cow<'a, str>, Fault> {
        let named = match name {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "apos" => "'",
            "quot" => "\"",
            name => {
                let character =
                    BytesRef::new(name).resolve_char_ref().map_err(|error| malformed(self.at, error))?;
                let Some(character) = character else {
                    return Err(malformed(
                        self.at,
                        format_args!("&{name}; is not defined; write the text itself"),
                    ));
                };
                return self.allowed(Cow::Owned(character.into()));
            }
        };
        Ok(Cow::Borrowed(named))
    }

    /// Returns the text if XML allows all characters in it.
    fn allowed<'t>(&self, text: Cow<'t, str>) -> Result<Cow<'t, str>, Fault> {
        match first_forbidden(&text) {
            None => Ok(text),
            Some(character) => Err(malformed(
                self.at,
                format_args!("U+{:04X}, a character that XML does not allow", u32::from(character)),
            )),
        }
    }

    fn unexpected(&self, found: Option<Tag>, wanted: Tag) -> Fault {
        match found {
            Some(tag) => self.refuse(format_args!("<{}> where <{}> is expected", tag.name(), wanted.name())),
            None => self.refuse(format_args!("an end where <{}> is expected", wanted.name())),
        }
    }

    /// Returns where a position of the reader is in the document.
    fn place(&self, at: u64) -> usize {
        self.start.saturating_add(usize::try_from(at).unwrap_or(usize::MAX))
    }

    fn cut_short(&self) -> Fault {
        malformed(self.at, "the document has no end")
    }
}

/// Why a document type declaration is refused.
pub(in crate::dialect::xml) const NO_TYPES: &str =
    "a document type declaration, which is not accepted; leave it out";

/// Returns the text with each line end as a line feed (section 2.11 of XML 1.0).
fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    match memchr(b'\r', text.as_bytes()) {
        None => text,
        Some(_) => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
