//! `rpc.discover`: the method table as an OpenRPC document, with a JSON Schema for every parameter and result.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::{Call, Outcome};
use super::introspect::reading;
use super::method::{Example, MethodSpec, help};
use super::methods::{Entry, Methods, Run};
use super::param::Param;
use super::schema::{insert_text, of_item, settings};
use super::schemas::Schemas;
use crate::fault::{FaultSpec, worker};

/// The version of the OpenRPC specification that the document follows.
pub(crate) const VERSION: &str = "1.3.2";
/// The same without its dots, because versions of capabilities are integers.
pub(crate) const VERSION_AS_NUMBER: Option<u32> = Some(132);

/// The method that returns the document.
pub(crate) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    let spec = reading::<BTreeMap<String, Value>>("rpc.discover", "The methods as an OpenRPC document.");
    vec![(spec, Run::System(discover))]
}

fn discover<S>(methods: &Methods<S>, mut call: Call<'_>) -> Outcome {
    call.params::<()>()?;
    let facts = call.context().facts();
    let info = || json!({ "title": facts.name, "version": facts.version });
    let document = methods.document(|| document(methods, info()))?;
    call.reply(document)
}

/// Builds the whole document; `info` is its Info object.
pub(crate) fn document<S>(methods: &Methods<S>, info: Value) -> Value {
    let mut schemas = Schemas::new(&settings());
    let mut entries: Vec<_> = methods.visible().map(|entry| method(entry, &mut schemas)).collect();
    let schemas = schemas.share(&mut entries);
    json!({ "openrpc": VERSION, "info": info, "methods": entries, "components": { "schemas": schemas } })
}

fn method<S>(entry: &Entry<S>, schemas: &mut Schemas) -> Value {
    let spec = &entry.spec;
    let mut object = Map::new();
    object.insert("name".into(), entry.name.as_str().into());
    let (summary, description) = help(spec.doc);
    insert_text(&mut object, "summary", summary);
    insert_text(&mut object, "description", description);
    object.insert("paramStructure".into(), "either".into());
    let required = spec.required();
    let params = spec.params.iter().enumerate();
    let params: Vec<_> = params.map(|(index, param)| content(param, index < required, schemas)).collect();
    object.insert("params".into(), params.into());
    let result = spec.result.map_or_else(|| json!({ "type": "null" }), |result| schemas.of_result(result));
    object.insert("result".into(), json!({ "name": "result", "schema": result }));
    if let Some(items) = spec.items {
        object.insert("x-stream".into(), json!({ "name": "item", "schema": of_item(items) }));
    }
    let of_worker: &[FaultSpec] = if let Run::Remote(_) = entry.run { &worker::FAULTS } else { &[] };
    let errors: Vec<_> = (spec.faults)().iter().chain(of_worker).map(|fault| json!(fault)).collect();
    if !errors.is_empty() {
        object.insert("errors".into(), errors.into());
    }
    if !spec.examples.is_empty() {
        let examples: Vec<_> =
            spec.examples.iter().enumerate().map(|(index, one)| example(one, index, spec)).collect();
        object.insert("examples".into(), examples.into());
    }
    for (name, is_so) in [
        ("x-read-only", spec.read_only),
        ("x-idempotent", spec.idempotent),
        ("x-destructive", spec.destructive),
    ] {
        if is_so {
            object.insert(name.into(), true.into());
        }
    }
    if let Some(instead) = spec.deprecated {
        object.insert("deprecated".into(), true.into());
        insert_text(&mut object, "x-deprecated", instead);
    }
    Value::Object(object)
}

/// Builds an Example Pairing object.
fn example(example: &Example, index: usize, spec: &MethodSpec) -> Value {
    let values = spec.params.iter().zip(example.values());
    let params: Vec<_> = values.map(|(param, value)| json!({ "name": param.name, "value": value })).collect();
    let result = json!({ "name": "result", "value": example.result() });
    json!({ "name": example.name(index), "params": params, "result": result })
}

/// Builds a Content Descriptor object. OpenRPC does not allow a required one after an optional one.
fn content(param: &Param, required: bool, schemas: &mut Schemas) -> Value {
    let mut object = Map::new();
    object.insert("name".into(), param.name.into());
    insert_text(&mut object, "summary", param.doc);
    object.insert("required".into(), required.into());
    object.insert("schema".into(), schemas.of_param(param));
    Value::Object(object)
}
