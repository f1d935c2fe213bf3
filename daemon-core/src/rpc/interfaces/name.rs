//! What a method is called in varlink.

use super::{OF_DAEMON, SERVICE};
use crate::rpc::method::MethodSpec;

/// The domain of a daemon that names none. It belongs to nobody (RFC 6762).
const LOCAL: &str = "local";

/// The name of a method, in its two parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) interface: String,
    pub(super) member: String,
}

/// Returns the name of a method of a daemon with this name and this domain, or why there is none.
///
/// The interface is the part before the last dot; if that has no dot itself, it comes below the domain. A method without
/// a dot belongs to the interface of its daemon. `get_name` becomes `GetName`.
pub(super) fn of(method: &str, daemon: &str, domain: Option<&str>) -> Result<Named, String> {
    let (prefix, last) = method.rsplit_once('.').unwrap_or((daemon, method));
    let prefix = prefix.replace('_', "-");
    let interface = match prefix.as_str() {
        "daemon" => OF_DAEMON.to_owned(),
        "worker" => format!("{LOCAL}.worker"),
        SERVICE => return Err(format!("`{SERVICE}` is taken")),
        whole if whole.contains('.') => prefix,
        part => format!("{}.{part}", domain.unwrap_or(LOCAL)),
    };
    if !is_interface(&interface) {
        return Err(format!("`{interface}` is no name of an interface"));
    }
    let member = member(last);
    match is_member(&member) {
        true => Ok(Named { interface, member }),
        false => Err(format!("`{member}` does not start with a letter, or has more than letters and digits")),
    }
}

/// Checks that each parameter can be a field.
pub(super) fn check_params(spec: &MethodSpec) -> Result<(), String> {
    match spec.params.iter().find(|param| !is_field(param.name)) {
        None => Ok(()),
        Some(param) => Err(format!("its parameter `{}` cannot be the name of a field", param.name)),
    }
}

/// Returns the words of a name together, each with a capital letter.
pub(super) fn member(name: &str) -> String {
    name.split(['_', '-']).map(capitalised).collect()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// Whether this is the name of an interface: `[A-Za-z](-*[A-Za-z0-9])*(\.[A-Za-z0-9](-*[A-Za-z0-9])*)+`.
fn is_interface(name: &str) -> bool {
    let is_part = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !part.ends_with('-')
    };
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.contains('.')
        && name.split('.').all(is_part)
}

/// Whether this is the name of a method, a type or an error: `[A-Z][A-Za-z0-9]*`.
pub(super) fn is_member(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether this is the name of a field or of a value: `[A-Za-z](_?[A-Za-z0-9])*`.
pub(super) fn is_field(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.contains("__")
        && !name.ends_with('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_the_interface_and_the_rest_is_the_method() {
        for (method, domain, expected) in [
            ("echo.hello", None, Ok("local.echo/Hello")),
            ("echo.hello", Some("com.example"), Ok("com.example.echo/Hello")),
            ("user.get_name", None, Ok("local.user/GetName")),
            ("user.getName", None, Ok("local.user/GetName")),
            ("my_files.read-all", Some("com.example"), Ok("com.example.my-files/ReadAll")),
            ("org.varlink.certification.test01", Some("com.example"), Ok("org.varlink.certification/Test01")),
            ("sum", None, Ok("local.kitchen/Sum")),
            ("daemon.status", Some("com.example"), Ok("local.daemon/Status")),
            ("worker.list", Some("com.example"), Ok("local.worker/List")),
            ("org.varlink.service.get_info", None, Err("`org.varlink.service` is taken")),
            ("-.a", None, Err("`local.-` is no name of an interface")),
            ("a..b", None, Err("`a.` is no name of an interface")),
            (".b", None, Err("`local.` is no name of an interface")),
            ("é.b", None, Err("`local.é` is no name of an interface")),
            (
                "echo.2nd",
                None,
                Err("`2nd` does not start with a letter, or has more than letters and digits"),
            ),
            ("echo.", None, Err("`` does not start with a letter, or has more than letters and digits")),
            ("a/b", None, Err("`A/b` does not start with a letter, or has more than letters and digits")),
        ] {
            let named =
                of(method, "kitchen", domain).map(|named| format!("{}/{}", named.interface, named.member));
            assert_eq!(named.as_deref().map_err(String::as_str), expected, "{method}");
        }
    }

    #[test]
    fn a_field_has_letters_digits_and_single_underscores() {
        for name in ["a", "a_b", "aB2", "type"] {
            assert!(is_field(name), "{name}");
        }
        for name in ["", "_a", "a_", "a__b", "2a", "a-b", "é"] {
            assert!(!is_field(name), "{name}");
        }
    }
}
