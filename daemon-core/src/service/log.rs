//! Where the output of a service goes: a file that the daemon writes and rotates.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::size::Size;
use super::text_or_table::{FromTable, FromText, written_as_text_or_table};

/// A log file. The daemon writes it, and rotates it when it is full: `web.log` becomes `web.log.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub(crate) file: PathBuf,
    pub(crate) max_size: Size,
    pub(crate) keep: u16,
}

/// How large a log may be by default.
const MAX_SIZE: Size = Size::new(10 * 1024 * 1024);
/// How many old logs are kept by default.
const KEEP: u16 = 5;
/// The smallest log: rotating costs more than writing so little.
const SMALLEST: u64 = 4096;

impl Log {
    /// Returns a log of 10 MiB at most, of which five old ones are kept.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Log { file: file.into(), max_size: MAX_SIZE, keep: KEEP }
    }

    /// Sets how many bytes it may have; at least 4096.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Size::new(bytes.max(SMALLEST));
        self
    }

    /// Sets how many old logs are kept.
    pub fn keep(mut self, count: u16) -> Self {
        self.keep = count;
        self
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct LogTable {
    file: PathBuf,
    max_size: Option<Size>,
    keep: Option<u16>,
}

impl FromText for Log {
    const EXPECTED: &'static str = "a file, such as \"/var/log/web.log\" or { file = \"/var/log/web.log\", max_size = \"10M\", keep = 5 }";

    fn from_text(text: &str) -> Result<Self, String> {
        whole(Path::new(text)).map(Log::new)
    }
}

impl FromTable for Log {
    type Table = LogTable;

    fn from_table(table: LogTable) -> Result<Self, String> {
        let max_size = table.max_size.unwrap_or(MAX_SIZE);
        if max_size.bytes() < SMALLEST {
            return Err(format!("`max_size` is at least {SMALLEST} bytes"));
        }
        Ok(Log { file: whole(&table.file)?, max_size, keep: table.keep.unwrap_or(KEEP) })
    }
}

/// Checks that a path is whole: a daemon that detaches leaves the directory it was started in.
fn whole(path: &Path) -> Result<PathBuf, String> {
    match path.is_absolute() && path.file_name().is_some() {
        true => Ok(path.to_owned()),
        false => Err(format!("write the whole path of the log, from `/` on: {}", Log::EXPECTED)),
    }
}

written_as_text_or_table!(Log, LogTable);
