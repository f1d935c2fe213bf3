//! Values that can be written as a text, or as a table that says more.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value that can be written as a text.
pub(super) trait FromText: Sized {
    /// What to write, for a message.
    const EXPECTED: &'static str;

    /// Reads the text; the error says what to write.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value that can be written as a table, too.
pub(super) trait FromTable: FromText {
    /// The table.
    type Table: for<'de> Deserialize<'de>;

    /// Takes over the table; the error says what to write.
    fn from_table(table: Self::Table) -> Result<Self, String>;
}

/// Reads a text.
pub(super) fn text<'de, D: Deserializer<'de>, T: FromText>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(Text(PhantomData))
}

/// Reads a text or a table.
pub(super) fn text_or_table<'de, D: Deserializer<'de>, T: FromTable>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(TextOrTable(PhantomData))
}

struct Text<T>(PhantomData<T>);

impl<T: FromText> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }
}

struct TextOrTable<T>(PhantomData<T>);

impl<'de, T: FromTable> Visitor<'de> for TextOrTable<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let table = T::Table::deserialize(MapAccessDeserializer::new(map))?;
        T::from_table(table).map_err(A::Error::custom)
    }
}

/// Reads a text, or a list of texts.
pub(super) struct TextOrList<T> {
    pub(super) expected: &'static str,
    pub(super) from_text: fn(&str) -> Result<T, String>,
    pub(super) from_list: fn(Vec<String>) -> Result<T, String>,
}

impl<'de, T> Visitor<'de> for TextOrList<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.from_text)(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        (self.from_list)(texts).map_err(A::Error::custom)
    }
}

/// Implements `Deserialize` and `FromStr` by [`FromText`], and describes the type as a text.
macro_rules! written_as_text {
    ($type:ident, $example:literal) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::service::text_or_table::text(deserializer)
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                crate::service::text_or_table::FromText::from_text(text)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "examples": [$example] })
            }
        }
    };
}

/// Implements `Deserialize` by [`FromTable`], and describes the type as a text or a table.
macro_rules! written_as_text_or_table {
    ($type:ident, $table:ident) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::service::text_or_table::text_or_table(deserializer)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let table = generator.subschema_for::<$table>();
                schemars::json_schema!({ "anyOf": [{ "type": "string" }, table] })
            }
        }
    };
}

pub(super) use {written_as_text, written_as_text_or_table};
