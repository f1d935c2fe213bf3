//! What values look like, in words for people: read from JSON Schema.

use serde_json::{Map, Value};

use super::param::SchemaOf;
use super::schema::{DEEPEST, UNDEFINED, is_null, resolve, with, word};

/// A member of an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its type.
    pub(crate) ty: String,
    pub(crate) doc: String,
    /// What it must be beyond its type.
    pub(crate) bounds: String,
    pub(crate) required: bool,
}

/// Returns the texts that a value can be; empty if it can be something else.
pub(crate) fn choices(schema: SchemaOf) -> Vec<String> {
    with(schema, choices_of)
}

/// Returns the texts that a value of this schema can be.
pub(crate) fn choices_of(root: &Value, definitions: &Map<String, Value>) -> Vec<String> {
    texts(resolve(root, definitions, DEEPEST)).unwrap_or_default()
}

/// Returns the members of an object, or of the objects in a list; empty if it has no fixed ones.
pub(crate) fn members(schema: SchemaOf) -> Vec<Member> {
    with(schema, members_of)
}

/// Returns the members of an object of this schema, or of the objects in a list.
pub(crate) fn members_of(root: &Value, definitions: &Map<String, Value>) -> Vec<Member> {
    let mut shape = resolve(root, definitions, DEEPEST);
    if let Some(items) = shape.get("items").filter(|items| items.is_object()) {
        shape = resolve(items, definitions, DEEPEST);
    }
    let required = shape.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let properties = shape.get("properties").and_then(Value::as_object).into_iter().flatten();
    let member = |(name, schema): (&String, &Value)| Member {
        name: name.clone(),
        ty: type_text(schema, definitions),
        doc: first_line(schema),
        bounds: bounds_of(resolve(schema, definitions, DEEPEST)),
        required: is_required(name),
    };
    properties.map(member).collect()
}

/// Returns what values must be beyond their type, such as `1 to 64 characters`; empty if there is nothing.
pub(crate) fn bounds(schema: SchemaOf) -> String {
    with(schema, bounds_in)
}

/// Returns what values of this schema must be beyond their type.
pub(crate) fn bounds_in(root: &Value, definitions: &Map<String, Value>) -> String {
    bounds_of(resolve(root, definitions, DEEPEST))
}

/// The keywords for a least and a most, and the word for what they count.
const BOUNDS: [(&str, &str, &str); 4] = [
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " character"),
    ("minItems", "maxItems", " item"),
    ("minProperties", "maxProperties", " member"),
];

fn bounds_of(schema: &Value) -> String {
    let bounds = BOUNDS.into_iter().filter_map(|keywords| bound(schema, keywords));
    bounds.chain(form(schema)).collect::<Vec<_>>().join(", ")
}

/// Returns what a text looks like: as an example of it, if there is one, because a pattern may be hard to read.
fn form(schema: &Value) -> Option<String> {
    let pattern = schema.get("pattern").and_then(Value::as_str)?;
    let example = schema.get("examples").and_then(|examples| examples.get(0)).and_then(Value::as_str);
    Some(example.map_or_else(|| format!("like {pattern}"), |example| format!("such as {example}")))
}

/// Returns one bound as words; `None` if there is none but those of the type.
fn bound(schema: &Value, (least, most, unit): (&str, &str, &str)) -> Option<String> {
    let [of_type_least, of_type_most] = bounds_of_type(schema);
    let given = |key: &str, of_type: Option<i64>| {
        schema.get(key).filter(|bound| of_type.is_none() || bound.as_i64() != of_type)
    };
    let (words, last) = match (given(least, of_type_least), given(most, of_type_most)) {
        (Some(least), Some(most)) if least == most => (most.to_string(), most),
        (Some(least), Some(most)) => (format!("{least} to {most}"), most),
        (Some(least), None) => (format!("at least {least}"), least),
        (None, Some(most)) => (format!("at most {most}"), most),
        (None, None) => return None,
    };
    let plural = if unit.is_empty() || last.as_i64() == Some(1) { "" } else { "s" };
    Some(format!("{words}{unit}{plural}"))
}

/// Returns the bounds of a number or of a tuple that its type has, and that nobody wrote.
fn bounds_of_type(schema: &Value) -> [Option<i64>; 2] {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    match (format, schema.get("prefixItems").and_then(Value::as_array)) {
        (_, Some(items)) => [i64::try_from(items.len()).ok(); 2],
        ("uint8", None) => [Some(0), Some(u8::MAX.into())],
        ("uint16", None) => [Some(0), Some(u16::MAX.into())],
        ("int8", None) => [Some(i8::MIN.into()), Some(i8::MAX.into())],
        ("int16", None) => [Some(i16::MIN.into()), Some(i16::MAX.into())],
        (unsigned, None) if unsigned.starts_with("uint") => [Some(0), None],
        (_, None) => [None, None],
    }
}

