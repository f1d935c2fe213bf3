//! The description of an interface, in the language of varlink.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use super::shape::{Form, Reader};
use super::ty::{Field, Type, comment, fields_text};
use super::{DATA, FAILED, Failure, Interface, MESSAGE, MISSED, RESULT};
use crate::fault::FaultSpec;
use crate::rpc::method::MethodSpec;
use crate::rpc::schemas::Schemas;

/// The schemas that a method needs.
struct MethodSchemas<'a> {
    name: &'a str,
    spec: &'a MethodSpec,
    params: Vec<Value>,
    result: Option<Value>,
}

/// Describes an interface; `spec` returns the method at a place in the method table.
pub(super) fn interface<'a>(interface: &Interface, spec: impl Fn(usize) -> &'a MethodSpec) -> String {
    // Which members may be left out, the language does not say.
    let settings = SchemaSettings::default().with_transform(RecursiveTransform(|schema: &mut Schema| {
        schema.remove("required");
        schema.remove("default");
    }));
    let mut schemas = Schemas::new(&settings);
    let members = interface.members.iter().filter(|member| !member.hidden);
    let mut methods: Vec<_> =
        members.map(|member| method_schemas(&member.name, spec(member.method), &mut schemas)).collect();
    let mut errors: Vec<_> =
        interface.errors.iter().map(|error| (error, data(&error.spec, &mut schemas))).collect();
    let results = methods.iter_mut().filter_map(|method| method.result.as_mut());
    let definitions = schemas.share(results.chain(errors.iter_mut().filter_map(|(_, data)| data.as_mut())));
    let taken = methods
        .iter()
        .map(|method| method.name)
        .chain(interface.errors.iter().map(|error| error.name.as_str()));
    let mut reader = Reader::new(&definitions, taken.chain([FAILED]).map(str::to_owned).collect());
    let mut parts = vec![format!("interface {}", interface.name)];
    parts.extend(methods.iter().map(|schemas| method(schemas, &mut reader)));
    parts.extend(errors.iter().map(|(spec, data)| error(spec, data.as_ref(), &mut reader)));
    parts.push(failed());
    // The types come last: they are known once everything else was read.
    while let Some((name, doc, ty)) = reader.next() {
        parts.push(format!("{}type {name} {ty}", comment(doc)));
    }
    let mut text = String::new();
    for part in parts {
        // An empty line stands between them.
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&part);
        text.push('\n');
    }
    text
}

fn method_schemas<'a>(name: &'a str, spec: &'a MethodSpec, schemas: &mut Schemas) -> MethodSchemas<'a> {
    let params = spec.params.iter().map(|param| schemas.of_param(param)).collect();
    let result = spec.items.or(spec.result).map(|result| schemas.of_result(result));
    MethodSchemas { name, spec, params, result }
}

/// Returns the schema of the data of an error, if it has data: any value, if its type does not describe itself.
fn data(error: &FaultSpec, schemas: &mut Schemas) -> Option<Value> {
    Some(schemas.of_data(error.data?).unwrap_or_else(|| json!({})))
}

fn method<'v>(method: &'v MethodSchemas<'_>, reader: &mut Reader<'v>) -> String {
    let MethodSchemas { name, spec, params, result } = method;
    let params = spec.params.iter().zip(params).map(|(param, schema)| {
        let ty = reader.read(schema);
        Field::new(param.name, if param.required() { ty } else { ty.optional() }, param.doc)
    });
    let params: Vec<Field> = params.collect();
    let mut results = match (Form::of(spec), result) {
        (Form::Members, Some(schema)) => reader.members(schema),
        (Form::Value, Some(schema)) => vec![Field::new(RESULT, reader.read(schema), "")],
        (Form::Nothing, _) | (_, None) => Vec::new(),
    };
    if spec.items.is_some() {
        // The last reply may come without an item.
        results.iter_mut().for_each(|field| field.ty = field.ty.clone().optional());
        results.push(Field::new(MISSED, Type::Int.optional(), ""));
    }
    let mut doc = spec.doc.to_owned();
    if spec.items.is_some() {
        doc.push_str("\n\nCall it with `more`.");
    }
    if let Some(instead) = spec.deprecated {
        doc.push_str(&format!("\n\nDeprecated: {instead}"));
    }
    format!("{}method {name}{} -> {}", comment(&doc), fields_text(&params), fields_text(&results))
}

fn error<'v>(failure: &Failure, data: Option<&'v Value>, reader: &mut Reader<'v>) -> String {
    let mut fields = match (failure.form(), data) {
        (Form::Members, Some(data)) => reader.members(data),
        (_, Some(data)) => vec![Field::new(DATA, reader.read(data).optional(), "")],
        (_, None) => Vec::new(),
    };
    if fields.iter().all(|field| field.name != MESSAGE) {
        fields.insert(0, Field::new(MESSAGE, Type::String, ""));
    }
    format!("{}error {} {}", comment(failure.spec.message), failure.name, fields_text(&fields))
}

fn failed() -> String {
    let fields = [
        Field::new("code", Type::Int, ""),
        Field::new(MESSAGE, Type::String, ""),
        Field::new(DATA, Type::Object.optional(), ""),
    ];
    format!(
        "{}error {FAILED} {}",
        comment("Any other failure, with the code that JSON-RPC gives it."),
        fields_text(&fields)
    )
}
