//! Responses: results of the protocol, and what a tool has returned.

use serde_json::{Value, json};

use super::describe::server_info;
use super::request::Era;
use crate::context::Facts;
use crate::dialect::json::reply::{RESULT, write_fault, write_head};
use crate::fault::Fault;
use crate::rpc::output::{Output, Unwritten};
use crate::rpc::tools::{self, Form};

/// What ends the object of a result: the bracket, and before it what the revision of the peer asks for.
#[derive(Debug, Clone)]
pub(super) struct Tail(Box<str>);

impl Tail {
    pub(super) fn new(era: Era, facts: &Facts) -> Self {
        Tail(match era {
            Era::Handshake => "}".into(),
            Era::Each => {
                let info = json!({ "io.modelcontextprotocol/serverInfo": server_info(facts) });
                format!(",\"resultType\":\"complete\",\"_meta\":{info}}}").into()
            }
        })
    }
}

/// Appends the response with a result of the protocol, which is an object.
pub(super) fn write_result(output: &mut Output, id: &str, tail: &Tail, result: &Value) {
    let text = result.to_string();
    let members = text.strip_suffix('}').unwrap_or(&text);
    // An object without members has nothing that a comma could follow.
    let tail = if members == "{" { tail.0.strip_prefix(',').unwrap_or(&tail.0) } else { &tail.0 };
    write_head(output, id, RESULT);
    output.push(members);
    output.push(tail);
    output.push("}");
}

/// Appends the response with the result of a tool: the text of its JSON, and the JSON itself as an object.
pub(super) fn write_tool_result(output: &mut Output, id: &str, tail: &Tail, form: Form, json: &[u8]) {
    let start = output.mark();
    write_head(output, id, RESULT);
    let written = output.result(|room| {
        let json =
            str::from_utf8(json).map_err(|_| Unwritten::Because("the result is not UTF-8".to_owned()))?;
        room.push("{\"content\":[{\"type\":\"text\",\"text\":")?;
        serde_json::to_writer(&mut *room, json).map_err(|_| Unwritten::TooLong)?;
        room.push("}]")?;
        match form {
            Form::Nothing => {}
            Form::Object | Form::Items => {
                room.push(",\"structuredContent\":")?;
                room.push(json)?;
            }
            Form::Wrapped => {
                room.push(&format!(",\"structuredContent\":{{\"{}\":", tools::RESULT))?;
                room.push(json)?;
                room.push("}")?;
            }
        }
        Ok(())
    });
    match written {
        Ok(()) => {
            output.push(",\"isError\":false");
            output.push(&tail.0);
            output.push("}");
        }
        Err(fault) => {
            output.rewind(start);
            write_failure(output, id, tail, &fault.sentence());
        }
    }
}

/// Appends the response of a tool that has failed: an assistant reads the sentence, and may try something else.
pub(super) fn write_failure(output: &mut Output, id: &str, tail: &Tail, sentence: &str) {
    let start = output.mark();
    write_head(output, id, RESULT);
    output.push("{\"content\":[{\"type\":\"text\",\"text\":");
    match output.fault(sentence) {
        Ok(()) => {
            output.push("}],\"isError\":true");
            output.push(&tail.0);
            output.push("}");
        }
        Err(fault) => {
            output.rewind(start);
            write_fault(output, id, &fault);
        }
    }
}

/// Appends the response of a tool whose method has failed.
pub(super) fn write_tool_fault(output: &mut Output, id: &str, tail: &Tail, fault: &Fault) {
    write_failure(output, id, tail, &fault.sentence());
}
