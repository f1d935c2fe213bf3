//! What `/proc` reports about a process.

use std::fs;

use crate::common::Outcome;

/// The memory of a process, in KiB.
pub(crate) struct Memory {
    /// Its resident pages.
    pub(crate) resident: u64,
    /// Those of them that are not of a file: code comes and goes.
    pub(crate) anonymous: u64,
    /// Its resident pages, with a page that n processes share counted as 1/n.
    pub(crate) proportional: u64,
}

impl Memory {
    pub(crate) fn of(pid: u32) -> Outcome<Self> {
        Ok(Self {
            resident: number_in(&format!("/proc/{pid}/status"), "VmRSS:")?,
            anonymous: number_in(&format!("/proc/{pid}/status"), "RssAnon:")?,
            proportional: number_in(&format!("/proc/{pid}/smaps_rollup"), "Pss:")?,
        })
    }

    /// Returns by how many bytes the memory besides files exceeds `before`.
    pub(crate) fn bytes_above(&self, before: &Self) -> f64 {
        self.anonymous.saturating_sub(before.anonymous) as f64 * 1024.0
    }
}

/// Returns how often the threads of a process have gone to sleep voluntarily.
pub(crate) fn sleeps(pid: u32) -> Outcome<u64> {
    let threads = format!("/proc/{pid}/task");
    let mut sleeps = 0;
    for thread in fs::read_dir(threads)? {
        let status = thread?.path().join("status");
        sleeps += number_in(&status.to_string_lossy(), "voluntary_ctxt_switches:")?;
    }
    Ok(sleeps)
}

/// Returns the number after `name` at the start of a line of the file `path`.
fn number_in(path: &str, name: &str) -> Outcome<u64> {
    let text = fs::read_to_string(path).map_err(|cause| format!("cannot read `{path}`: {cause}"))?;
    let number = text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    Ok(number.ok_or_else(|| format!("`{path}` has no {name}"))?.parse()?)
}
