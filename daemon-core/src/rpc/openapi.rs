//! `daemon.openapi`: the methods that have routes, as a document of [OpenAPI](https://spec.openapis.org/oas/v3.1.1) 3.1.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, Outcome};
use super::introspect::reading;
use super::method::{MethodSpec, help};
use super::methods::{Entry, Methods, Run};
use super::param::{Param, SchemaOf};
use super::route::Route;
use super::schema::{UNDEFINED, accepts_null, current_settings, insert_text, is_null, type_word};
use super::schemas::Schemas;
use super::texts::Kind;
use crate::fault::FaultSpec;

const VERSION: &str = "3.1.1";
const HELP: &str = "The methods that have routes, as an OpenAPI document.";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// The method that returns the document.
pub(crate) fn method<S>() -> (MethodSpec, Run<S>) {
    (reading::<BTreeMap<String, Value>>("daemon.openapi", HELP), Run::System(openapi))
}

fn openapi<S>(methods: &Methods<S>, mut call: Call<'_>) -> Outcome {
    call.params::<()>()?;
    let facts = call.context().facts();
    let info = json!({ "title": facts.name, "version": facts.version });
    let document = methods.routes.document(|| document(methods, info))?;
    call.reply(document)
}

/// Builds the whole document; `info` is its Info object.
fn document<S>(methods: &Methods<S>, info: Value) -> Value {
    let mut schemas = Schemas::new(&current_settings());
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    for entry in methods.visible() {
        let Some(route) = &entry.spec.route else { continue };
        let operation = operation(entry, route, &mut schemas);
        paths.entry(route.path).or_default().insert(route.verb.to_lowercase(), operation);
    }
    let schemas = schemas.share(paths.values_mut().flat_map(Map::values_mut));
    json!({
        "openapi": VERSION,
        "info": info,
        "paths": paths,
        "components": { "schemas": schemas, "responses": { "problem": problem() } },
    })
}

/// Builds an Operation object.
fn operation<S>(entry: &Entry<S>, route: &Route, schemas: &mut Schemas) -> Value {
    let spec = &entry.spec;
    let mut object = Map::new();
    object.insert("operationId".into(), entry.name.as_str().into());
    let (summary, description) = help(spec.doc);
    insert_text(&mut object, "summary", summary);
    insert_text(&mut object, "description", description);
    if spec.deprecated.is_some() {
        object.insert("deprecated".into(), true.into());
    }
    let parameters: Vec<_> = spec
        .params
        .iter()
        .filter_map(|param| Some(parameter(param, place(param, route)?, spec, schemas)))
        .collect();
    if !parameters.is_empty() {
        object.insert("parameters".into(), parameters.into());
    }
    if let Some(body) = body(route, spec, schemas) {
        object.insert("requestBody".into(), body);
    }
    object.insert("responses".into(), responses(route, spec, schemas));
    Value::Object(object)
}

/// Returns where a parameter is in a request; `None` if it is in the body.
fn place(param: &Param, route: &Route) -> Option<&'static str> {
    match route.names().any(|name| name == param.name) {
        true => Some("path"),
        false if route.body == Some(param.name) => None,
        false => (!route.has_body() || route.body.is_some()).then_some("query"),
    }
}

/// Builds a Parameter object.
fn parameter(param: &Param, place: &str, spec: &MethodSpec, schemas: &mut Schemas) -> Value {
    let is_required = place == "path" || param.required();
    let mut object = Map::new();
    object.insert("name".into(), param.name.into());
    object.insert("in".into(), place.into());
    insert_text(&mut object, "description", param.doc);
    object.insert("required".into(), is_required.into());
    let mut schema = without_null(schemas.of_param(param));
    if schema["default"].is_null()
        && let Some(schema) = schema.as_object_mut()
    {
        schema.remove("default");
    }
    let example =
        |example: &Map<String, Value>| example.get(param.name).filter(|value| !value.is_null()).cloned();
    let is_json = match Kind::of(param) {
        // A client would take an object apart, or write a list with commas.
        Kind::Json => ["struct", UNDEFINED].contains(&type_word(param.schema)),
        Kind::List { .. } => place == "path",
        Kind::Text | Kind::Switch => false,
    };
    if is_json {
        let mut media = Map::from_iter([("schema".to_owned(), schema)]);
        insert_examples(&mut media, spec, example);
        object.insert("content".into(), json!({ JSON: media }));
    } else {
        object.insert("schema".into(), schema);
        insert_examples(&mut object, spec, example);
    }
    Value::Object(object)
}

/// Removes null from a choice between one schema and null: there is no null in a URL.
fn without_null(mut schema: Value) -> Value {
    let Some(Value::Array(choice)) = schema.get_mut("anyOf") else { return schema };
    choice.retain(|one| !is_null(one));
    if choice.len() != 1 {
        return schema;
    }
    let only = choice.remove(0);
    match (schema.as_object_mut(), only) {
        (Some(outer), Value::Object(inner)) => {
            outer.remove("anyOf");
            outer.extend(inner);
            schema
        }
        (_, only) => only,
    }
}

