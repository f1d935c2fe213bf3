//! From JSON Schema to the types of varlink. What varlink cannot express becomes `object`.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::MISSED;
use super::name::{is_field, is_member, member};
use super::ty::{Field, Type};
use crate::fault::DataSchema;
use crate::rpc::method::MethodSpec;
use crate::rpc::schema::{DEEPEST, is_null, referred, with_written};

/// How the result of a method becomes the parameters of its reply, which are a struct in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// There is none, so they are empty.
    Nothing,
    /// It is a struct: its members are the parameters.
    Members,
    /// It is something else: the only parameter.
    Value,
}

impl Form {
    /// Returns the form of the results of a method, or of its items if it is a subscription.
    pub(super) fn of(spec: &MethodSpec) -> Self {
        let is_stream = spec.items.is_some();
        let Some(schema) = spec.items.or(spec.result) else { return Form::Nothing };
        with_written(schema, |root, definitions| match () {
            () if is_null(root) && !is_stream => Form::Nothing,
            () if is_parameters(root, definitions, is_stream) => Form::Members,
            () => Form::Value,
        })
    }

    /// Returns the form of the data of a fault.
    pub(super) fn of_data(data: Option<DataSchema>) -> Self {
        let mut generator = SchemaSettings::default().for_serialize().into_generator();
        let Some(schema) = data.and_then(|data| data(&mut generator)) else { return Form::Value };
        match is_parameters(&schema.to_value(), generator.definitions(), false) {
            true => Form::Members,
            false => Form::Value,
        }
    }
}

/// Whether a schema is that of a struct whose members can be parameters; a stream has another one.
fn is_parameters(schema: &Value, definitions: &Map<String, Value>, is_stream: bool) -> bool {
    match shape(follow(schema, definitions)) {
        Some(Shape::Struct(members)) => !is_stream || !members.contains_key(MISSED),
        Some(Shape::Empty) => true,
        Some(Shape::Enum(_)) | None => false,
    }
}

/// Follows references.
fn follow<'v>(mut schema: &'v Value, definitions: &'v Map<String, Value>) -> &'v Value {
    for _ in 0..DEEPEST {
        match referred(schema, definitions) {
            Some(meant) => schema = meant,
            None => break,
        }
    }
    schema
}

/// What can have a name in a description.
enum Shape<'v> {
    Struct(&'v Map<String, Value>),
    Enum(Vec<&'v str>),
    /// A struct without members.
    Empty,
}

/// Returns the shape of a schema that has one.
fn shape(schema: &Value) -> Option<Shape<'_>> {
    if let Some(texts) = texts(schema) {
        // Some parsers take one name alone for the start of a struct.
        return (texts.len() > 1 && texts.iter().all(|text| is_field(text))).then_some(Shape::Enum(texts));
    }
    let others = schema.get("additionalProperties");
    let is_struct = schema.get("type").is_some_and(|kind| kind == "object")
        && others.is_none_or(|others| *others == Value::Bool(false))
        && ["anyOf", "oneOf", "allOf", "patternProperties", "not"]
            .iter()
            .all(|key| schema.get(key).is_none());
    match schema.get("properties").and_then(Value::as_object) {
        _ if !is_struct => None,
        Some(members) if members.is_empty() => Some(Shape::Empty),
        Some(members) => members.keys().all(|name| is_field(name)).then_some(Shape::Struct(members)),
        None => Some(Shape::Empty),
    }
}

/// Returns the texts that a value can be, if it can be nothing else.
fn texts(schema: &Value) -> Option<Vec<&str>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().map(Value::as_str).collect();
    }
    if let Some(value) = schema.get("const") {
        return value.as_str().map(|text| vec![text]);
    }
    let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
    choices.iter().map(texts).collect::<Option<Vec<_>>>().map(|each| each.concat())
}

/// Reads schemas that share their definitions, and collects the types that need a name.
pub(super) struct Reader<'v> {
    definitions: &'v Map<String, Value>,
    /// The names that methods and errors have.
    taken: Vec<String>,
    /// The types, by the names of their definitions.
    names: BTreeMap<&'v str, String>,
    /// Those that are not yet described.
    waiting: Vec<&'v str>,
}

impl<'v> Reader<'v> {
    pub(super) fn new(definitions: &'v Map<String, Value>, taken: Vec<String>) -> Self {
        Reader { definitions, taken, names: BTreeMap::new(), waiting: Vec::new() }
    }

    /// Takes the next type that was named and not described: its name, its help and its type.
    pub(super) fn next(&mut self) -> Option<(String, &'v str, Type)> {
        let definition = self.waiting.pop()?;
        let schema = &self.definitions[definition];
        let ty = self.shaped(schema, DEEPEST)?;
        Some((self.names[definition].clone(), doc(schema), ty))
    }

