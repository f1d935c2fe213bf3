//! Methods as tools: how the Model Context Protocol describes them to an assistant.
//!
//! The name of a tool is that of its method, with hyphens for dots: services that run assistants take letters, digits,
//! `_` and `-`, and at most 64 of them. What a tool takes is an object of the parameters, and what it returns is one,
//! too; the protocol has no other structured content before its revision 2026-07-28.

use foldhash::HashMap;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use tracing::warn;

use super::method::MethodSpec;
use super::methods::{Entry, Methods, Run};
use super::param::{Param, SchemaOf};
use super::schema::{finish, insert_text, of_param, plain};

/// The longest name that all services take, in bytes.
const LONGEST: usize = 64;

/// The built-in methods that are tools, besides those about workers. An assistant that stopped the daemon could not start it
/// again.
const BUILT_IN: [&str; 2] = ["daemon.status", "daemon.reload"];
const OF_WORKERS: &str = "worker.";

/// The methods that are tools, in the order of the methods.
pub(crate) struct Tools {
    tools: Vec<Tool>,
    names: HashMap<Box<str>, usize>,
}

/// A method as a tool.
pub(crate) struct Tool {
    /// The index of the method.
    pub(crate) method: usize,
    pub(crate) form: Form,
    /// The Tool object of the protocol.
    pub(crate) description: Value,
}

/// What becomes of the result of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// It is an object.
    Object,
    /// It becomes the only member of one.
    Wrapped,
    /// There is none.
    Nothing,
    /// Items follow, which are gathered.
    Items,
}

/// The member that has a result which is no object.
pub(crate) const RESULT: &str = "result";

impl Tools {
    /// Describes the methods that are tools. One whose name no tool can have is left out, and the log says so.
    pub(crate) fn of<S>(methods: &Methods<S>) -> Self {
        let mut tools = Tools { tools: Vec::new(), names: HashMap::default() };
        for (index, entry) in methods.iter().enumerate().filter(|(_, entry)| is_tool(entry)) {
            match tools.name(&entry.name) {
                Ok(name) => tools.add(name, index, entry),
                Err(reason) => warn!("the method `{}` is no tool for assistants: {reason}", entry.name),
            }
        }
        tools
    }

    /// Returns the name of the tool for a method, or why it has none.
    fn name(&self, method: &str) -> Result<String, String> {
        let name = method.replace('.', "-");
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if name.len() > LONGEST || !name.bytes().all(fits) {
            return Err(format!(
                "the name of a tool has at most {LONGEST} letters, digits, `_` and `-`; name it with `#[rpc_method(name = …)]`"
            ));
        }
        match self.names.contains_key(name.as_str()) {
            true => Err(format!("another one is called `{name}` already; give one of them another name")),
            false => Ok(name),
        }
    }

    fn add<S>(&mut self, name: String, method: usize, entry: &Entry<S>) {
        let (form, description) = describe(&name, entry);
        self.names.insert(name.into(), self.tools.len());
        self.tools.push(Tool { method, form, description });
    }

    /// Returns the tool with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Tool> {
        self.names.get(name).map(|index| &self.tools[*index])
    }

    /// Returns the tools from this one on.
    pub(crate) fn from(&self, first: usize) -> impl Iterator<Item = (usize, &Tool)> {
        self.tools.iter().enumerate().skip(first)
    }
}

fn is_tool<S>(entry: &Entry<S>) -> bool {
    let is_own = matches!(entry.run, Run::Handler(_) | Run::Remote(_));
    let name = entry.name.as_str();
    !entry.spec.hidden && (is_own || BUILT_IN.contains(&name) || name.starts_with(OF_WORKERS))
}

/// Builds the Tool object of a method.
fn describe<S>(name: &str, entry: &Entry<S>) -> (Form, Value) {
    let spec = &entry.spec;
    let (form, output) = output(spec);
    let mut tool = json!({
        "name": name,
        "title": entry.name,
        "inputSchema": input(spec.params),
        "annotations": hints(spec),
    });
    let description = description(spec);
    if !description.is_empty() {
        tool["description"] = description.into();
    }
    if let Some(output) = output {
        tool["outputSchema"] = output;
    }
    (form, tool)
}

/// Returns what an assistant reads about a method.
fn description(spec: &MethodSpec) -> String {
    let mut text = spec.doc.to_owned();
    match spec.deprecated {
        None => {}
        Some("") => text.push_str("\n\nDeprecated."),
        Some(instead) => text.push_str(&format!("\n\nDeprecated: {instead}.")),
    }
    text.trim_start().to_owned()
}

