//! From the given texts to the value of a field.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Reads one value of a setting; the error says what was expected.
pub type Parse<T> = fn(&str) -> Result<T, String>;

/// Sets a field that has one value.
pub fn one<T>(field: &mut T, parse: Parse<T>, given: &[String]) -> Result<(), String> {
    if let Some(text) = given.last() {
        *field = parse(text)?;
    }
    Ok(())
}

/// Sets a field whose value is optional.
pub fn option<T>(field: &mut Option<T>, parse: Parse<T>, given: &[String]) -> Result<(), String> {
    if let Some(text) = given.last() {
        *field = Some(parse(text)?);
    }
    Ok(())
}

/// Sets a field that has any number of values; the given values replace the old ones.
pub fn many<T>(field: &mut Vec<T>, parse: Parse<T>, given: &[String]) -> Result<(), String> {
    *field = given.iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
    Ok(())
}

/// Reads a value of any type that implements `FromStr`.
pub fn from_str<T: FlagValue>(text: &str) -> Result<T, String> {
    T::read(text)
}

/// What the value of a flag must implement: any type does that has `FromStr`, with an error that has `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the value of a flag",
    label = "it has no `FromStr` with an error that has `Display`",
    note = "implement `std::str::FromStr` for it, or take another type, such as `String`"
)]
pub trait FlagValue: Sized {
    /// Reads a value; the error says what was expected.
    fn read(text: &str) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr<Err: Display>> FlagValue for T {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: T::Err| error.to_string())
    }
}

/// Reads a duration such as `30s`, `1h 30m` or `250ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write a duration such as `30s` or `5min`"))
}

/// Reads a path. It is made absolute at once, because a daemon that detaches leaves the directory it was started in.
pub fn path(text: &str) -> Result<PathBuf, String> {
    std::path::absolute(text).map_err(|error| error.to_string())
}

/// Reads `true` or `false`; also accepts `1`, `0`, `yes`, `no`, `on` and `off`.
pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err("write `true` or `false`".to_owned()),
    }
}
