//! Elements and text, pulled out of a document one after the other: well-formed XML, of which the caller says what it
//! expects.

use std::borrow::Cow;

use memchr::memchr_iter;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, BytesText, Event};

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
            let piece = match self.event()? {
                Event::Text(piece) => self.plain(&piece)?,
                Event::CData(piece) => self.allowed(piece.xml10_content())?,
                Event::GeneralRef(reference) => self.resolve(&reference)?,
                Event::Start(start) if is_blank(&text) => return self.tag(&start).map(Content::Element),
                Event::Start(_) => return Err(self.refuse("an element after text")),
                Event::End(_) => return Ok(Content::Text(text)),
                _ => return Err(self.cut_short()),
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
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if is_blank(&text) => {}
                _ => return Err(malformed(self.at, "more after the end of the document")),
            }
        }
    }

    /// Begins the next element, or ends the current one, with nothing but white space before.
    fn next(&mut self) -> Result<Option<Tag>, Fault> {
        loop {
            match self.event()? {
                Event::Start(start) => return self.tag(&start).map(Some),
                Event::End(_) => return Ok(None),
                Event::Text(text) if is_blank(&text) => {}
                Event::Eof => return Err(self.cut_short()),
                _ => return Err(self.refuse("text where an element is expected; a text is a <value>")),
            }
        }
    }

    /// Reads what comes next, without what means nothing.
    fn event(&mut self) -> Result<Event<'a>, Fault> {
        loop {
            self.at = self.place(self.reader.buffer_position());
            let event = self.reader.read_event();
            match event.map_err(|error| malformed(self.place(self.reader.error_position()), error))? {
                Event::Comment(text) => drop(self.allowed(text.into_inner())?),
                Event::PI(text) => drop(self.allowed(text.into_inner())?),
                Event::Decl(_) => return Err(malformed(self.at, "an XML declaration that is not the start")),
                Event::DocType(_) => return Err(malformed(self.at, NO_TYPES)),
                event => return Ok(event),
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
    fn plain(&self, text: &BytesText<'a>) -> Result<Cow<'a, str>, Fault> {
        let text = self.allowed(text.xml10_content())?;
        if memchr_iter(b'>', text.as_bytes()).any(|at| text.as_bytes()[..at].ends_with(b"]]")) {
            return Err(malformed(self.at, "`]]>` outside of a CDATA section; write ]]&gt;"));
        }
        Ok(text)
    }

    /// Returns what a reference stands for.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<Cow<'a, str>, Fault> {
        let named = match &**reference {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "apos" => "'",
            "quot" => "\"",
            name => {
                let character = reference.resolve_char_ref().map_err(|error| malformed(self.at, error))?;
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

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
