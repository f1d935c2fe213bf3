//! The command of a service: a list of words, or one text that is split as a shell splits it.

use serde::{Deserialize, Deserializer};

use super::text_or_table::TextOrList;

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(Vec<String>);

const EXPECTED: &str = "a command, such as \"sleep 60\" or [\"sleep\", \"60\"]";

impl CommandLine {
    /// Returns a program with its arguments.
    pub fn new<W: Into<String>>(words: impl IntoIterator<Item = W>) -> Self {
        CommandLine(words.into_iter().map(Into::into).collect())
    }

    /// Returns the program and the arguments.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// Returns the program.
    pub(crate) fn program(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Splits a text into words as a shell does. Nothing is expanded: there are no variables, patterns and pipes.
    fn split(text: &str) -> Result<Self, String> {
        let words = shlex::split(text).ok_or("a quote is not closed, or the text ends with `\\`")?;
        CommandLine::checked(words)
    }

    fn checked(words: Vec<String>) -> Result<Self, String> {
        if words.first().is_none_or(String::is_empty) {
            return Err(format!("there is no program in it; write {EXPECTED}"));
        }
        if words.iter().any(|word| word.contains('\0')) {
            return Err("an argument can't contain a zero byte".to_owned());
        }
        Ok(CommandLine(words))
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrList {
            expected: EXPECTED,
            from_text: CommandLine::split,
            from_list: CommandLine::checked,
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for CommandLine {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CommandLine".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }],
            "examples": ["sleep 60", ["sleep", "60"]],
        })
    }
}
