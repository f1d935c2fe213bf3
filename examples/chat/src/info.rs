//! What a user sees of the node: `chat info` once, and `chat info -c` as it changes.

mod live;
mod marks;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use daemon_core::Result;
use daemon_core::clap_builder::{Arg, ArgAction, ArgMatches, Command};

use crate::api::Info;
use crate::kernel::KernelClient;
use crate::kernel_address;

/// Returns the command.
pub fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    Command::new("info")
        .about("Show what is known about this node")
        .arg(switch("name", "Show only the nickname"))
        .arg(switch("version-number", "Show only the version of the program"))
        .arg(switch("connections", "Show the connections as they change").short('c'))
        .arg(kernel_address::argument())
}

/// Shows what these arguments ask for; returns the exit status.
///
/// # Errors
///
/// If the kernel does not run, or the terminal fails.
pub fn run(matches: &ArgMatches) -> Result<ExitCode> {
    show_all(matches).map(|()| ExitCode::SUCCESS)
}

fn show_all(matches: &ArgMatches) -> Result<()> {
    let kernel = matches.get_one::<String>("kernel").cloned();
    if matches.get_flag("version-number") {
        return show(env!("CARGO_PKG_VERSION"));
    }
    if matches.get_flag("connections") {
        if !io::stdout().is_terminal() {
            return Err(
                "`info -c` needs a terminal; `chat kernel connections` lists the connections once".into()
            );
        }
        return live::run(kernel.as_deref());
    }
    let info = KernelClient(&mut kernel_address::connect(kernel.as_deref())?).info()?;
    if matches.get_flag("name") {
        return show(&info.nick);
    }
    show(&page(&info))
}

pub(crate) fn page(info: &Info) -> String {
    let Info { version, id, fingerprint, nick, .. } = info;
    let listens = info.listens.as_deref().unwrap_or("nowhere");
    let (received, sent) = (size(info.received), size(info.sent));
    [
        format!("version      {version}"),
        format!("id           {id}"),
        format!("fingerprint  {fingerprint}"),
        format!("listens      {listens}"),
        format!("nickname     {nick}"),
        format!("traffic      {received} in, {sent} out"),
        format!("connections  {} now, {} ever", info.connections, info.connections_ever),
        format!("nodes        {}", info.nodes),
        format!("stamps       {}", info.stamps),
    ]
    .join("\n")
}

/// Writes a number of bytes with a unit.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut unit = None;
    let mut amount = bytes as f64;
    for next in UNITS {
        if amount < 1024.0 {
            break;
        }
        amount /= 1024.0;
        unit = Some(next);
    }
    unit.map_or(format!("{bytes} B"), |unit| format!("{amount:.1} {unit}"))
}

fn show(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        // Nobody reads the rest, as with `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_unit_that_fits() {
        let cases = [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (u64::MAX, "16777216.0 TiB")];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }
}
