//! An enum under `#[derive(Fault)]`, checked: each variant has a unique code and a message that can be formatted.

use std::ops::RangeInclusive;

use heck::ToSnakeCase;
use proc_macro2::{Ident, Span};
use syn::{LitStr, Member};

use super::name::Taken;
use crate::errors::Errors;
use crate::{model, spell};

/// JSON-RPC 2.0, section 5.1.
const RESERVED: RangeInclusive<i64> = -32768..=-32000;

/// An error type whose variants are faults.
pub(crate) struct Fault {
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<Variant>,
}

/// One fault.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) code: i32,
    /// The message as introspection shows it.
    pub(crate) message: LitStr,
    /// The message for `format!`, with every placeholder replaced by the name of its variable.
    pub(crate) format: String,
    /// The fields that the message names.
    pub(crate) named: Vec<Member>,
    /// The field that is sent as the fault's data.
    pub(crate) data: Option<Member>,
}

/// Checks an enum under `#[derive(Fault)]`.
pub(crate) fn fault(model: model::Fault, errors: &mut Errors) -> Fault {
    if !model.generics.params.is_empty() {
        errors.at(
            &model.generics,
            "the faults of a method must be known in advance; name the types, and own the data",
        );
    }
    let Some(variants) = model.variants else {
        errors.at(&model.ident, "each variant is a fault with a code of its own: write an `enum`");
        return Fault { ident: model.ident, variants: Vec::new() };
    };
    let mut taken = Taken::new();
    let variants = variants.into_iter().filter_map(|variant| check(variant, &mut taken, errors)).collect();
    Fault { ident: model.ident, variants }
}

fn check(variant: model::Variant, taken: &mut Taken<i32>, errors: &mut Errors) -> Option<Variant> {
    let code = code(&variant, taken, errors);
    let message = message(&variant);
    let (format, named) = fill_in(&message, &variant.members, errors);
    if let Some((_, second)) = variant.data.get(1) {
        errors.at(
            second,
            "a fault has one `data` value: mark one field, or put both in a struct with `#[rpc_type]`",
        );
    }
    let data = variant.data.into_iter().next().map(|(member, _)| member);
    Some(Variant { ident: variant.ident, code: code?, message, format, named, data })
}

fn code(variant: &model::Variant, taken: &mut Taken<i32>, errors: &mut Errors) -> Option<i32> {
    if !variant.args.code.given {
        errors.at(
            &variant.ident,
            "a caller tells faults apart by their codes: write `#[fault(code = 1)]` above it",
        );
    }
    let number = variant.args.code.value.as_ref()?;
    if RESERVED.contains(&number.value) {
        errors.at(
            number,
            "codes from -32768 to -32000 belong to JSON-RPC 2.0, section 5.1; write another, such as `1`",
        );
        return None;
    }
    let Ok(code) = i32::try_from(number.value) else {
        errors.at(number, "a code has 32 bits: -2147483648 to 2147483647");
        return None;
    };
    taken.take(code, &variant.ident, number, errors, |first| {
        format!("{code} is already the code of `{first}`; write another")
    });
    Some(code)
}

/// Returns the given message, or the first line of the doc comment, or the variant's name as words.
fn message(variant: &model::Variant) -> LitStr {
    if let Some(message) = &variant.args.message {
        return message.clone();
    }
    let text = match variant.doc.lines().next() {
        // A doc comment has no placeholders.
        Some(line) => line.replace('{', "{{").replace('}', "}}"),
        None => variant.ident.to_string().to_snake_case().replace('_', " "),
    };
    LitStr::new(&text, Span::call_site())
}

/// Returns the message for `format!`, and the fields that it names.
fn fill_in(message: &LitStr, members: &[Member], errors: &mut Errors) -> (String, Vec<Member>) {
    let text = message.value();
    let mut format = String::new();
    let mut named = Vec::new();
    let mut rest = text.as_str();
    while let Some(brace) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(brace);
        format.push_str(before);
        if let Some(behind) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            format.push_str(&from[..2]);
            rest = behind;
            continue;
        }
        let Some((placeholder, behind)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) else {
            errors.at(
                message,
                "a brace stands alone in the message: write `{{` or `}}` for the character itself",
            );
            break;
        };
        let (name, spec) = placeholder.split_at(placeholder.find(':').unwrap_or(placeholder.len()));
        match members.iter().find(|member| spelled(member) == name) {
            Some(member) => {
                format.push_str(&format!("{{{}{spec}}}", variable(member)));
                named.push(member.clone());
            }
            None => errors.at(message, no_field(name, members)),
        }
        rest = behind;
    }
    format.push_str(rest);
    named.sort_by_key(spelled);
    named.dedup();
    (format, named)
}

fn no_field(name: &str, members: &[Member]) -> String {
    let fields: Vec<String> = members.iter().map(|member| format!("{{{}}}", spelled(member))).collect();
    let known: Vec<&str> = fields.iter().map(String::as_str).collect();
    if known.is_empty() {
        return format!("the message names `{{{name}}}`, but the variant has no fields");
    }
    spell::unknown("field", &format!("{{{name}}}"), &known)
}

fn spelled(member: &Member) -> String {
    match member {
        Member::Named(ident) => spell::plain(ident),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Returns the name of the variable that holds a field.
pub(crate) fn variable(member: &Member) -> String {
    format!("field_{}", spelled(member))
}
