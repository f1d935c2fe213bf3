//! An enum under `#[derive(Fault)]`, checked: each variant has a unique code and a message that can be formatted.

use std::ops::RangeInclusive;

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{LitStr, Member, Type};

use super::name::Taken;
use crate::errors::Errors;
use crate::{model, spell, types};

/// JSON-RPC 2.0, section 5.1.
const RESERVED: RangeInclusive<i64> = -32768..=-32000;
/// The statuses of HTTP that say that a request has failed (RFC 9110, section 15).
const STATUSES: RangeInclusive<u16> = 400..=599;

/// An error type whose variants are faults.
pub(crate) struct Fault {
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<Variant>,
    pub(crate) sources: Vec<Source>,
}

/// One fault.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) code: i32,
    /// The message as introspection shows it.
    pub(crate) message: LitStr,
    pub(crate) text: Text,
    /// The field that is sent as the fault's data.
    pub(crate) data: Option<Member>,
    /// The type of that field.
    pub(crate) data_type: Option<Type>,
    pub(crate) restore: Option<Restore>,
    /// The status of its answers over HTTP.
    pub(crate) status: Option<u16>,
}

/// The message that is sent.
pub(crate) enum Text {
    /// The message for `format!`, with every placeholder replaced by the name of its variable, and the fields that it
    /// names.
    Format(String, Vec<Member>),
    /// The text of the error if it has one, otherwise these words.
    Display(String),
}

/// How a variant is made from its fault.
pub(crate) enum Restore {
    /// It has no fields.
    Empty,
    /// Its only field is the data.
    Data(Member, Box<Type>),
}

/// A field with `#[from]`: the enum is made from its type.
pub(crate) struct Source {
    pub(crate) variant: Ident,
    pub(crate) member: Member,
    pub(crate) ty: Type,
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
        return Fault { ident: model.ident, variants: Vec::new(), sources: Vec::new() };
    };
    let sources = if model.is_thiserror { Vec::new() } else { sources(&variants, errors) };
    let mut taken = Taken::new();
    let variants = variants.into_iter().filter_map(|variant| check(variant, &mut taken, errors)).collect();
    Fault { ident: model.ident, variants, sources }
}

/// Returns the fields with `#[from]`.
fn sources(variants: &[model::Variant], errors: &mut Errors) -> Vec<Source> {
    let mut taken = Taken::new();
    let mut sources = Vec::new();
    for variant in variants {
        let mut fields = variant.fields.iter().filter_map(|field| Some((field, field.from.as_ref()?)));
        let Some((field, from)) = fields.next() else { continue };
        if let Some((_, second)) = fields.next() {
            errors.at(second, "a variant is made from one value: put `#[from]` before one field");
        } else if variant.fields.len() > 1 {
            let ident = &variant.ident;
            let message = format!(
                "nothing says what the other fields of `{ident}` hold: make this the only field, or write an \
                 `impl From` without `#[from]`"
            );
            errors.at(from, message);
        }
        let key = field.ty.to_token_stream().to_string();
        let new = taken.take(key, &variant.ident, &field.ty, errors, |first| {
            format!("`{first}` is already made from this type: remove one `#[from]`")
        });
        if new {
            let (member, ty) = (field.member.clone(), field.ty.clone());
            sources.push(Source { variant: variant.ident.clone(), member, ty });
        }
    }
    sources
}

fn check(variant: model::Variant, taken: &mut Taken<i32>, errors: &mut Errors) -> Option<Variant> {
    let code = code(&variant, taken, errors);
    let (message, text) = text(&variant, errors);
    let mut data = variant.fields.iter().filter_map(|field| Some((field, field.data.as_ref()?)));
    let (first, data_type) = data.next().map(|(field, _)| (field.member.clone(), field.ty.clone())).unzip();
    if let Some((_, second)) = data.next() {
        errors.at(
            second,
            "a fault has one `data` value: mark one field, or put both in a struct with `#[rpc_type]`",
        );
    }
    let restore = restore(&variant);
    let status = status(&variant, errors);
    Some(Variant {
        ident: variant.ident,
        code: code?,
        message,
        text,
        data: first,
        data_type,
        restore,
        status,
    })
}

/// Returns how a variant is made from its fault; `None` if a field is not in the fault, or can only borrow from it.
fn restore(variant: &model::Variant) -> Option<Restore> {
    match &variant.fields[..] {
        [] => Some(Restore::Empty),
        [field] if field.data.is_some() && types::reference(&field.ty).is_none() => {
            Some(Restore::Data(field.member.clone(), Box::new(field.ty.clone())))
        }
        _ => None,
    }
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

fn status(variant: &model::Variant, errors: &mut Errors) -> Option<u16> {
    let number = variant.args.status.as_ref()?;
    let status = u16::try_from(number.value).ok().filter(|status| STATUSES.contains(status));
    if status.is_none() {
        errors.at(number, "the status of a fault is one of HTTP's for failures, 400 to 599, such as `404`");
    }
    status
}

/// Returns the message as introspection shows it, and as it is sent: the given one, or the first line of the doc
/// comment, or what the error says.
fn text(variant: &model::Variant, errors: &mut Errors) -> (LitStr, Text) {
    let literal = |text: &str| LitStr::new(text, Span::call_site());
    let message = match (&variant.args.message, variant.doc.lines().next()) {
        (Some(message), _) => message.clone(),
        // A doc comment has no placeholders.
        (None, Some(line)) => literal(&line.replace('{', "{{").replace('}', "}}")),
        (None, None) => {
            let words = spell::words(&variant.ident.to_string()).join(" ");
            let message = variant.error.as_ref().map_or(literal(&words), |error| literal(&error.value()));
            return (message, Text::Display(words));
        }
    };
    let members: Vec<Member> = variant.fields.iter().map(|field| field.member.clone()).collect();
    let (format, named) = fill_in(&message, &members, errors);
    (message, Text::Format(format, named))
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
