//! The types of varlink, as they are written in a description.

use std::fmt::{self, Display};

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Int,
    Float,
    String,
    /// Any JSON.
    Object,
    Array(Box<Type>),
    /// Values by name.
    Map(Box<Type>),
    /// A value or null.
    Optional(Box<Type>),
    Struct(Vec<Field>),
    Enum(Vec<String>),
    /// A type that is described elsewhere in the interface.
    Named(String),
}

/// A member of a struct, or a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) doc: String,
}

impl Type {
    /// Returns the type of a value that may be null.
    pub(super) fn optional(self) -> Type {
        match self {
            Type::Optional(_) => self,
            ty => Type::Optional(Box::new(ty)),
        }
    }
}

impl Field {
    pub(super) fn new(name: &str, ty: Type, doc: &str) -> Self {
        Field { name: name.to_owned(), ty, doc: doc.to_owned() }
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::Int => f.write_str("int"),
            Type::Float => f.write_str("float"),
            Type::String => f.write_str("string"),
            Type::Object => f.write_str("object"),
            Type::Array(element) => write!(f, "[]{element}"),
            Type::Map(value) => write!(f, "[string]{value}"),
            Type::Optional(ty) => write!(f, "?{ty}"),
            Type::Struct(fields) => f.write_str(&fields_text(fields)),
            Type::Enum(values) => write!(f, "({})", values.join(", ")),
            Type::Named(name) => f.write_str(name),
        }
    }
}

/// The longest struct that is written on one line.
const ONE_LINE: usize = 90;

/// Writes the fields of a struct: on one line if they are few and need no comments.
pub(super) fn fields_text(fields: &[Field]) -> String {
    let each: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name, field.ty)).collect();
    let line = format!("({})", each.join(", "));
    if line.len() <= ONE_LINE && !line.contains('\n') && fields.iter().all(|field| field.doc.is_empty()) {
        return line;
    }
    let mut text = "(".to_owned();
    for (index, (field, one)) in fields.iter().zip(each).enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        for line in (comment(&field.doc) + &one).lines() {
            text.push('\n');
            text.push_str("  ");
            text.push_str(line);
        }
    }
    text.push('\n');
    text + ")"
}

/// Writes a comment, with a line end after each of its lines. Whatever a parser takes for a line end would end it.
pub(super) fn comment(doc: &str) -> String {
    let mut text = String::new();
    if doc.trim().is_empty() {
        return text;
    }
    for line in doc.trim().split(['\n', '\r', '\u{2028}', '\u{2029}']) {
        text.push_str(format!("# {line}").trim_end());
        text.push('\n');
    }
    text
}
