//! The examples of a method on its help page, as they are written in a shell.

use serde_json::Value;

use crate::rpc::method::{Example, MethodSpec};
use crate::rpc::param::Param;
use crate::rpc::texts::Kind;

/// Returns the part of the help page; `None` if there are no examples. `call` is how the daemon is called, and `method`
/// the name of the method.
pub(super) fn help(spec: &MethodSpec, call: &str, method: &str) -> Option<String> {
    let examples = spec.examples.iter().map(|example| one(example, spec, &format!("{call} {method}")));
    let examples: Vec<String> = examples.collect();
    (!examples.is_empty()).then(|| format!("Examples:\n{}", examples.join("\n")))
}

/// Writes a call, what it is called, and its result.
fn one(example: &Example, spec: &MethodSpec, call: &str) -> String {
    let given = spec.params.iter().zip(example.values());
    let words: String = given
        .filter(|(_, value)| !value.is_null())
        .map(|(param, value)| format!(" {}", word(param, &value)))
        .collect();
    let title = if example.name.is_empty() { String::new() } else { format!("  # {}\n", example.name) };
    let result = match example.result() {
        Value::Null => String::new(),
        Value::String(text) => format!("\n  {text}"),
        other => format!("\n  {other}"),
    };
    format!("{title}  $ {call}{words}{result}")
}

/// Writes a value: by position if it must be given, as an option otherwise.
fn word(param: &Param, value: &Value) -> String {
    let long = param.long();
    let text = match (Kind::of(param), value) {
        (Kind::Text, Value::String(text)) => quoted(text),
        (_, value) => quoted(&value.to_string()),
    };
    match (param.required(), Kind::of(param), value) {
        (true, _, _) => text,
        (false, Kind::Switch, Value::Bool(true)) => format!("--{long}"),
        (false, Kind::Switch, _) => format!("--{long}={text}"),
        (false, _, _) => format!("--{long} {text}"),
    }
}

/// Quotes a text for a shell, if that is necessary.
fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_-+.,:/=%".contains(char);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rpc::method::Name;
    use crate::rpc::params::Text;

    #[test]
    fn an_example_is_a_command_with_what_it_prints() {
        const EXAMPLES: &[Example] = &[
            Example { params: &[|| json!("ho")], result: Some(|| json!("ho ho")), ..Example::NONE },
            Example {
                name: "three of them",
                params: &[|| json!("it's"), || json!(3), || json!(null)],
                result: Some(|| json!([1])),
            },
        ];
        const PARAMS: &[Param] = &[
            Param::of::<Text<'static>>("text"),
            Param { default: Some(|| json!(2)), ..Param::of::<u8>("how_often") },
            Param::of::<Option<String>>("between"),
        ];
        let spec =
            MethodSpec { params: PARAMS, examples: EXAMPLES, ..MethodSpec::new(Name::Under("repeat")) };
        assert_eq!(
            help(&spec, "texts", "texts.repeat").unwrap(),
            "Examples:\n  $ texts texts.repeat ho\n  ho ho\n  # three of them\n  $ texts texts.repeat 'it'\\''s' \
             --how-often 3\n  [1]"
        );
        assert_eq!(help(&MethodSpec::new(Name::Under("a")), "texts", "texts.a"), None);
    }
}
