//! How long a process has run on a core, and how long it waited for one, from the kernel's scheduler.

use std::fs;
use std::time::Duration;

use crate::common::Outcome;

/// The times of a process's first thread since its start.
pub(crate) struct CoreTime {
    pub(crate) used: Duration,
    /// Ready to run, while another process had the core.
    pub(crate) waited: Duration,
}

impl CoreTime {
    /// Returns the times of the process `pid`.
    pub(crate) fn of(pid: u32) -> Outcome<Self> {
        let path = format!("/proc/{pid}/schedstat");
        let text = fs::read_to_string(&path).map_err(|cause| format!("cannot read `{path}`: {cause}"))?;
        let mut times = text.split_whitespace().map(|time| time.parse().map(Duration::from_nanos));
        let mut next = || times.next().ok_or_else(|| format!("`{path}` is not as expected: {text}"));
        Ok(Self { used: next()??, waited: next()?? })
    }

    /// Returns what was added since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self { used: self.used - earlier.used, waited: self.waited - earlier.waited }
    }
}
