//! Where the two processes run.

use std::fmt;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::common::Outcome;

const THIS_THREAD: Pid = Pid::from_raw(0);

/// How parent and child share the cores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Each has its own core, if there are two.
    Apart,
    /// Both are on the parent's core.
    Together,
}

/// The cores of parent and child when they are apart.
pub(crate) struct Cores {
    parent: usize,
    child: usize,
}

impl Cores {
    /// Returns the first two cores that this process may use; call it before anything is pinned.
    pub(crate) fn allowed() -> Outcome<Self> {
        let allowed = sched_getaffinity(THIS_THREAD)?;
        let mut numbers = (0..CpuSet::count()).filter(|core| allowed.is_set(*core) == Ok(true));
        let parent = numbers.next().ok_or("there is no core to run on")?;
        Ok(Self { parent, child: numbers.next().unwrap_or(parent) })
    }

    /// Calls `start`, which starts the child, on the child's core, and then moves to the parent's.
    ///
    /// The child inherits its core, and so runs there from its first instruction.
    pub(crate) fn start_child<T>(&self, placement: Placement, start: impl FnOnce() -> T) -> Outcome<T> {
        sched_setaffinity(THIS_THREAD, &only(self.child(placement))?)?;
        let started = start();
        sched_setaffinity(THIS_THREAD, &only(self.parent)?)?;
        Ok(started)
    }

    /// Checks with the kernel that this thread and the process `child` are where they were pinned.
    pub(crate) fn check(&self, placement: Placement, child: u32) -> Outcome<()> {
        let child = Pid::from_raw(child.try_into()?);
        for (process, core) in [(THIS_THREAD, self.parent), (child, self.child(placement))] {
            if sched_getaffinity(process)? != only(core)? {
                return Err(format!("process {process} is not pinned to core {core}").into());
            }
        }
        Ok(())
    }

    fn child(&self, placement: Placement) -> usize {
        match placement {
            Placement::Apart => self.child,
            Placement::Together => self.parent,
        }
    }
}

impl fmt::Display for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { parent, child } = self;
        write!(f, "pinned, and found there in each run: the parent to core {parent}, ")?;
        write!(f, "the child to core {child}, or together to core {parent}")?;
        if parent == child { f.write_str("; there is no other, and no figure is worth much") } else { Ok(()) }
    }
}

fn only(core: usize) -> Outcome<CpuSet> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    Ok(cores)
}
