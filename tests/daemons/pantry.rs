//! A daemon whose methods fail in every way, for its typed client.

use std::process::ExitCode;

use daemon_core::prelude::*;

/// Why the pantry gives nothing.
#[derive(Debug, PartialEq, Fault)]
pub(crate) enum Refused {
    /// The pantry is locked.
    #[fault(code = 1)]
    Locked,
    #[fault(code = 2, message = "there is no {0}")]
    Unknown(#[fault(data)] String),
    #[fault(code = 3, message = "only {left} of {wanted} left")]
    Short {
        #[fault(data)]
        left: u32,
        wanted: u32,
    },
    #[fault(code = 4)]
    NotANumber(#[from] std::num::ParseIntError),
}

#[daemon(name = "pantry")]
#[derive(Default)]
struct Pantry {}

#[daemon(client = PantryClient)]
impl Pantry {
    /// Take something, as many as a text says.
    #[rpc_method]
    fn take(&self, what: String, count: &str) -> Result<u32, Refused> {
        take(&what, count)
    }
}

fn take(what: &str, count: &str) -> Result<u32, Refused> {
    let wanted = count.parse()?;
    match what {
        "key" => Err(Refused::Locked),
        "salt" if wanted > 3 => Err(Refused::Short { left: 3, wanted }),
        "salt" => Ok(3 - wanted),
        _ => Err(Refused::Unknown(what.to_owned())),
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Pantry>()
}
