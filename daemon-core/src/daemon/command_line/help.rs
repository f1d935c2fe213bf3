//! The help of a parameter: its doc comment, its default, and what its values look like.

use super::callable::Parameter;
use super::output::aligned;
use crate::rpc::shape::Member;
use crate::rpc::texts::Kind;

/// Returns the help on one line.
pub(super) fn short(param: &Parameter) -> String {
    let mut help = param.doc.lines().collect::<Vec<_>>().join(" ");
    if let Kind::List { .. } = param.kind {
        help.push_str(" [repeatable]");
    }
    help.push_str(&in_brackets(&param.bounds));
    if let Some(default) = &param.default {
        help.push_str(&format!(" [default: {default}]"));
    }
    help.trim_start().to_owned()
}

/// Returns the help with the members of an object; `None` if there are none.
pub(super) fn long(param: &Parameter) -> Option<String> {
    if param.members.is_empty() {
        return None;
    }
    let rows: Vec<Vec<String>> = param.members.iter().map(row).collect();
    let table = aligned(&rows).replace('\n', "\n  ");
    Some(format!("{}\n\nAs JSON, with these members:\n  {table}", short(param)).trim_start().to_owned())
}

fn row(member: &Member) -> Vec<String> {
    let optional = if member.required { "" } else { "optional" };
    let doc = format!("{}{}", member.doc, in_brackets(&member.bounds));
    vec![member.name.clone(), member.ty.clone(), optional.to_owned(), doc.trim_start().to_owned()]
}

fn in_brackets(bounds: &str) -> String {
    if bounds.is_empty() { String::new() } else { format!(" [{bounds}]") }
}