/// Says what a call may do. What a method does not say is left out: then a client assumes the worst.
fn hints(spec: &MethodSpec) -> Value {
    let mut hints = match (spec.read_only, spec.destructive) {
        (true, _) => json!({ "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true }),
        (false, true) => json!({ "readOnlyHint": false, "destructiveHint": true }),
        (false, false) => json!({}),
    };
    if spec.idempotent {
        hints["idempotentHint"] = true.into();
    }
    hints
}

/// Returns the schema of the arguments.
fn input(params: &[Param]) -> Value {
    let mut generator = settings().into_generator();
    let properties: Map<_, _> =
        params.iter().map(|param| (param.name.to_owned(), property(param, &mut generator))).collect();
    let required: Vec<_> = params.iter().filter(|param| param.required()).map(|param| param.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    with_definitions(schema, generator.take_definitions(true))
}

fn property(param: &Param, generator: &mut SchemaGenerator) -> Value {
    let mut schema = of_param(param, generator);
    if let Some(object) = schema.as_object_mut() {
        insert_text(object, "description", param.doc);
    }
    schema
}

/// Returns what becomes of the result, and the schema of that.
fn output(spec: &MethodSpec) -> (Form, Option<Value>) {
    match (spec.items, spec.result) {
        (Some(items), _) => (Form::Items, Some(gathered(items))),
        (None, None) => (Form::Nothing, None),
        (None, Some(result)) => {
            let (form, schema) = structured(result);
            (form, Some(schema))
        }
    }
}

/// Returns the schema of a result: its own if it is that of an object, and otherwise that of an object which has it.
fn structured(result: SchemaOf) -> (Form, Value) {
    let mut generator = settings().for_serialize().into_generator();
    let schema = result(&mut generator);
    let mut schema = finish(schema, &mut generator);
    let mut definitions = generator.take_definitions(true);
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let named = name.as_deref().and_then(|name| definitions.get(name));
    if named.unwrap_or(&schema)["type"] != "object" {
        let whole = json!({ "type": "object", "properties": { RESULT: schema }, "required": [RESULT] });
        return (Form::Wrapped, with_definitions(whole, definitions));
    }
    // Clients read the type at the top, and follow no reference to it.
    if let Some(name) = name
        && let Some(named) = definitions.remove(&name)
    {
        schema = named;
        let reference = format!("\"#/$defs/{name}\"");
        if [&schema].into_iter().chain(definitions.values()).any(|one| one.to_string().contains(&reference)) {
            definitions.insert(name, schema.clone());
        }
    }
    (Form::Object, with_definitions(schema, definitions))
}

/// Returns the schema of what a subscription has sent.
fn gathered(items: SchemaOf) -> Value {
    let mut generator = settings().for_serialize().into_generator();
    let item = items(&mut generator);
    let item = finish(item, &mut generator);
    let schema = json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": item },
            "missed": { "type": "integer", "minimum": 1, "description": "How many were lost in between" },
            "more": { "type": "boolean", "description": "Whether it was ended before it had sent everything" },
            "reason": { "type": "string", "description": "Why it was ended" },
        },
        "required": ["items"],
    });
    with_definitions(schema, generator.take_definitions(true))
}

/// Returns the settings of schemas that stand alone, in the revision 2020-12 of JSON Schema. They describe what is read;
/// what is written may have other members.
fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None).with_transform(plain)
}

