//! The schemas of a document: of the values that are read, and of those that are written.
//!
//! The two forms of a type may differ. A member with a default may be left out of a parameter, and a result always has it.
//! A shared schema has the name of its type; where the forms differ, that of what is written has another name.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::param::{Param, SchemaOf};
use super::schema::{finish, of_param};

/// What the name of a written form ends in, if it differs from the one that is read.
const OUTPUT: &str = "Output";
/// Where the written forms are until they have their names.
const APART: &str = "-written";

/// The generators of a document.
pub(crate) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new(settings: &SchemaSettings) -> Self {
        let mut written = settings.clone().for_serialize();
        written.definitions_path = format!("{}{APART}", written.definitions_path).into();
        Schemas {
            read: settings.clone().for_deserialize().into_generator(),
            written: written.into_generator(),
        }
    }

    /// Returns the schema of a parameter, with its default.
    pub(crate) fn of_param(&mut self, param: &Param) -> Value {
        of_param(param, &mut self.read)
    }

    /// Returns the schema of a result, or of an item.
    pub(crate) fn of_result(&mut self, result: SchemaOf) -> Value {
        let schema = result(&mut self.written);
        finish(schema, &mut self.written)
    }

    /// Returns a schema that `make` may know, of what is written.
    pub(crate) fn of_data(&mut self, make: fn(&mut SchemaGenerator) -> Option<Schema>) -> Option<Value> {
        let schema = make(&mut self.written)?;
        Some(finish(schema, &mut self.written))
    }

    /// Returns the shared schemas of what is written, as far as they are known.
    pub(crate) fn written(&self) -> &Map<String, Value> {
        self.written.definitions()
    }

    /// Returns all shared schemas, and completes the references to them in the schemas that were returned before.
    pub(crate) fn share<'v>(
        mut self,
        returned: impl IntoIterator<Item = &'v mut Value>,
    ) -> Map<String, Value> {
        let apart = format!("#{}/", self.written.settings().definitions_path);
        let path = format!("#{}/", self.read.settings().definitions_path);
        let mut shared = self.read.take_definitions(true);
        let mut written = self.written.take_definitions(true);
        let complete = |value: &mut Value, names: &BTreeMap<String, String>| {
            each_reference(value, &mut |reference| {
                if let Some(name) = reference.strip_prefix(&apart) {
                    *reference = format!("{path}{}", names.get(name).map_or(name, String::as_str));
                }
            });
        };
        let mut plain = written.clone();
        plain.values_mut().for_each(|schema| complete(schema, &BTreeMap::new()));
        let names = new_names(&shared, &plain);
        returned.into_iter().for_each(|value| complete(value, &names));
        written.values_mut().for_each(|schema| complete(schema, &names));
        shared.extend(
            written.into_iter().map(|(name, schema)| (names.get(&name).cloned().unwrap_or(name), schema)),
        );
        shared
    }
}

/// Returns new names for those written forms that differ from what is read.
fn new_names(read: &Map<String, Value>, written: &Map<String, Value>) -> BTreeMap<String, String> {
    let both = || written.iter().filter_map(|(name, schema)| Some((name, schema, read.get(name)?)));
    let mut differing: BTreeSet<&str> =
        both().filter(|(_, written, read)| written != read).map(|(name, ..)| name.as_str()).collect();
    // One that refers to another of them differs as well.
    loop {
        let known = differing.len();
        let refers = |schema: &Value| {
            let mut schema = schema.clone();
            let mut found = false;
            each_reference(&mut schema, &mut |reference| {
                found |= reference.rsplit('/').next().is_some_and(|name| differing.contains(name));
            });
            found
        };
        let more: Vec<_> =
            both().filter(|(_, schema, _)| refers(schema)).map(|(name, ..)| name.as_str()).collect();
        differing.extend(more);
        if differing.len() == known {
            break;
        }
    }
    let is_free = |name: &str| !read.contains_key(name) && !written.contains_key(name);
    let new_name = |name: &str| {
        let mut new = format!("{name}{OUTPUT}");
        while !is_free(&new) {
            new.push_str(OUTPUT);
        }
        new
    };
    differing.into_iter().map(|name| (name.to_owned(), new_name(name))).collect()
}

/// Calls a function with each reference in a value.
fn each_reference(value: &mut Value, look: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => look(reference),
                    _ => each_reference(member, look),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_reference(item, look)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(dead_code, reason = "types that only describe themselves")]

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;
    use crate::rpc::schema::settings;

    #[derive(JsonSchema, Serialize, Deserialize)]
    struct Same {
        size: u8,
    }

    #[derive(JsonSchema, Serialize, Deserialize)]
    struct Dish {
        #[serde(rename(serialize = "called"))]
        name: String,
        #[serde(default)]
        price: u8,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tags: Vec<Same>,
    }

    #[derive(JsonSchema, Serialize, Deserialize)]
    struct Menu {
        dish: Dish,
    }

    #[derive(JsonSchema, Serialize, Deserialize)]
    struct MenuOutput {
        size: u8,
    }

    fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }

    fn required(schema: &Value) -> Vec<&str> {
        schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
    }

    #[test]
    fn what_is_written_has_a_schema_of_its_own_where_it_differs() {
        let mut schemas = Schemas::new(&settings());
        let read = [of::<Menu>, of::<Same>, of::<MenuOutput>]
            .map(|of| schemas.of_param(&Param::new("x", of, || false)));
        let mut written = [of::<Menu>, of::<Same>].map(|of| schemas.of_result(of));
        let shared = schemas.share(&mut written);
        assert_eq!(read[0], json!({ "$ref": "#/components/schemas/Menu" }));
        assert_eq!(written[0], json!({ "$ref": "#/components/schemas/MenuOutputOutput" }));
        assert_eq!((&written[1], &written[1]), (&read[1], &json!({ "$ref": "#/components/schemas/Same" })));
        let names: Vec<&str> = shared.keys().map(String::as_str).collect();
        assert_eq!(names, ["Dish", "DishOutput", "Menu", "MenuOutput", "MenuOutputOutput", "Same"]);
        assert_eq!(required(&shared["Dish"]), ["name", "tags"]);
        assert_eq!(required(&shared["DishOutput"]), ["called", "price"]);
        let dish = &shared["MenuOutputOutput"]["properties"]["dish"];
        assert_eq!(*dish, json!({ "$ref": "#/components/schemas/DishOutput" }));
        let tags = &shared["DishOutput"]["properties"]["tags"]["items"];
        assert_eq!(*tags, json!({ "$ref": "#/components/schemas/Same" }));
    }

    #[test]
    fn a_type_that_is_only_written_keeps_its_name() {
        let mut schemas = Schemas::new(&settings());
        let mut written = schemas.of_result(of::<Dish>);
        let shared = schemas.share([&mut written]);
        assert_eq!(written, json!({ "$ref": "#/components/schemas/Dish" }));
        assert_eq!(required(&shared["Dish"]), ["called", "price"]);
    }
}
