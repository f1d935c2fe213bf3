//! The processes of a supervisor: the one that was started, and those that it needs beside the programs.

use std::collections::HashMap;
use std::fs;
use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::Outcome;
use crate::subject::REPORTER;

/// A supervisor that runs; it is killed when this is dropped, and the programs end by themselves.
pub(crate) struct Family(Child);

impl Family {
    pub(crate) fn of(supervisor: Child) -> Self {
        Family(supervisor)
    }

    /// Returns the numbers of its processes, the first one first.
    pub(crate) fn members(&self) -> Outcome<Vec<u32>> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
            // It may have ended meanwhile.
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            let is_program = stat.contains(&format!("({REPORTER})")) || stat.contains("(run)");
            if let Some(parent) = parent.filter(|_| !is_program) {
                children.entry(parent).or_default().push(pid);
            }
        }
        let mut members = vec![self.0.id()];
        let mut next = 0;
        while let Some(member) = members.get(next) {
            members.extend(children.get(member).into_iter().flatten().copied().collect::<Vec<_>>());
            next += 1;
        }
        Ok(members)
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        // The first one first, as it would start the others again.
        for pid in self.members().unwrap_or_else(|_| vec![self.0.id()]) {
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
        let _ = self.0.wait();
    }
}
