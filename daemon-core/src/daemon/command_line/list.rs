//! The sub-command `methods`: what the running daemon can do.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::output::{aligned, say};
use crate::client::Client;
use crate::daemon::registry::is_built_in;
use crate::error::Result;
use crate::fault::{Fault, code};
use crate::rpc::shape::type_text;

/// Lists the methods with their types, the daemon's own last.
pub(super) fn list(client: &mut Client) -> Result<ExitCode> {
    let Some(document) = Document::ask(client)? else {
        let names: Vec<String> = client.call("system.listMethods", &())?;
        return say(&names.join("\n"));
    };
    let (built_in, own): (Vec<_>, Vec<_>) =
        document.methods.iter().partition(|method| is_built_in(word(method, "name")));
    let rows: Vec<Vec<String>> = own.into_iter().chain(built_in).map(|method| document.row(method)).collect();
    say(&aligned(&rows))
}

/// Describes one method.
pub(super) fn describe(client: &mut Client, name: &str) -> Result<ExitCode> {
    let help: String = client.call("system.methodHelp", &[name])?;
    let Some(document) = Document::ask(client)? else { return say(&help) };
    let Some(method) = document.methods.iter().find(|method| method["name"] == json!(name)) else {
        // A hidden one, or another name of one.
        return say(&help);
    };
    let mut text = format!("{} {name}({})\n", document.result(method), document.params(method));
    if let Some(note) = deprecation(method) {
        text.push_str(&format!("{note}\n"));
    }
    let rows: Vec<Vec<String>> = params(method).map(|param| document.param(param)).collect();
    for line in aligned(&rows).lines() {
        text.push_str(&format!("  {line}\n"));
    }
    say((text + &help).trim_end())
}

/// The part of the OpenRPC document that is shown.
#[derive(serde::Deserialize)]
struct Document {
    methods: Vec<Value>,
    components: Components,
}

#[derive(serde::Deserialize)]
struct Components {
    schemas: Map<String, Value>,
}

impl Document {
    /// Asks for the document; `None` if the daemon was compiled without schemas.
    fn ask(client: &mut Client) -> Result<Option<Document>> {
        match client.call("rpc.discover", &()) {
            Err(error) if error.fault().map(Fault::code) == Some(code::METHOD_NOT_FOUND) => Ok(None),
            asked => asked.map(Some),
        }
    }

    /// A method on one line.
    fn row(&self, method: &Value) -> Vec<String> {
        let signature = format!("({}) {}", self.params(method), self.result(method));
        let summary = word(method, "summary");
        let help = match deprecation(method) {
            Some(note) => format!("{summary} [{note}]").trim_start().to_owned(),
            None => summary.to_owned(),
        };
        vec![word(method, "name").to_owned(), signature, help]
    }

    /// The types of the parameters; those that may be left out have a question mark.
    fn params(&self, method: &Value) -> String {
        let types = params(method).map(|param| {
            let mark = if is_required(param) { "" } else { "?" };
            format!("{}{mark}", self.ty(&param["schema"]))
        });
        types.collect::<Vec<_>>().join(", ")
    }

    fn result(&self, method: &Value) -> String {
        match &method["x-stream"]["schema"] {
            Value::Null => self.ty(&method["result"]["schema"]),
            items => format!("stream of {}", self.ty(items)),
        }
    }

    fn param(&self, param: &Value) -> Vec<String> {
        let optional = if is_required(param) { "" } else { "optional" };
        let words = [word(param, "name"), &self.ty(&param["schema"]), optional, word(param, "summary")];
        words.map(str::to_owned).into()
    }

    fn ty(&self, schema: &Value) -> String {
        type_text(schema, &self.components.schemas)
    }
}

fn params(method: &Value) -> impl Iterator<Item = &Value> {
    method["params"].as_array().into_iter().flatten()
}

fn is_required(param: &Value) -> bool {
    param["required"] == json!(true)
}

fn deprecation(method: &Value) -> Option<String> {
    let instead = word(method, "x-deprecated");
    let colon = if instead.is_empty() { "" } else { ": " };
    (method["deprecated"] == json!(true)).then(|| format!("deprecated{colon}{instead}"))
}

fn word<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}
