//! JSON Schemas as they are sent: draft 7, in the forms that every tool reads.
//!
//! Types describe themselves through schemars, which can say some things in more than one way. Of equivalent forms,
//! this module chooses the one that code generators, validators and test data generators all understand.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::param::{Param, SchemaOf};
use super::params::Text;

/// The formats of draft 7 (validation, section 7.3). A strict validator refuses all others.
const FORMATS: [&str; 17] = [
    "date-time",
    "date",
    "time",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
];

/// The keywords that describe a schema as a whole, and say nothing about the values.
const ANNOTATIONS: [&str; 9] = [
    "$comment",
    "default",
    "definitions",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// The keywords that apply to values of all types, and so to null.
const OF_ALL_TYPES: [&str; 9] = ["enum", "const", "anyOf", "oneOf", "allOf", "not", "if", "then", "else"];

impl JsonSchema for Text<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "string".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Returns the settings of schemas: OpenRPC 1.3 uses draft 7 of JSON Schema and keeps shared schemas under `components`.
pub(crate) fn settings() -> SchemaSettings {
    in_components(SchemaSettings::draft07())
}

/// Returns the settings for draft 2020-12, which OpenAPI 3.1 uses.
#[cfg(feature = "http")]
pub(crate) fn current_settings() -> SchemaSettings {
    in_components(SchemaSettings::draft2020_12())
}

fn in_components(settings: SchemaSettings) -> SchemaSettings {
    let settings = settings.with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.with_transform(plain)
}

/// Returns the schema of an item that stands alone: in the extensions of a document, no tool follows references.
pub(crate) fn of_item(item: SchemaOf) -> Value {
    let settings = settings().for_serialize().with(|settings| settings.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let schema = item(&mut generator);
    finish(schema, &mut generator)
}

/// Finishes a schema for sending. The generator itself finishes only the shared ones.
pub(crate) fn finish(mut schema: Schema, generator: &mut SchemaGenerator) -> Value {
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema.to_value()
}

/// Returns the schema of a parameter, with its default.
pub(crate) fn of_param(param: &Param, generator: &mut SchemaGenerator) -> Value {
    let mut schema = (param.schema)(generator);
    if let Some(default) = param.default {
        schema.insert("default".into(), default());
    }
    finish(schema, generator)
}

/// Adds a member to an object of a document, unless the text is empty.
pub(crate) fn insert_text(object: &mut Map<String, Value>, name: &str, text: &str) {
    if !text.is_empty() {
        object.insert(name.into(), text.into());
    }
}

/// Rewrites a schema in the plainest form: an object, with formats of draft 7, and with one type.
pub(super) fn plain(schema: &mut Schema) {
    if schema.as_bool().is_some() {
        schema.ensure_object();
    }
    // A boolean is the usual form here, and some tools accept nothing else.
    let others = schema.remove("additionalProperties");
    transform_subschemas(&mut plain, schema);
    if let Some(mut others) = others {
        if let Ok(inner) = <&mut Schema>::try_from(&mut others)
            && inner.as_bool().is_none()
        {
            plain(inner);
        }
        schema.insert("additionalProperties".into(), others);
    }
    drop_format(schema);
    split_types(schema);
}

/// Removes a format that draft 7 does not have. If it gave the size of a number, bounds take its place.
fn drop_format(schema: &mut Schema) {
    let known = |format: &Value| format.as_str().is_none_or(|format| FORMATS.contains(&format));
    let Some(format) = schema.get("format").filter(|format| !known(format)).cloned() else {
        return;
    };
    schema.remove("format");
    let (least, most) = match format.as_str() {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        _ => return,
    };
    let object = schema.ensure_object();
    object.entry("minimum").or_insert_with(|| least.into());
    object.entry("maximum").or_insert_with(|| most.into());
}

/// Rewrites a list of types as a choice of schemas with one type each.
fn split_types(schema: &mut Schema) {
    let Some(Value::Array(types)) = schema.get("type") else { return };
    let types = types.clone();
    let object = schema.ensure_object();
    object.remove("type");
    let (outer, inner): (Map<_, _>, Map<_, _>) =
        std::mem::take(object).into_iter().partition(|(name, _)| ANNOTATIONS.contains(&name.as_str()));
    *object = outer;
    let choice: Vec<_> = types.iter().filter_map(|kind| of_one_type(kind, &inner)).collect();
    object.insert("anyOf".into(), choice.into());
}

/// Reduces a schema to the values of one type; `None` if it allows none of them.
fn of_one_type(kind: &Value, rest: &Map<String, Value>) -> Option<Value> {
    let name = kind.as_str().unwrap_or_default();
    let concerns = |key: &str| name != "null" || OF_ALL_TYPES.contains(&key);
    let mut object: Map<_, _> = rest
        .iter()
        .filter(|(key, _)| concerns(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| is(value, name));
        if values.is_empty() {
            return None;
        }
    }
    if name == "null" {
        object.remove("enum");
    }
    object.insert("type".into(), kind.clone());
    Some(Value::Object(object))
}

fn is(value: &Value, kind: &str) -> bool {
    match value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(number) => kind == "number" || kind == "integer" && !number.is_f64(),
        Value::String(_) => kind == "string",
        Value::Array(_) => kind == "array",
        Value::Object(_) => kind == "object",
    }
}

/// Whether a schema allows any value somewhere.
pub(crate) fn takes_any(schema: SchemaOf) -> bool {
    let mut generator = SchemaGenerator::default();
    let mut root = schema(&mut generator);
    let mut found = false;
    let mut look = |schema: &mut Schema| look_for_any(schema, &mut found);
    look(&mut root);
    for definition in generator.definitions_mut().values_mut() {
        if let Ok(schema) = definition.try_into() {
            look(schema);
        }
    }
    found
}

fn look_for_any(schema: &mut Schema, found: &mut bool) {
    const BOUNDS: [&str; 8] = ["type", "$ref", "enum", "const", "anyOf", "oneOf", "allOf", "not"];
    *found |= match schema.as_object() {
        Some(object) => !BOUNDS.iter().any(|bound| object.contains_key(*bound)),
        None => schema.as_bool() == Some(true),
    };
    transform_subschemas(&mut |schema: &mut Schema| look_for_any(schema, found), schema);
}

/// Whether a schema may allow null.
#[cfg(feature = "http")]
pub(crate) fn accepts_null(schema: &Value, definitions: &Map<String, Value>) -> bool {
    types(schema, definitions).iter().any(|word| ["nil", UNDEFINED].contains(word))
}

/// Returns the XML-RPC type name for what a schema describes.
pub(crate) fn type_word(schema: SchemaOf) -> &'static str {
    with(schema, type_of)
}

