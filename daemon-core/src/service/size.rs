//! A number of bytes, as people write it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::text_or_table::FromText;

/// A number of bytes: a number, or a text such as `10M`. The units are `K`, `M` and `G`: 1024 bytes, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

const EXPECTED: &str = "a number of bytes such as 1048576, or a text such as \"10M\"";

impl Size {
    /// Returns a size of so many bytes.
    pub const fn new(bytes: u64) -> Self {
        Size(bytes)
    }

    /// Returns the bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromText for Size {
    const EXPECTED: &'static str = EXPECTED;

    fn from_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("write {EXPECTED}");
        let text = text.trim();
        let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
        let shift = match text[digits..].trim() {
            "" | "B" => 0,
            "K" | "KiB" => 10,
            "M" | "MiB" => 20,
            "G" | "GiB" => 30,
            _ => return Err(wrong()),
        };
        number.checked_mul(1 << shift).map(Size).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<Size, E> {
        Ok(Size(bytes))
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
        u64::try_from(bytes).map(Size).map_err(|_| E::custom(format!("write {EXPECTED}")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
        Size::from_text(text).map_err(E::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Size {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["integer", "string"], "examples": [1_048_576, "10M"] })
    }
}