fn first_line(schema: &Value) -> String {
    let doc = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    doc.lines().next().unwrap_or_default().to_owned()
}

/// Returns the type that a schema describes: its word, with the types of elements and the texts of an enum.
pub(crate) fn type_text(schema: &Value, definitions: &Map<String, Value>) -> String {
    nested(schema, definitions, DEEPEST)
}

fn nested(schema: &Value, definitions: &Map<String, Value>, depth: usize) -> String {
    let shape = resolve(schema, definitions, depth);
    if let Some(texts) = texts(shape) {
        return texts.join("|");
    }
    let Some(kind) = kind(shape) else { return UNDEFINED.to_owned() };
    let inside: Vec<&Value> = match kind {
        "array" => elements(shape),
        "object" => shape.get("additionalProperties").filter(|one| one.is_object()).into_iter().collect(),
        _ => Vec::new(),
    };
    match depth.checked_sub(1) {
        Some(depth) if !inside.is_empty() => {
            let inside: Vec<_> = inside.into_iter().map(|one| nested(one, definitions, depth)).collect();
            format!("{}({})", word(kind), inside.join(", "))
        }
        _ => word(kind).to_owned(),
    }
}

/// Returns the one type of a value, besides null.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => {
            let mut others = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            others.next().filter(|_| others.next().is_none())
        }
        _ => None,
    }
}

/// Returns the schemas of the elements of an array: one for all, or one for each.
fn elements(schema: &Value) -> Vec<&Value> {
    match schema.get("prefixItems").or_else(|| schema.get("items")) {
        Some(Value::Array(each)) => each.iter().collect(),
        Some(all) if all.as_object().is_some_and(|all| !all.is_empty()) => vec![all],
        _ => Vec::new(),
    }
}

/// Returns the texts that a schema allows, if it allows nothing else but null.
fn texts(schema: &Value) -> Option<Vec<String>> {
    let of = |schema: &Value| match (schema.get("const"), schema.get("enum")) {
        (Some(Value::String(one)), _) => Some(vec![one.clone()]),
        (None, Some(Value::Array(all))) => {
            let others = all.iter().filter(|value| !value.is_null());
            others.map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    let choice = ["oneOf", "anyOf"].into_iter().find_map(|key| schema.get(key)?.as_array());
    match choice {
        Some(choice) => {
            let texts: Option<Vec<_>> = choice.iter().filter(|one| !is_null(one)).map(of).collect();
            texts.map(|texts| texts.concat())
        }
        None => of(schema),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;

    use super::*;

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    enum Plain {
        Red,
        Green,
    }

    /// With help for one of them.
    #[derive(JsonSchema)]
    #[allow(dead_code)]
    enum Described {
        /// Not much.
        Small,
        Large,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code)]
    struct Dish {
        /// What it is called
        name: String,
        colours: Vec<Plain>,
        size: Option<Described>,
    }

    fn text<T: JsonSchema>() -> String {
        let of: SchemaOf = |generator| generator.subschema_for::<T>();
        with(of, type_text)
    }

    #[test]
    fn types_are_words_with_what_they_contain() {
        for (found, expected) in [
            (text::<u8>(), "int"),
            (text::<Option<f64>>(), "double"),
            (text::<Vec<i64>>(), "array(int)"),
            (text::<Option<Vec<Vec<String>>>>(), "array(array(string))"),
            (text::<(String, bool)>(), "array(string, boolean)"),
            (text::<BTreeMap<String, u8>>(), "struct(int)"),
            (text::<Value>(), "undefined"),
            (text::<Vec<Value>>(), "array"),
            (text::<Plain>(), "Red|Green"),
            (text::<Option<Described>>(), "Large|Small"),
            (text::<Dish>(), "struct"),
            (text::<Vec<Dish>>(), "array(struct)"),
        ] {
            let sorted = |text: &str| {
                let mut parts: Vec<_> = text.split('|').map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert_eq!(sorted(&found), sorted(expected));
        }
    }

    #[test]
    fn the_members_of_an_object_are_known_in_a_list_as_well() {
        for members in [
            members(|generator| generator.subschema_for::<Dish>()),
            members(|generator| generator.subschema_for::<Option<Vec<Dish>>>()),
        ] {
            let name = members.iter().find(|member| member.name == "name").unwrap();
            assert_eq!((&*name.ty, &*name.doc, name.required), ("string", "What it is called", true));
            let size = members.iter().find(|member| member.name == "size").unwrap();
            assert!(!size.required);
            assert_eq!(members.len(), 3);
        }
        assert!(members(|generator| generator.subschema_for::<Vec<u8>>()).is_empty());
    }
}
