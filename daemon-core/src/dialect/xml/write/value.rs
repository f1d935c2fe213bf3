//! A value of JSON as one of XML-RPC.

use std::fmt;
use std::io::Write;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::text::{Forbidden, escape};
use crate::rpc::numbers::inexact;
use crate::rpc::output::{Bounded, Unwritten};

/// From here on, a number that was read as a double may have been an integer.
const BEYOND_INTEGERS: f64 = 9_223_372_036_854_775_808.0;

/// Appends the value that a JSON text says.
pub(super) fn translate(json: &[u8], written: &mut Bounded<'_>) -> Result<(), Unwritten> {
    let mut translator = Translator { written, unwritten: None, has_large: false };
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = Value(&mut translator).deserialize(&mut reader).and_then(|()| reader.end());
    match (read, translator.unwritten) {
        (Err(_), Some(unwritten)) => Err(unwritten),
        (Err(error), None) => {
            Err(Unwritten::Because(format!("the result cannot be written as XML: {error}")))
        }
        (Ok(()), _) if translator.has_large => check_digits(json),
        (Ok(()), _) => Ok(()),
    }
}

/// Refuses an integer that was read as a double, and has lost digits.
#[cold]
fn check_digits(json: &[u8]) -> Result<(), Unwritten> {
    match std::str::from_utf8(json).ok().and_then(inexact) {
        Some(number) => Err(too_large(number)),
        None => Ok(()),
    }
}

#[cold]
fn too_large(number: impl fmt::Display) -> Unwritten {
    Unwritten::Because(format!(
        "the result contains the integer {number}, beyond the 64 bits of <i8>; call the method by JSON-RPC"
    ))
}

struct Translator<'w, 'o> {
    written: &'w mut Bounded<'o>,
    /// Why it has stopped.
    unwritten: Option<Unwritten>,
    /// Whether there was a number so large that digits may be lost.
    has_large: bool,
}

impl Translator<'_, '_> {
    #[inline]
    fn push<E: Error>(&mut self, text: &str) -> Result<(), E> {
        let pushed = self.written.push(text);
        self.keep(pushed)
    }

    fn text<E: Error>(&mut self, text: &str) -> Result<(), E> {
        let pushed = escape(text, Forbidden::Refused, self.written);
        self.keep(pushed)
    }

    fn integer<E: Error>(&mut self, number: i64) -> Result<(), E> {
        let (before, after) = match i32::try_from(number) {
            Ok(_) => ("<value><int>", "</int></value>"),
            Err(_) => ("<value><i8>", "</i8></value>"),
        };
        self.push(before)?;
        self.number(format_args!("{number}"))?;
        self.push(after)
    }

    fn number<E: Error>(&mut self, number: fmt::Arguments<'_>) -> Result<(), E> {
        let written = self.written.write_fmt(number).map_err(|_| Unwritten::TooLong);
        self.keep(written)
    }

    /// Keeps why writing failed: serde's errors carry only text.
    #[inline]
    fn keep<E: Error>(&mut self, pushed: Result<(), Unwritten>) -> Result<(), E> {
        pushed.map_err(|unwritten| self.stop(unwritten))
    }

    #[cold]
    fn stop<E: Error>(&mut self, unwritten: Unwritten) -> E {
        self.unwritten = Some(unwritten);
        E::custom("stopped")
    }
}

/// The next value of the text.
struct Value<'t, 'w, 'o>(&'t mut Translator<'w, 'o>);

impl<'de> DeserializeSeed<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.push("<value><nil/></value>")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<(), E> {
        self.0.push(match truth {
            true => "<value><boolean>1</boolean></value>",
            false => "<value><boolean>0</boolean></value>",
        })
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.0.integer(number)
    }

    /// Refuses what does not fit: a double would lose digits, and a string is no number.
    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.0.integer(number),
            Err(_) => Err(self.0.stop(too_large(number))),
        }
    }

    /// Writes a double without an exponent, which the specification does not allow.
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.0.has_large |= number.abs() >= BEYOND_INTEGERS;
        self.0.push("<value><double>")?;
        match number.fract() == 0.0 {
            true => self.0.number(format_args!("{number}.0"))?,
            false => self.0.number(format_args!("{number}"))?,
        }
        self.0.push("</double></value>")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push("<value><string>")?;
        self.0.text(text)?;
        self.0.push("</string></value>")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.push("<value><array><data>")?;
        while seq.next_element_seed(Value(self.0))?.is_some() {}
        self.0.push("</data></array></value>")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push("<value><struct>")?;
        while map.next_key_seed(Name(self.0))?.is_some() {
            map.next_value_seed(Value(self.0))?;
            self.0.push("</member>")?;
        }
        self.0.push("</struct></value>")
    }
}

/// The name of the next member.
struct Name<'t, 'w, 'o>(&'t mut Translator<'w, 'o>);

impl<'de> DeserializeSeed<'de> for Name<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        self.0.push("<member><name>")?;
        self.0.text(name)?;
        self.0.push("</name>")
    }
}