/// Returns the XML-RPC type name for what a schema describes.
pub(crate) fn type_of(root: &Value, definitions: &Map<String, Value>) -> &'static str {
    let mut words = types(root, definitions);
    words.sort_unstable();
    words.dedup();
    // An optional value has the name of its type.
    match words.as_slice() {
        [word] | ["nil", word] | [word, "nil"] => word,
        _ => UNDEFINED,
    }
}

/// Returns the type name for the elements of an array; [`UNDEFINED`] for other values, and if the elements differ.
pub(crate) fn element_word(schema: SchemaOf) -> &'static str {
    with(schema, element_of)
}

/// Returns the type name for the elements of an array that a schema describes.
pub(crate) fn element_of(root: &Value, definitions: &Map<String, Value>) -> &'static str {
    let items = resolve(root, definitions, DEEPEST).get("items").filter(|items| items.is_object());
    let words = items.map(|items| types(items, definitions)).unwrap_or_default();
    match words.as_slice() {
        [first, rest @ ..] if rest.iter().all(|word| word == first) => first,
        _ => UNDEFINED,
    }
}

/// Calls `read` with a schema and the definitions that it refers to.
pub(crate) fn with<T>(schema: SchemaOf, read: impl FnOnce(&Value, &Map<String, Value>) -> T) -> T {
    with_made(schema, SchemaGenerator::default(), read)
}

/// Calls `read` with the schema of what is written, and the definitions that it refers to.
#[cfg(feature = "varlink")]
pub(crate) fn with_written<T>(schema: SchemaOf, read: impl FnOnce(&Value, &Map<String, Value>) -> T) -> T {
    with_made(schema, SchemaSettings::default().for_serialize().into_generator(), read)
}

fn with_made<T>(
    schema: SchemaOf,
    mut generator: SchemaGenerator,
    read: impl FnOnce(&Value, &Map<String, Value>) -> T,
) -> T {
    let root = schema(&mut generator).to_value();
    read(&root, generator.definitions())
}

/// Returns the definition that a schema refers to, if it is a reference.
pub(crate) fn referred<'v>(schema: &Value, definitions: &'v Map<String, Value>) -> Option<&'v Value> {
    definitions.get(schema.get("$ref")?.as_str()?.rsplit('/').next()?)
}

/// Whether a schema allows null and nothing else.
pub(crate) fn is_null(schema: &Value) -> bool {
    schema.get("type") == Some(&Value::from("null"))
}

/// Follows references, and choices between one schema and null.
pub(crate) fn resolve<'v>(schema: &'v Value, definitions: &'v Map<String, Value>, depth: usize) -> &'v Value {
    let choices = ["anyOf", "oneOf", "allOf"].into_iter().find_map(|key| schema.get(key)?.as_array());
    let only = |choices: &'v Vec<Value>| {
        let mut others = choices.iter().filter(|choice| !is_null(choice));
        others.next().filter(|_| others.next().is_none())
    };
    match referred(schema, definitions).or_else(|| choices.and_then(only)) {
        Some(meant) if depth > 0 => resolve(meant, definitions, depth - 1),
        Some(_) | None => schema,
    }
}

/// The type name for values of several types.
pub(crate) const UNDEFINED: &str = "undefined";

/// How many references and choices are followed.
pub(crate) const DEEPEST: usize = 8;

/// Returns the names of all types that a value may have.
fn types(schema: &Value, definitions: &Map<String, Value>) -> Vec<&'static str> {
    let mut words = Vec::new();
    collect_words(schema, definitions, DEEPEST, &mut words);
    words
}

