//! The sub-command `methods`: what the running daemon can do.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::output::say;
use crate::client::Client;
use crate::error::Result;

/// Lists the methods.
pub(super) fn list(client: &mut Client) -> Result<ExitCode> {
    let document: Value = client.call("rpc.discover", &())?;
    let methods = document["methods"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |method: &Value| method["name"].as_str().unwrap_or_default().to_owned();
    let width = methods.iter().map(|method| name(method).len()).max().unwrap_or_default();
    let lines: Vec<_> = methods
        .iter()
        .map(|method| format!("{:width$}  {}", name(method), method["summary"].as_str().unwrap_or_default()))
        .collect();
    say(&lines.join("\n"))
}

/// Describes one method.
pub(super) fn describe(client: &mut Client, method: &str) -> Result<ExitCode> {
    let help: String = client.call("system.methodHelp", &[method])?;
    let signatures: Vec<Vec<String>> = client.call("system.methodSignature", &[method])?;
    let mut text = String::new();
    for signature in &signatures {
        let (result, params) =
            signature.split_first().map_or(("nil", &[][..]), |(first, rest)| (first.as_str(), rest));
        text.push_str(&format!("{result} {method}({})\n", params.join(", ")));
    }
    let document: Value = client.call("rpc.discover", &())?;
    let entry = document["methods"]
        .as_array()
        .and_then(|all| all.iter().find(|entry| entry["name"] == json!(method)));
    for param in entry.and_then(|entry| entry["params"].as_array()).into_iter().flatten() {
        let (name, summary) = (param["name"].as_str(), param["summary"].as_str());
        let optional = if param["required"] == json!(true) { "" } else { " (optional)" };
        let line = format!("  {}{optional}  {}", name.unwrap_or_default(), summary.unwrap_or_default());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&help);
    say(text.trim_end())
}
