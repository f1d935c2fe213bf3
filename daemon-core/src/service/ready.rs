//! When a service is ready.

use serde::Deserialize;

use super::address::Address;
use super::command::CommandLine;
use super::text_or_table::{FromTable, FromText, written_as_text_or_table};

/// When a service is ready.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Ready {
    /// As soon as it runs: `"started"`.
    #[default]
    Started,
    /// When it sends `READY=1` to the socket in its variable `NOTIFY_SOCKET`, as sd_notify(3) does: `"notify"`.
    Notify,
    /// When it writes a line end to this descriptor, as under s6: `{ fd = 3 }` or `"fd:3"`.
    Fd(u16),
    /// When something accepts connections there: `{ socket = "tcp:127.0.0.1:8000" }`, or the address alone. It is not
    /// known whether that is the service: another program may have taken its port.
    Socket(Address),
    /// When this command exits with 0; it is run again until then: `{ command = ["pg_isready"] }`.
    Command(CommandLine),
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ReadyTable {
    fd: Option<u16>,
    socket: Option<Address>,
    command: Option<CommandLine>,
}

impl FromText for Ready {
    const EXPECTED: &'static str = "`\"started\"`, `\"notify\"`, `{ fd = 3 }`, `{ socket = \"tcp:127.0.0.1:8000\" }` or `{ command = \"test -e /run/up\" }`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "started" => return Ok(Ready::Started),
            "notify" => return Ok(Ready::Notify),
            _ => {}
        }
        if let Some(number) = text.strip_prefix("fd:") {
            return number.parse().map(Ready::Fd).map_err(|_| format!("write {}", Self::EXPECTED));
        }
        if text.starts_with("unix:") || text.starts_with("tcp:") {
            return Address::from_text(text).map(Ready::Socket);
        }
        Err(format!("`{}` is unknown; write {}", crate::brief::brief(text), Self::EXPECTED))
    }
}

impl FromTable for Ready {
    type Table = ReadyTable;

    fn from_table(table: ReadyTable) -> Result<Self, String> {
        match table {
            ReadyTable { fd: Some(number), socket: None, command: None } => Ok(Ready::Fd(number)),
            ReadyTable { fd: None, socket: Some(address), command: None } => Ok(Ready::Socket(address)),
            ReadyTable { fd: None, socket: None, command: Some(command) } => Ok(Ready::Command(command)),
            _ => Err(format!("write one of {}", Self::EXPECTED)),
        }
    }
}

written_as_text_or_table!(Ready, ReadyTable);