/// Collects the names of all types that a value may have.
fn collect_words(
    schema: &Value,
    definitions: &Map<String, Value>,
    depth: usize,
    words: &mut Vec<&'static str>,
) {
    let all = |key: &str| schema.get(key).and_then(Value::as_array);
    match schema.get("type") {
        Some(Value::String(kind)) => words.push(word(kind)),
        Some(Value::Array(kinds)) => words.extend(kinds.iter().filter_map(Value::as_str).map(word)),
        _ if depth == 0 => words.push(UNDEFINED),
        _ => match (referred(schema, definitions), all("anyOf").or_else(|| all("oneOf"))) {
            (Some(meant), _) => collect_words(meant, definitions, depth - 1, words),
            (None, Some(choice)) => {
                choice.iter().for_each(|one| collect_words(one, definitions, depth - 1, words));
            }
            (None, None) => words.push(UNDEFINED),
        },
    }
}

pub(crate) fn word(kind: &str) -> &'static str {
    match kind {
        "string" => "string",
        "integer" => "int",
        "number" => "double",
        "boolean" => "boolean",
        "array" => "array",
        "object" => "struct",
        "null" => "nil",
        _ => UNDEFINED,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn written<T: JsonSchema>() -> Value {
        let mut generator = settings().into_generator();
        let schema = generator.subschema_for::<T>();
        finish(schema, &mut generator)
    }

    #[test]
    fn whatever_stands_in_no_definition_is_draft_7_too() {
        assert_eq!(
            written::<(String, bool)>(),
            json!({
                "type": "array",
                "items": [{ "type": "string" }, { "type": "boolean" }],
                "minItems": 2,
                "maxItems": 2
            })
        );
    }

    #[test]
    fn a_schema_is_an_object() {
        assert_eq!(written::<Value>(), json!({}));
        assert_eq!(written::<Vec<Value>>(), json!({ "type": "array", "items": {} }));
        assert_eq!(
            written::<BTreeMap<String, Value>>(),
            json!({ "type": "object", "additionalProperties": true })
        );
    }

    #[test]
    fn a_format_of_another_world_is_left_out_and_its_bounds_stay() {
        assert_eq!(written::<u64>(), json!({ "type": "integer", "minimum": 0 }));
        assert_eq!(written::<u8>(), json!({ "type": "integer", "minimum": 0, "maximum": 255 }));
        assert_eq!(written::<u32>(), json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }));
        assert_eq!(written::<i32>(), json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }));
        assert_eq!(written::<f64>(), json!({ "type": "number" }));
        assert_eq!(written::<std::net::Ipv4Addr>(), json!({ "type": "string", "format": "ipv4" }));
    }

    #[test]
    fn a_value_is_found_wherever_it_stands() {
        #[derive(JsonSchema)]
        #[allow(dead_code)]
        struct Inside {
            #[schemars(flatten)]
            rest: BTreeMap<String, Value>,
        }
        let takes: [SchemaOf; 4] = [
            |generator| generator.subschema_for::<Value>(),
            |generator| generator.subschema_for::<Option<Vec<Value>>>(),
            |generator| generator.subschema_for::<(u8, BTreeMap<String, Value>)>(),
            |generator| generator.subschema_for::<Vec<Inside>>(),
        ];
        assert!(takes.into_iter().all(takes_any));
        let does_not: [SchemaOf; 3] = [
            |generator| generator.subschema_for::<(u128, String, Option<bool>)>(),
            |generator| generator.subschema_for::<BTreeMap<String, f64>>(),
            |generator| generator.subschema_for::<Option<Result<u8, ()>>>(),
        ];
        assert!(!does_not.into_iter().any(takes_any));
    }

    #[test]
    fn what_may_be_of_several_types_is_a_choice() {
        assert_eq!(
            written::<Option<u8>>(),
            json!({ "anyOf": [{ "type": "integer", "minimum": 0, "maximum": 255 }, { "type": "null" }] })
        );
        let mut schema = schemars::json_schema!({
            "type": ["string", "null"],
            "description": "one of two",
            "default": null,
            "enum": ["a", "b", null],
        });
        plain(&mut schema);
        assert_eq!(
            schema.to_value(),
            json!({
                "description": "one of two",
                "default": null,
                "anyOf": [{ "type": "string", "enum": ["a", "b"] }, { "type": "null" }],
            })
        );
        let mut schema = schemars::json_schema!({
            "type": ["integer", "null"],
            "minimum": 1,
            "anyOf": [{ "enum": [1, 2] }, { "minimum": 8 }],
        });
        plain(&mut schema);
        let either = json!([{ "enum": [1, 2] }, { "minimum": 8 }]);
        assert_eq!(
            schema.to_value(),
            json!({ "anyOf": [{ "type": "integer", "minimum": 1, "anyOf": either }, { "type": "null", "anyOf": either }] })
        );
        let mut schema = schemars::json_schema!({ "type": ["string", "null"], "enum": ["a"] });
        plain(&mut schema);
        assert_eq!(schema.to_value(), json!({ "anyOf": [{ "type": "string", "enum": ["a"] }] }));
    }
}
