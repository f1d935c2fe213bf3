//! From values that are written as text, on a command line or in a URL, to JSON.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::param::Param;
use super::schema::{element_word, type_word};
use crate::settings::parse::switch;

/// How the values of a parameter are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As they are.
    Text,
    /// As the words of a switch, or not at all.
    Switch,
    /// One by one, or all as one JSON array. The elements may be text.
    List { text: bool },
    /// As JSON; what is not JSON is text.
    Json,
}

impl Kind {
    pub(crate) fn of(param: &Param) -> Kind {
        Kind::of_words(type_word(param.schema), element_word(param.schema))
    }

    /// Returns how values of this type are written; `element` is the type of the elements of an array.
    pub(crate) fn of_words(word: &str, element: &str) -> Kind {
        match word {
            "string" => Kind::Text,
            "boolean" => Kind::Switch,
            "array" => Kind::List { text: element == "string" },
            _ => Kind::Json,
        }
    }

    /// Converts what was written for a parameter, perhaps more than once.
    ///
    /// # Errors
    ///
    /// Why it is no word of a switch.
    pub(crate) fn json<T: AsRef<str>>(self, texts: &[T]) -> Result<String, String> {
        match (self, texts) {
            (Kind::List { text: _ }, [array]) if is_array(array.as_ref()) => Ok(on_one_line(array.as_ref())),
            (Kind::List { text }, elements) => Ok(list(text, elements)),
            (_, []) => Ok("null".to_owned()),
            (Kind::Text, [.., text]) => Ok(string(text.as_ref())),
            (Kind::Json, [.., text]) => Ok(json(text.as_ref())),
            (Kind::Switch, [.., text]) => switch(text.as_ref().trim_end()).map(|is_on| is_on.to_string()),
        }
    }

    /// Converts what was written where a text is never JSON, and a switch is never left empty.
    ///
    /// # Errors
    ///
    /// Why it is no word of a switch.
    #[cfg(feature = "http")]
    pub(crate) fn repeated<T: AsRef<str>>(self, texts: &[T]) -> Result<String, String> {
        match (self, texts) {
            (Kind::List { text: true }, elements) => Ok(list(true, elements)),
            (Kind::Switch, [text]) if text.as_ref().is_empty() => Err("write `true` or `false`".to_owned()),
            _ => self.json(texts),
        }
    }
}

/// Converts elements to a JSON array.
fn list<T: AsRef<str>>(text: bool, elements: &[T]) -> String {
    let element = |element: &T| if text { string(element.as_ref()) } else { json(element.as_ref()) };
    format!("[{}]", elements.iter().map(element).collect::<Vec<_>>().join(","))
}

/// Leaves JSON as it is, so that a number keeps all of its digits; everything else becomes a string.
pub(crate) fn json(text: &str) -> String {
    if is_json(text) { on_one_line(text) } else { string(text) }
}

/// Removes line ends from JSON. They mean nothing in JSON, and would end the line of the request.
pub(crate) fn on_one_line(json: &str) -> String {
    json.trim().replace(['\n', '\r'], " ")
}

/// Writes a text as a JSON string.
pub(crate) fn string(text: &str) -> String {
    Value::from(text).to_string()
}

fn is_array(text: &str) -> bool {
    text.trim_start().starts_with('[') && is_json(text)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
