//! Descriptors that the daemon holds for services, by name.

use std::path::PathBuf;

use serde::Deserialize;

use super::address::Address;
use super::name::Name;
use super::text_or_table::{FromTable, FromText, written_as_text, written_as_text_or_table};

/// A descriptor that the daemon opens and holds, so that it survives the services that use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Descriptor {
    /// A pipe: what one service writes, another one reads: `"pipe"`.
    Pipe,
    /// A file: `{ file = "/var/lib/web/journal", access = "append" }`.
    File(PathBuf, Access),
    /// A listening socket: `{ listen = "tcp:127.0.0.1:80" }`, or the address alone.
    Listen(Address),
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// To read; it must exist.
    Read,
    /// To write at its end.
    #[default]
    Append,
    /// To read and to write.
    ReadWrite,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct DescriptorTable {
    pipe: Option<bool>,
    file: Option<PathBuf>,
    access: Option<Access>,
    listen: Option<Address>,
}

impl FromText for Descriptor {
    const EXPECTED: &'static str = "`{ pipe = true }`, `{ file = \"/path\", access = \"append\" }` or `{ listen = \"tcp:127.0.0.1:80\" }`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "pipe" => Ok(Descriptor::Pipe),
            _ => Address::from_text(text)
                .map(Descriptor::Listen)
                .map_err(|_| format!("write {}", Self::EXPECTED)),
        }
    }
}

impl FromTable for Descriptor {
    type Table = DescriptorTable;

    fn from_table(table: DescriptorTable) -> Result<Self, String> {
        match table {
            DescriptorTable { pipe: Some(true), file: None, access: None, listen: None } => {
                Ok(Descriptor::Pipe)
            }
            DescriptorTable { pipe: None, file: Some(file), access, listen: None } if file.is_absolute() => {
                Ok(Descriptor::File(file, access.unwrap_or_default()))
            }
            DescriptorTable { pipe: None, file: None, access: None, listen: Some(address) } => {
                Ok(Descriptor::Listen(address))
            }
            _ => Err(format!("write one of {}, with whole paths", Self::EXPECTED)),
        }
    }
}

written_as_text_or_table!(Descriptor, DescriptorTable);

/// The name of a held descriptor, or of an end of a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldName {
    pub(crate) name: Name,
    pub(crate) end: End,
}

/// What is meant of a held descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    Read,
    Write,
}

impl FromText for HeldName {
    const EXPECTED: &'static str =
        "the name of a descriptor, or of an end of a pipe, such as \"log:read\" or \"log:write\"";

    fn from_text(text: &str) -> Result<Self, String> {
        let (name, end) = match text.split_once(':') {
            None => (text, End::Whole),
            Some((name, "read")) => (name, End::Read),
            Some((name, "write")) => (name, End::Write),
            Some(_) => return Err(format!("write {}", Self::EXPECTED)),
        };
        Ok(HeldName { name: name.parse()?, end })
    }
}

written_as_text!(HeldName, "log:write");
