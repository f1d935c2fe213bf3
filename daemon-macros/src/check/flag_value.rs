//! The values of a flag, checked: that their type can be read from a text, and that the default can.
//!
//! A type is known by its last word. One that is not known here is left to the compiler, and its default to the start.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use quote::ToTokens;
use syn::{LitStr, Type};

use super::period;
use crate::errors::Errors;
use crate::types;

/// Reports a type that can't be read from one text, if its name shows that.
pub(super) fn check_type(ty: &Type, errors: &mut Errors) {
    let advice = match types::peel(ty) {
        Type::Reference(reference) if types::is_named(&reference.elem, "Path") => {
            "write `PathBuf`: the state owns its values"
        }
        Type::Reference(_) => "write `String`: the state owns its values",
        Type::Tuple(_) => "a value is one text: write a flag for each part",
        Type::Array(_) | Type::Slice(_) => MANY,
        Type::Path(_) => match types::last_segment(ty).map(|last| last.ident.to_string()).as_deref() {
            Some("Vec") => "a `Vec` is empty when the flag is left out: write `Vec<String>`",
            Some("Option") => "a flag can be left out or given: write one `Option`",
            Some("HashMap" | "BTreeMap") => {
                "a value is one text: write `Vec<String>`, and split each at its `=` in `setup`"
            }
            Some("HashSet" | "BTreeSet" | "VecDeque" | "LinkedList") => MANY,
            Some("Arc" | "Rc" | "Box" | "Cow") => {
                "a flag has a plain value: write `String`, or the type that is inside"
            }
            _ => return,
        },
        _ => return,
    };
    errors.at(ty, advice);
}

const MANY: &str = "a flag with many values is a `Vec`: write `Vec<String>`";

/// Reads a default now, so that a wrong one is found before the daemon starts.
pub(super) fn check_default(default: Option<&LitStr>, ty: &Type, errors: &mut Errors) {
    let Some((default, last)) = default.zip(types::last_segment(ty)) else { return };
    let word = last.ident.to_string();
    if word == "Duration" {
        period::duration(default, errors);
    } else if let Some(advice) = advice(&word, &default.value()) {
        errors.at(default, format!("this is not a value of type `{}`: {advice}", ty.to_token_stream()));
    }
}

/// Says what to write for a type, if the text is not one of its values.
fn advice(word: &str, text: &str) -> Option<String> {
    macro_rules! integers {
        ($($integer:ident)*) => {
            match word {
                $(stringify!($integer) => outside::<$integer>(text, $integer::MIN, $integer::MAX),)*
                _ => other(word, text),
            }
        };
    }
    integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize)
}

fn outside<T: FromStr + Display>(text: &str, least: T, most: T) -> Option<String> {
    unread::<T>(text, &format!("write a number from {least} to {most}"))
}

fn other(word: &str, text: &str) -> Option<String> {
    match word {
        "bool" if matches!(text, "true" | "false") => None,
        "bool" => Some("write `default = \"true\"` or `default = \"false\"`".to_owned()),
        "f32" | "f64" => unread::<f64>(text, "write a number, such as `default = \"0.5\"`"),
        "char" => unread::<char>(text, "write one character, such as `default = \"x\"`"),
        "IpAddr" => unread::<IpAddr>(text, "write an address, such as `default = \"127.0.0.1\"`"),
        "Ipv4Addr" => unread::<Ipv4Addr>(text, "write an address, such as `default = \"127.0.0.1\"`"),
        "Ipv6Addr" => unread::<Ipv6Addr>(text, "write an address, such as `default = \"::1\"`"),
        "SocketAddr" => {
            unread::<SocketAddr>(text, "write address and port, such as `default = \"127.0.0.1:80\"`")
        }
        "SocketAddrV4" => {
            unread::<SocketAddrV4>(text, "write address and port, such as `default = \"127.0.0.1:80\"`")
        }
        "SocketAddrV6" => {
            unread::<SocketAddrV6>(text, "write address and port, such as `default = \"[::1]:80\"`")
        }
        _ => match word.strip_prefix("NonZero") {
            Some(size) if text.parse() == Ok(0_u8) && !size.is_empty() => {
                Some("write a number other than 0".to_owned())
            }
            Some(size) if !size.is_empty() => advice(&size.to_lowercase(), text),
            _ => None,
        },
    }
}

fn unread<T: FromStr>(text: &str, advice: &str) -> Option<String> {
    text.parse::<T>().is_err().then(|| advice.to_owned())
}