    /// Returns the members of a struct, as parameters.
    pub(super) fn members(&mut self, schema: &'v Value) -> Vec<Field> {
        match self.shaped(follow(schema, self.definitions), DEEPEST) {
            Some(Type::Struct(fields)) => fields,
            _ => Vec::new(),
        }
    }

    /// Returns the type of a value.
    pub(super) fn read(&mut self, schema: &'v Value) -> Type {
        self.ty(schema, DEEPEST)
    }

    fn ty(&mut self, schema: &'v Value, depth: usize) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::Object };
        if let Some(name) = self.name(schema) {
            return Type::Named(name);
        }
        let meant = referred(schema, self.definitions).or_else(|| only(schema, "allOf"));
        if let Some(meant) = meant {
            return self.ty(meant, depth);
        }
        if let Some(other) = besides_null(schema) {
            return self.ty(other, depth).optional();
        }
        if let Some(ty) = self.shaped(schema, depth) {
            return ty;
        }
        self.plain(schema, depth)
    }

    /// Returns the type of a struct or of an enum.
    fn shaped(&mut self, schema: &'v Value, depth: usize) -> Option<Type> {
        Some(match shape(schema)? {
            Shape::Empty => Type::Struct(Vec::new()),
            Shape::Enum(texts) => Type::Enum(texts.into_iter().map(str::to_owned).collect()),
            Shape::Struct(members) => {
                // A member with a default may be left out, but null is a value that it may not have.
                let field = |(name, schema): (&'v String, &'v Value)| {
                    Field::new(name, self.ty(schema, depth), doc(schema))
                };
                Type::Struct(members.iter().map(field).collect())
            }
        })
    }

    /// Returns the type of any other value.
    fn plain(&mut self, schema: &'v Value, depth: usize) -> Type {
        if texts(schema).is_some() {
            return Type::String;
        }
        match schema.get("type") {
            Some(Value::String(kind)) => self.of_kind(kind, schema, depth),
            Some(Value::Array(kinds)) => {
                let mut others = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
                match (others.next(), others.next()) {
                    (Some(kind), None) => self.of_kind(kind, schema, depth).optional(),
                    _ => Type::Object,
                }
            }
            _ => Type::Object,
        }
    }

    fn of_kind(&mut self, kind: &str, schema: &'v Value, depth: usize) -> Type {
        let mut inside = |key: &str| {
            let inside = schema.get(key).filter(|inside| inside.is_object());
            Box::new(inside.map_or(Type::Object, |inside| self.ty(inside, depth)))
        };
        match kind {
            "boolean" => Type::Bool,
            "integer" => Type::Int,
            "number" => Type::Float,
            "string" => Type::String,
            "array" => Type::Array(inside("items")),
            "object"
                if schema.get("properties").is_none() && schema.get("additionalProperties").is_some() =>
            {
                match *inside("additionalProperties") {
                    Type::Object => Type::Object,
                    value => Type::Map(Box::new(value)),
                }
            }
            _ => Type::Object,
        }
    }

    /// Returns the name of a type, if a schema refers to one that can have a name.
    fn name(&mut self, schema: &Value) -> Option<String> {
        let key = schema.get("$ref")?.as_str()?.rsplit('/').next()?;
        let (definition, meant) = self.definitions.get_key_value(key)?;
        if let Some(name) = self.names.get(definition.as_str()) {
            return Some(name.clone());
        }
        if matches!(shape(meant)?, Shape::Empty) {
            return None;
        }
        let name = self.free(definition);
        self.names.insert(definition, name.clone());
        self.waiting.insert(0, definition);
        Some(name)
    }

    /// Returns a name for a definition that neither a method, an error nor another type has.
    fn free(&mut self, definition: &str) -> String {
        let plain: String =
            definition.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
        let mut name = member(&plain);
        if !is_member(&name) {
            name.insert_str(0, "Type");
        }
        while self.taken.contains(&name) {
            name.push_str("Type");
        }
        self.taken.push(name.clone());
        name
    }
}

/// Returns the only one of some choices.
fn only<'v>(schema: &'v Value, key: &str) -> Option<&'v Value> {
    match schema.get(key)?.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Returns the other one of two choices, one of which is null.
fn besides_null(schema: &Value) -> Option<&Value> {
    match schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?.as_slice() {
        [other, null] | [null, other] if is_null(null) && !is_null(other) => Some(other),
        _ => None,
    }
}

fn doc(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}
