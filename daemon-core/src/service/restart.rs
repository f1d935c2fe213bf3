//! Whether and when a service is started again.

use std::time::Duration;

use serde::Deserialize;

use super::command::CommandLine;
use super::size::Size;
use super::text_or_table::{FromTable, FromText, written_as_text_or_table};
use crate::span::Span;

/// Whether a service that has ended by itself is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// In any case.
    Always,
    /// Unless it has ended with exit code 0.
    OnFailure,
    /// In no case.
    Never,
}

/// What becomes of a service whose daemon is killed, and can't stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Orphan {
    /// It lives on.
    #[default]
    Stay,
    /// The kernel sends it its stop signal, as prctl(2) has it. What it has started lives on, unless the service stops it.
    Stop,
}

/// The delay between an early end and the next start: it doubles each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Backoff {
    /// The first delay.
    pub from: Span,
    /// The longest delay.
    pub to: Span,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff { from: Duration::from_millis(100).into(), to: Duration::from_secs(30).into() }
    }
}

/// How many restarts within how long are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Intensity {
    /// One more is too many.
    pub restarts: u32,
    /// Within this time.
    pub within: Span,
}

/// What wears a service out, so that it is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Recycle {
    /// How long it has been ready.
    pub age: Option<Span>,
    /// The memory of its process.
    pub memory: Option<Size>,
}

/// What happens when a service has failed and is not restarted any more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WhenGivenUp {
    /// It stays down until it is started by hand: `"stay-down"`.
    #[default]
    StayDown,
    /// It is started again after this time, with a new history: `{ retry = "10m" }`.
    Retry(Span),
    /// This command is run, with the variables `SERVICE` and `REASON`: `{ command = "page-me" }`.
    Command(CommandLine),
    /// The daemon ends, with a failure: `"end-daemon"`.
    EndDaemon,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct GivenUpTable {
    retry: Option<Span>,
    command: Option<CommandLine>,
}

impl FromText for WhenGivenUp {
    const EXPECTED: &'static str =
        "`\"stay-down\"`, `{ retry = \"10m\" }`, `{ command = \"page-me\" }` or `\"end-daemon\"`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "stay-down" => Ok(WhenGivenUp::StayDown),
            "end-daemon" => Ok(WhenGivenUp::EndDaemon),
            _ => Err(format!("`{}` is unknown; write {}", crate::brief::brief(text), Self::EXPECTED)),
        }
    }
}

impl FromTable for WhenGivenUp {
    type Table = GivenUpTable;

    fn from_table(table: GivenUpTable) -> Result<Self, String> {
        match table {
            GivenUpTable { retry: Some(retry), command: None } => Ok(WhenGivenUp::Retry(retry)),
            GivenUpTable { retry: None, command: Some(command) } => Ok(WhenGivenUp::Command(command)),
            _ => Err(format!("write one of {}", Self::EXPECTED)),
        }
    }
}

written_as_text_or_table!(WhenGivenUp, GivenUpTable);
