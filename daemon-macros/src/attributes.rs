//! The attributes above an item, a field or a parameter: doc comments, our own, and those of the compiler.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path};

use crate::errors::Errors;
use crate::side::Side;

/// Our attributes that only have a meaning inside an item that one of our macros reads.
const OURS: [&str; 10] = [
    "rpc_method",
    "example",
    "flag",
    "metric",
    "param",
    "on_signal",
    "on",
    "every",
    "before_call",
    "after_call",
];

/// Removes our attributes from a list; the item is emitted without them.
pub(crate) fn take_ours(attributes: &mut Vec<Attribute>) -> Vec<Attribute> {
    attributes.extract_if(.., |attribute| OURS.iter().any(|name| is(attribute.path(), name))).collect()
}

/// Removes and reports a second attribute that makes a daemon or a worker of the same item.
pub(crate) fn refuse_second(side: Side, attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    for other in [Side::Daemon, Side::Worker, Side::Plugin] {
        let message = if other == side {
            format!("`#[{side}]` is given twice; write all arguments into one")
        } else if other.process() == side.process() {
            format!("this is a {side}; a {other} has another state: write a struct of its own for it")
        } else {
            format!("this is a {side}; a {other} is another process: write a struct of its own for it")
        };
        for attribute in attributes.extract_if(.., |attribute| is(attribute.path(), &other.to_string())) {
            errors.at(attribute, &message);
        }
    }
}

/// Whether a path names one of our attributes, alone or after `daemon_core::`.
pub(crate) fn is(path: &Path, name: &str) -> bool {
    let mut segments = path.segments.iter().rev();
    let last = segments.next().is_some_and(|segment| segment.ident == name);
    last && segments.next().is_none_or(|segment| segment.ident == "daemon_core")
}

/// Returns the name of one of our attributes.
pub(crate) fn name(attribute: &Attribute) -> String {
    attribute.path().segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// Returns the tokens between the parentheses of an attribute; empty if it has no parentheses, `None` after a mistake.
pub(crate) fn arguments(attribute: &Attribute, errors: &mut Errors) -> Option<TokenStream> {
    match &attribute.meta {
        Meta::Path(_) => Some(TokenStream::new()),
        Meta::List(list) => Some(list.tokens.clone()),
        Meta::NameValue(pair) => {
            let name = name(attribute);
            errors.at(&pair.value, format!("write the arguments in parentheses: `#[{name}(…)]`"));
            None
        }
    }
}

/// Returns the text of the doc comments, without one leading space of each line.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let texts = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(text);
    let lines: Vec<String> =
        texts.flat_map(|text| text.value().split('\n').map(unindent).collect::<Vec<_>>()).collect();
    lines.join("\n").trim_matches('\n').trim_end().to_owned()
}

fn unindent(line: &str) -> String {
    line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()
}

/// Returns the value of `#[name = "text"]`.
fn text(attribute: &Attribute) -> Option<LitStr> {
    match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the attributes that generated code must repeat so that it is compiled exactly when the annotated item is.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// Returns the note of the standard `#[deprecated]`; empty if it has none.
pub(crate) fn deprecated(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("deprecated"))?;
    if let Some(note) = text(attribute) {
        return Some(note.value());
    }
    let mut note = String::new();
    // The compiler reports a malformed attribute.
    let _ = attribute.parse_nested_meta(|meta| {
        let value: LitStr = meta.value()?.parse()?;
        if meta.path.is_ident("note") {
            note = value.value();
        }
        Ok(())
    });
    Some(note)
}
