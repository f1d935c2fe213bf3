//! The signal that asks a service to stop, by name.

use nix::libc;
use nix::sys::signal::Signal;

use super::text_or_table::{FromText, written_as_text};

/// A signal, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StopSignal(pub(crate) i32);

impl Default for StopSignal {
    fn default() -> Self {
        StopSignal(libc::SIGTERM)
    }
}

impl FromText for StopSignal {
    const EXPECTED: &'static str = "a signal, such as \"SIGTERM\"";

    fn from_text(text: &str) -> Result<Self, String> {
        let whole = text.trim().to_ascii_uppercase();
        let name = if whole.starts_with("SIG") { whole } else { format!("SIG{whole}") };
        let found = name.parse::<Signal>().map(|signal| signal as i32);
        let number = || text.trim().parse().ok().filter(|number| (1..=libc::SIGRTMAX()).contains(number));
        found.ok().or_else(number).map(StopSignal).ok_or_else(|| {
            format!("there is no signal `{}`; write {}", crate::brief::brief(text), Self::EXPECTED)
        })
    }
}

written_as_text!(StopSignal, "SIGTERM");