/// Builds the Request Body object of a request that has a body with parameters.
fn body(route: &Route, spec: &MethodSpec, schemas: &mut Schemas) -> Option<Value> {
    let params: Vec<&Param> = spec.params.iter().filter(|param| place(param, route).is_none()).collect();
    if params.is_empty() {
        return None;
    }
    let mut media = Map::new();
    let (schema, is_required) = match route.body {
        Some(name) => {
            insert_examples(&mut media, spec, |example| example.get(name).cloned());
            (schemas.of_param(params[0]), params[0].required())
        }
        None => {
            let own = |example: &Map<String, Value>| {
                let member = |param: &&Param| Some((param.name.to_owned(), example.get(param.name)?.clone()));
                Some(Value::Object(params.iter().filter_map(member).collect()))
            };
            insert_examples(&mut media, spec, own);
            (members(&params, schemas), params.iter().any(|param| param.required()))
        }
    };
    media.insert("schema".into(), schema);
    Some(json!({ "required": is_required, "content": { JSON: media } }))
}

/// Builds the schema of an object with these parameters.
fn members(params: &[&Param], schemas: &mut Schemas) -> Value {
    let properties: Map<_, _> = params
        .iter()
        .map(|param| {
            let mut schema = schemas.of_param(param);
            if let Some(object) = schema.as_object_mut() {
                insert_text(object, "description", param.doc);
            }
            (param.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<_> = params.iter().filter(|param| param.required()).map(|param| param.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Builds the Responses object.
fn responses(route: &Route, spec: &MethodSpec, schemas: &mut Schemas) -> Value {
    let mut responses = match spec.items {
        Some(items) => Map::from_iter([("200".to_owned(), stream(items, schemas))]),
        None => results(spec.result, schemas),
    };
    if route.etag {
        responses.insert("304".into(), json!({ "description": "The result is the one that you have" }));
    }
    for (status, faults) in by_status((spec.faults)()) {
        let content = json!({ PROBLEM: { "schema": problem_schema() } });
        let response = json!({ "description": faults.join("; "), "content": content });
        responses.insert(status.to_string(), response);
    }
    responses.insert("default".into(), json!({ "$ref": "#/components/responses/problem" }));
    Value::Object(responses)
}

/// Builds the Response objects of a result; a result that is null has a status of its own.
fn results(result: Option<SchemaOf>, schemas: &mut Schemas) -> Map<String, Value> {
    let mut responses = Map::new();
    let result = result.map(|result| schemas.of_result(result));
    if result.as_ref().is_none_or(|schema| accepts_null(schema, schemas.written())) {
        responses.insert("204".into(), json!({ "description": "There is no result" }));
    }
    if let Some(schema) = result {
        let content = json!({ JSON: { "schema": schema } });
        responses.insert("200".into(), json!({ "description": "The result", "content": content }));
    }
    responses
}

/// Builds the Response object of a stream; OpenAPI 3.1 has no place for the schema of its items.
fn stream(items: SchemaOf, schemas: &mut Schemas) -> Value {
    let items = json!({ "name": "item", "schema": schemas.of_result(items) });
    json!({
        "description": "Server-sent events, each with an item as its data",
        "content": { "text/event-stream": { "x-stream": items } },
    })
}

/// Returns the messages of faults, by the status that they have.
fn by_status(faults: &[FaultSpec]) -> BTreeMap<u16, Vec<&'static str>> {
    let mut statuses = BTreeMap::<u16, Vec<_>>::new();
    for fault in faults {
        statuses.entry(fault.http_status()).or_default().push(fault.message);
    }
    statuses
}

/// Builds the Response object of what has failed.
fn problem() -> Value {
    json!({ "description": "What is wrong (RFC 9457)", "content": { PROBLEM: { "schema": problem_schema() } } })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "description": "The words of the status" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What is wrong, and what to do" },
            "code": { "type": "integer", "description": "The code of the fault" },
            "data": { "description": "The data of the fault" },
        },
        "required": ["title", "status", "detail"],
    })
}

/// Adds what the examples of a method have here.
fn insert_examples(
    object: &mut Map<String, Value>,
    spec: &MethodSpec,
    of: impl Fn(&Map<String, Value>) -> Option<Value>,
) {
    let examples = spec.examples.iter().enumerate().filter_map(|(index, example)| {
        let names = spec.params.iter().map(|param| param.name.to_owned());
        let value = of(&names.zip(example.values()).collect())?;
        Some((example.name(index).replace(' ', "-"), json!({ "value": value })))
    });
    let examples: Map<_, _> = examples.collect();
    if !examples.is_empty() {
        object.insert("examples".into(), examples.into());
    }
}
