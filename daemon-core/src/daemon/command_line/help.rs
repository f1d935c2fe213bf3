//! The help of a parameter: its doc comment, its default, and what its values look like.

use super::output::aligned;
use crate::rpc::param::Param;
use crate::rpc::schema::{UNDEFINED, element_word, type_word};
use crate::rpc::shape::{Member, bounds, members};
use crate::rpc::texts::Kind;

/// Returns the placeholder for a value.
pub(super) fn word(param: &Param) -> &'static str {
    let word = match Kind::of(param) {
        Kind::List { .. } => element_word(param.schema),
        Kind::Text | Kind::Switch | Kind::Json => type_word(param.schema),
    };
    if word == UNDEFINED { "value" } else { word }
}

/// Returns the help on one line.
pub(super) fn short(param: &Param) -> String {
    let mut help = param.doc.lines().collect::<Vec<_>>().join(" ");
    if let Kind::List { .. } = Kind::of(param) {
        help.push_str(" [repeatable]");
    }
    help.push_str(&in_brackets(&bounds(param.schema)));
    if let Some(default) = param.default {
        help.push_str(&format!(" [default: {}]", default()));
    }
    help.trim_start().to_owned()
}

/// Returns the help with the members of an object; `None` if there are none.
pub(super) fn long(param: &Param) -> Option<String> {
    let members = members(param.schema);
    if members.is_empty() {
        return None;
    }
    let rows: Vec<Vec<String>> = members.into_iter().map(row).collect();
    let table = aligned(&rows).replace('\n', "\n  ");
    Some(format!("{}\n\nAs JSON, with these members:\n  {table}", short(param)).trim_start().to_owned())
}

fn row(member: Member) -> Vec<String> {
    let optional = if member.required { "" } else { "optional" };
    let doc = member.doc + &in_brackets(&member.bounds);
    vec![member.name, member.ty, optional.to_owned(), doc.trim_start().to_owned()]
}

fn in_brackets(bounds: &str) -> String {
    if bounds.is_empty() { String::new() } else { format!(" [{bounds}]") }
}