fn with_definitions(mut schema: Value, definitions: Map<String, Value>) -> Value {
    if !definitions.is_empty() {
        schema["$defs"] = definitions.into();
    }
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;

    use super::super::access::Nobody;
    use super::super::introspect;
    use super::super::method::Name;
    use super::super::methods::Listed;
    use super::super::signature::returns;
    use super::*;

    fn methods(specs: Vec<MethodSpec>) -> Methods<()> {
        let own = specs.into_iter().map(|spec| Listed {
            under: "kitchen",
            spec,
            run: Run::Handler(|(), call| call.reply(())),
        });
        Methods::new(Listed::built_in(introspect::methods()).chain(own), &Nobody).unwrap()
    }

    fn names(specs: Vec<MethodSpec>) -> Vec<String> {
        let methods = methods(specs);
        let names =
            methods.tools().from(0).map(|(_, tool)| tool.description["name"].as_str().unwrap().to_owned());
        names.collect()
    }

    #[test]
    fn the_name_of_a_tool_leads_to_one_method() {
        let whole = |name| MethodSpec::new(Name::Whole(name));
        let long = "x".repeat(65).leak();
        let specs = vec![
            MethodSpec::new(Name::Under("say_hello")),
            whole("a.b"),
            whole("a-b"),
            whole("grüße"),
            whole("a/b"),
            whole(long),
            whole(&long[1..]),
            MethodSpec { hidden: true, ..whole("inner") },
        ];
        assert_eq!(names(specs), ["kitchen-say_hello", "a-b", &long[1..]]);
        let methods = methods(vec![whole("a.b"), whole("a-b")]);
        let tool = methods.tools().find("a-b").unwrap();
        assert_eq!(methods.entry(tool.method).name, "a.b");
        assert!(methods.tools().find("a.b").is_none());
    }

    #[test]
    fn marks_are_hints_and_what_is_not_marked_gives_none() {
        let spec = MethodSpec::new(Name::Under("a"));
        assert_eq!(hints(&spec), json!({}));
        assert_eq!(hints(&MethodSpec { read_only: true, ..spec })["readOnlyHint"], true);
        assert_eq!(hints(&MethodSpec { destructive: true, ..spec })["destructiveHint"], true);
        assert_eq!(hints(&MethodSpec { idempotent: true, ..spec }), json!({ "idempotentHint": true }));
    }

    #[derive(JsonSchema, serde::Serialize)]
    struct Dish {
        name: String,
        parts: Vec<Dish>,
        cook: Option<Cook>,
    }

    #[derive(JsonSchema, serde::Serialize)]
    struct Cook {
        age: u8,
    }

    #[test]
    fn schemas_stand_alone_and_are_those_of_objects() {
        let (form, dish) = structured(returns::<Dish>().unwrap());
        assert_eq!((form, &dish["type"]), (Form::Object, &json!("object")));
        assert_eq!(dish["properties"]["parts"]["items"]["$ref"], "#/$defs/Dish");
        assert!(dish["$defs"]["Dish"].is_object() && dish["$defs"]["Cook"].is_object());
        let (form, cook) = structured(returns::<Cook>().unwrap());
        assert_eq!(
            (form, cook),
            (
                Form::Object,
                json!({
                    "type": "object",
                    "properties": { "age": { "type": "integer", "minimum": 0, "maximum": 255 } },
                    "required": ["age"],
                })
            )
        );
        let (form, map) = structured(returns::<BTreeMap<String, u8>>().unwrap());
        assert_eq!((form, &map["type"]), (Form::Object, &json!("object")));
        let (form, cooks) = structured(returns::<Vec<Cook>>().unwrap());
        assert_eq!((form, &cooks["required"]), (Form::Wrapped, &json!([RESULT])));
        assert!(cooks["$defs"]["Cook"].is_object());
        assert_eq!(structured(returns::<Value>().unwrap()).1["properties"][RESULT], json!({}));
        assert!(gathered(returns::<Cook>().unwrap())["$defs"]["Cook"].is_object());
    }

    #[derive(JsonSchema, serde::Serialize, serde::Deserialize)]
    struct Stock {
        #[serde(skip_serializing_if = "String::is_empty")]
        note: String,
        #[serde(rename(serialize = "left"))]
        count: u8,
        #[serde(skip_deserializing)]
        total: u8,
    }

    #[test]
    fn results_are_described_as_they_are_written_and_arguments_as_they_are_read() {
        let keys = |schema: &Value| schema.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let (_, written) = structured(returns::<Stock>().unwrap());
        assert_eq!(keys(&written["properties"]), ["left", "note", "total"]);
        assert_eq!(written["required"], json!(["left", "total"]));
        assert_eq!(
            gathered(returns::<Stock>().unwrap())["$defs"]["Stock"]["required"],
            json!(["left", "total"])
        );
        let read = &input(&[Param::of::<Stock>("stock")])["$defs"]["Stock"];
        assert_eq!(keys(&read["properties"]), ["count", "note"]);
    }

    #[test]
    fn arguments_are_an_object_of_the_parameters() {
        let params: &[Param] = &[
            Param { doc: "How old", ..Param::of::<BTreeMap<String, String>>("cook") },
            Param { default: Some(|| 5.into()), ..Param::of::<u8>("count") },
            Param::of::<Option<String>>("note"),
        ];
        let schema = input(params);
        assert_eq!(schema["required"], json!(["cook"]));
        assert_eq!(schema["properties"]["cook"]["description"], "How old");
        assert_eq!(schema["properties"]["count"]["default"], 5);
        assert_eq!(input(&[]), json!({ "type": "object", "properties": {}, "additionalProperties": false }));
    }
}
