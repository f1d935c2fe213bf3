//! What a call printed: its result in one of several forms.
//!
//! A result is never read into a tree of values: its members keep their order, and its numbers their digits.

mod layout;
mod table;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::value::RawValue;

use self::layout::{compact, indented};
pub(in crate::daemon) use self::table::aligned;
use self::table::table;
use crate::error::{OrError, Result};
use crate::printable::Lines;

/// The form of a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::daemon) enum Format {
    /// Text as it is, and everything else as indented JSON; nothing for null.
    #[default]
    Usual,
    /// Indented JSON.
    Json,
    /// JSON on one line.
    Compact,
    /// Text as it is, and everything else as JSON on one line.
    Raw,
    /// Objects as a table; everything else as usual.
    Table,
}

impl Format {
    /// What `--output` takes.
    pub(in crate::daemon) const NAMES: [&str; 4] = ["json", "compact", "raw", "table"];

    pub(in crate::daemon) fn of(name: Option<&str>) -> Format {
        match name {
            Some("json") => Format::Json,
            Some("compact") => Format::Compact,
            Some("raw") => Format::Raw,
            Some("table") => Format::Table,
            Some(_) | None => Format::Usual,
        }
    }
}

/// Prints the result of a call.
pub(in crate::daemon) fn print(result: &RawValue, format: Format) -> Result<ExitCode> {
    written(result.get(), format).map_or(Ok(ExitCode::SUCCESS), |text| say(&text))
}

/// Prints an item of a subscription, by default on one line. Returns whether somebody reads it.
pub(in crate::daemon) fn print_item(item: &RawValue, format: Format) -> Result<bool> {
    let format = if format == Format::Usual { Format::Raw } else { format };
    written(item.get(), format).map_or(Ok(true), |text| print_line(&text))
}

/// Returns a result in a form; `None` if there is nothing to print.
fn written(result: &str, format: Format) -> Option<String> {
    let text = || serde_json::from_str::<String>(result).ok();
    match format {
        Format::Json => Some(indented(result)),
        Format::Compact => Some(compact(result)),
        Format::Raw => Some(text().unwrap_or_else(|| compact(result))),
        Format::Table => table(result).or_else(|| written(result, Format::Usual)),
        Format::Usual if result == "null" => None,
        Format::Usual => Some(text().unwrap_or_else(|| indented(result))),
    }
}

/// Prints a text, in one piece. On a terminal, control characters are escaped, as the text may be a peer's.
pub(in crate::daemon) fn say(text: &str) -> Result<ExitCode> {
    print_line(text).map(|_| ExitCode::SUCCESS)
}

/// Writes bytes to standard output as they are.
#[cfg(feature = "completions")]
pub(super) fn write(bytes: &[u8]) -> Result<ExitCode> {
    write_out(bytes).map(|_| ExitCode::SUCCESS)
}

/// Prints a text, as [`say`] does; returns whether somebody reads it.
pub(in crate::daemon) fn print_line(text: &str) -> Result<bool> {
    let is_terminal = io::stdout().is_terminal();
    let text = if is_terminal { format!("{}\n", Lines(text)) } else { format!("{text}\n") };
    write_out(text.as_bytes())
}

fn write_out(bytes: &[u8]) -> Result<bool> {
    let mut out = io::stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        // The reader closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).or_error(|| "cannot write to standard output".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_keeps_what_was_sent() {
        let object = r#"{"b":1.10,"a":[18446744073709551616,{}],"t":"x\ny"}"#;
        let rows = r#"[{"name":"a","size":1},{"size":22,"note":null}]"#;
        for (format, result, expected) in [
            (Format::Usual, "null", None),
            (Format::Usual, r#""a\"b""#, Some("a\"b")),
            (Format::Usual, "1.10", Some("1.10")),
            (Format::Json, "null", Some("null")),
            (Format::Json, r#""a""#, Some(r#""a""#)),
            (Format::Compact, object, Some(object)),
            (Format::Raw, r#""a""#, Some("a")),
            (Format::Raw, "[1, 2]", Some("[1,2]")),
            (Format::Table, "7", Some("7")),
            (Format::Table, rows, Some("NAME  SIZE  NOTE\na     1\n      22    null")),
            (Format::Table, object, Some("b  1.10\na  [18446744073709551616,{}]\nt  x\\ny")),
        ] {
            assert_eq!(written(result, format).as_deref(), expected, "{format:?} {result}");
        }
    }
}
