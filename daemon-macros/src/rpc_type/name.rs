//! The name of a field on the wire, as serde derives it.

use syn::{Attribute, Field};

use super::field::value;
use crate::spell;

/// How serde changes the names of fields.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// Between two words.
    separator: &'static str,
    first: Form,
    others: Form,
}

/// How a word is written.
#[derive(Clone, Copy)]
enum Form {
    Same,
    Capital,
    Upper,
}

impl Case {
    /// Returns what an attribute of serde says; `None` if it says nothing that changes names.
    pub(super) fn of(attrs: &[Attribute], name: &str) -> Option<Case> {
        let (separator, first, others) = match value(attrs, name)?.as_str() {
            "PascalCase" => ("", Form::Capital, Form::Capital),
            "camelCase" => ("", Form::Same, Form::Capital),
            "UPPERCASE" | "SCREAMING_SNAKE_CASE" => ("_", Form::Upper, Form::Upper),
            "SCREAMING-KEBAB-CASE" => ("-", Form::Upper, Form::Upper),
            "kebab-case" => ("-", Form::Same, Form::Same),
            _ => return None,
        };
        Some(Case { separator, first, others })
    }

    fn apply(self, name: &str) -> String {
        let word = |(index, word)| if index == 0 { self.first.apply(word) } else { self.others.apply(word) };
        name.split('_').enumerate().map(word).collect::<Vec<_>>().join(self.separator)
    }
}

impl Form {
    fn apply(self, word: &str) -> String {
        match self {
            Form::Same => word.to_owned(),
            Form::Upper => word.to_ascii_uppercase(),
            Form::Capital => {
                let mut chars = word.chars();
                chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
            }
        }
    }
}

/// Returns the name of a field on the wire; empty if it has none.
pub(super) fn of(field: &Field, case: Option<Case>) -> String {
    let Some(ident) = &field.ident else { return String::new() };
    let name = spell::plain(ident);
    value(&field.attrs, "rename")
        .unwrap_or_else(|| case.map_or_else(|| name.clone(), |case| case.apply(&name)))
}

#[cfg(test)]
mod tests {
    use syn::{Attribute, Field, parse_quote};

    use super::*;

    #[test]
    fn a_field_is_called_as_serde_calls_it() {
        let field: Field = parse_quote!(full_name: u8);
        for (rule, name) in [
            ("lowercase", "full_name"),
            ("UPPERCASE", "FULL_NAME"),
            ("PascalCase", "FullName"),
            ("camelCase", "fullName"),
            ("snake_case", "full_name"),
            ("SCREAMING_SNAKE_CASE", "FULL_NAME"),
            ("kebab-case", "full-name"),
            ("SCREAMING-KEBAB-CASE", "FULL-NAME"),
        ] {
            let attribute: Attribute = parse_quote!(#[serde(deny_unknown_fields, rename_all = #rule)]);
            assert_eq!(of(&field, Case::of(&[attribute], "rename_all")), name, "{rule}");
        }
        let renamed: Field =
            parse_quote!(#[serde(default, rename(serialize = "a", deserialize = "b"))] r#type: u8);
        assert_eq!(of(&renamed, None), "b");
        let raw: Field = parse_quote!(r#type: u8);
        assert_eq!(of(&raw, None), "type");
    }
}
