//! From the bytes of a call to the name of its method and its parameters, as JSON text.
//!
//! The document is pulled, and the text is written while it is: there is no tree. A type that JSON does not have becomes
//! a string: a time in the extended form of ISO 8601, bytes in base64.

mod encoding;
mod glance;
mod pull;
mod scalar;
mod tag;

use std::borrow::Cow;
// Names come from the peer: this one has a hash for which it cannot find collisions.
use std::collections::HashSet;
use std::fmt::Display;

use serde::Serialize;

pub(super) use self::encoding::BYTE_ORDER_MARK;
pub(crate) use self::encoding::{Decoded, decode};
use self::glance::glance;
pub(super) use self::pull::NO_TYPES;
use self::pull::{Content, Pull};
use self::tag::Tag;
use crate::fault::Fault;

/// A call, as a document says it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MethodCall<'a> {
    pub(crate) method: Cow<'a, str>,
    /// The JSON text of an array.
    pub(crate) params: String,
}

/// A fault about bytes that are not well-formed XML.
pub(super) fn malformed(at: usize, reason: impl Display) -> Fault {
    Fault::parse_error(format_args!("at byte {at}: {reason}"))
}

/// Reads a call. Its values may nest as deep as those of JSON-RPC, where the request is a level, too.
pub(crate) fn read<'a>(document: &'a Decoded<'_>, nesting: usize) -> Result<MethodCall<'a>, Fault> {
    // The parameters are the second level.
    match glance(&document.text).filter(|_| nesting >= 2) {
        Some(call) => Ok(call),
        None => read_closely(document, nesting),
    }
}

/// Reads a call of any shape.
pub(crate) fn read_closely<'a>(document: &'a Decoded<'_>, nesting: usize) -> Result<MethodCall<'a>, Fault> {
    let json = Vec::with_capacity(document.text.len() / 2);
    let mut reading = Reading { pull: Pull::new(&document.text, document.at), json, level: 1, nesting };
    let method = reading.call()?;
    let params = String::from_utf8(reading.json).map_err(Fault::internal)?;
    Ok(MethodCall { method, params })
}

struct Reading<'a> {
    pull: Pull<'a>,
    /// What is written of the parameters.
    json: Vec<u8>,
    /// How many arrays and structs are open, the request included.
    level: usize,
    nesting: usize,
}

impl<'a> Reading<'a> {
    fn call(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.pull.open(Tag::MethodCall)?;
        self.pull.open(Tag::MethodName)?;
        let method = self.pull.text(Tag::MethodName)?;
        self.enter(b'[')?;
        if self.pull.open_another(Tag::Params)? {
            self.params()?;
            self.pull.close(Tag::MethodCall)?;
        }
        self.leave(b']');
        self.pull.finish()?;
        Ok(method)
    }

    fn params(&mut self) -> Result<(), Fault> {
        let mut first = true;
        while self.pull.open_another(Tag::Param)? {
            self.separate(&mut first);
            self.pull.open(Tag::Value)?;
            self.value()?;
            self.pull.close(Tag::Param)?;
        }
        Ok(())
    }

    /// Reads a value that has begun. One without a type is a string.
    fn value(&mut self) -> Result<(), Fault> {
        match self.pull.content()? {
            Content::Text(text) => self.write(&*text),
            Content::Element(tag) => {
                self.typed(tag)?;
                self.pull.close(Tag::Value)
            }
        }
    }

    fn typed(&mut self, tag: Tag) -> Result<(), Fault> {
        match tag {
            Tag::String => {
                let text = self.pull.text(tag)?;
                self.write(&*text)
            }
            Tag::Int => self.scalar(tag, scalar::int),
            Tag::Long => self.scalar(tag, scalar::long),
            Tag::Boolean => self.scalar(tag, scalar::boolean),
            Tag::Double => self.scalar(tag, scalar::double),
            Tag::DateTime => self.scalar(tag, scalar::date_time),
            Tag::Base64 => self.scalar(tag, scalar::base64),
            Tag::Nil => {
                self.pull.close(tag)?;
                self.write(&())
            }
            Tag::Array => self.array(),
            Tag::Struct => self.members(),
            _ => Err(self.pull.refuse(format_args!("<{}> in a <value>, which is no type", tag.name()))),
        }
    }

    /// Reads a value that is one text.
    fn scalar<T: Serialize>(
        &mut self,
        tag: Tag,
        read: fn(&str) -> Result<T, scalar::Reason>,
    ) -> Result<(), Fault> {
        let text = self.pull.text(tag)?;
        let value = read(&text).map_err(|reason| {
            self.pull.refuse(format_args!("<{}>{text}</{}>: {reason}", tag.name(), tag.name()))
        })?;
        self.write(&value)
    }

    fn array(&mut self) -> Result<(), Fault> {
        self.enter(b'[')?;
        self.pull.open(Tag::Data)?;
        let mut first = true;
        while self.pull.open_another(Tag::Value)? {
            self.separate(&mut first);
            self.value()?;
        }
        self.leave(b']');
        self.pull.close(Tag::Array)
    }

    fn members(&mut self) -> Result<(), Fault> {
        self.enter(b'{')?;
        let mut names = HashSet::new();
        let mut first = true;
        while self.pull.open_another(Tag::Member)? {
            self.separate(&mut first);
            self.pull.open(Tag::Name)?;
            let name = self.pull.text(Tag::Name)?;
            self.write(&*name)?;
            self.json.push(b':');
            if let Some(name) = names.replace(name) {
                return Err(self.pull.refuse(format_args!("the member `{name}` is given twice")));
            }
            self.pull.open(Tag::Value)?;
            self.value()?;
            self.pull.close(Tag::Member)?;
        }
        self.leave(b'}');
        Ok(())
    }

    fn enter(&mut self, bracket: u8) -> Result<(), Fault> {
        self.level += 1;
        if self.level > self.nesting {
            return Err(self.pull.refuse(format_args!("nested deeper than {} levels", self.nesting)));
        }
        self.json.push(bracket);
        Ok(())
    }

    fn leave(&mut self, bracket: u8) {
        self.level -= 1;
        self.json.push(bracket);
    }

    fn separate(&mut self, first: &mut bool) {
        if !std::mem::take(first) {
            self.json.push(b',');
        }
    }

    fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        serde_json::to_writer(&mut self.json, value).map_err(Fault::internal)
    }
}

#[cfg(test)]
mod tests;
