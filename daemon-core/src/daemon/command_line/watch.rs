//! Items of a subscription, printed as they come.

use std::io::Write;
use std::process::ExitCode;

use serde_json::value::RawValue;

use super::output::{self, Format};
use crate::client::Client;
use crate::error::Result;

/// Calls a method that sends items, and prints them until the daemon ends the subscription, or nobody reads what is
/// printed.
pub(super) fn watch(
    daemon: &str,
    mut client: Client,
    method: &str,
    params: &RawValue,
    format: Format,
) -> Result<ExitCode> {
    let mut items = client.subscribe::<Box<RawValue>>(method, params)?;
    // Only the reply has to come in time.
    items.set_timeout(None)?;
    let mut missed = 0;
    while let Some(item) = items.next() {
        let item = item?;
        if items.missed() > missed {
            let since = items.missed() - missed;
            let _ =
                writeln!(std::io::stderr(), "{daemon}: {since} items were not read in time, and are lost");
            missed = items.missed();
        }
        if !output::print_item(&item, format)? {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
