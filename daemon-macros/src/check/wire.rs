//! Types that serde can write, or that look as if it could, but that mean something else to a caller.

use syn::{Path, Type};

use crate::errors::Errors;
use crate::types;

/// Reports the types in a parameter, a result or a field that a caller could not read.
pub(crate) fn check(ty: &Type, errors: &mut Errors) {
    for path in types::paths(ty) {
        if let Some(advice) = advice(path) {
            errors.at(path, advice);
        }
    }
}

fn advice(path: &Path) -> Option<String> {
    let word = path.segments.last()?.ident.to_string();
    match word.as_str() {
        "Duration" if is_standard(path) => {
            Some("JSON has no `Duration`: write `Span`, which is a text such as `30s`".to_owned())
        }
        "SystemTime" => Some(
            "JSON has no `SystemTime`: write `u64` for the seconds since 1970, or `String` for a date"
                .to_owned(),
        ),
        "Instant" => Some(
            "an `Instant` means nothing to another process: write `Span` for the time since then, or \
             `#[serde(skip)]` above a field"
                .to_owned(),
        ),
        "Sender" | "SyncSender" | "Receiver" | "JoinHandle" | "File" | "Child" | "TcpStream"
        | "TcpListener" | "UdpSocket" | "UnixStream" | "UnixListener" | "UnixDatagram" | "OwnedFd" => {
            Some(format!(
                "a `{word}` can't leave its process: leave it out, or write `#[serde(skip)]` above a field"
            ))
        }
        _ => None,
    }
}

/// Whether a path is in the standard library, as far as it says: other crates have durations, too.
fn is_standard(path: &Path) -> bool {
    match path.segments.len() {
        1 => true,
        _ => path
            .segments
            .first()
            .is_some_and(|first| ["std", "core", "time"].iter().any(|name| first.ident == name)),
    }
}
