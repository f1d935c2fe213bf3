//! Reaping: which processes ended, and which children they were.
//!
//! The kernel reports which child of this process has ended, so the cost of an end does not depend on the number of
//! children. But it reports only one at a time, whichever code started it. A process that user code started stays until
//! user code waits for it, and hides our children meanwhile. In that case each of our children is checked.

use std::io;
use std::time::Instant;

use nix::unistd::Pid;
use tracing::error;

use super::{ChildId, Owners, Supervisor};
use crate::sys::exit::Exit;
use crate::sys::process::is_in_own_group;
use crate::sys::spawn::{any_ended, exited, reap};

/// The most processes reaped in one turn.
const REAPS: usize = 32;

impl Supervisor {
    /// Reaps the children that have ended, after a SIGCHLD. Signals merge, so one SIGCHLD may stand for many ends.
    /// Processes that user code started are left to it. Returns whether there may be more to reap.
    pub(crate) fn reap(&mut self, owners: &mut dyn Owners, now: Instant) -> bool {
        for count in 0..REAPS {
            match any_ended() {
                Ok(Some(pid)) if self.reap_process(pid, owners, now) => {}
                // Without strangers to leave alone, there is nothing else to ask for.
                Ok(None) if std::mem::take(&mut self.reaped) || self.reaps_strangers => return false,
                // The ended process belongs to user code, or user code waited for it, and it may have been one of ours.
                Ok(_) => return self.ask_each(REAPS - count, owners, now),
                Err(error) => {
                    error!("cannot ask which children have ended: {error}");
                    return self.ask_each(REAPS - count, owners, now);
                }
            }
        }
        true
    }

    /// Reaps a process that has ended; `false` if it is not ours, as an orphan that process 1 inherits, unless strangers are
    /// reaped as well.
    fn reap_process(&mut self, pid: Pid, owners: &mut dyn Owners, now: Instant) -> bool {
        match self.running.get(&pid) {
            Some(id) if self.pid(*id) == Some(pid) => self.reap_one(*id, owners, now),
            _ if self.strays.iter().any(|(stray, _)| *stray == pid) => self.reap_strays(),
            _ if self.spares_own_group && is_in_own_group(pid) => false,
            _ => self.reap_stranger(pid),
        }
    }

    /// Reaps a process that is no child of an owner, if those are reaped; returns whether it was.
    fn reap_stranger(&mut self, pid: Pid) -> bool {
        let done = self.reaps_strangers && reap(pid).is_ok_and(|exit| exit.is_some());
        self.reaped |= done;
        done
    }

    /// Checks whether each child has ended, and reaps at most `most`; returns whether there may be more.
    fn ask_each(&mut self, most: usize, owners: &mut dyn Owners, now: Instant) -> bool {
        self.reap_strays();
        let running: Vec<ChildId> = self.running.values().copied().collect();
        let mut reaped = 0;
        for id in running {
            reaped += usize::from(self.reap_one(id, owners, now));
            if reaped == most {
                return true;
            }
        }
        self.reaped = false;
        false
    }

    /// Reaps processes that were given up earlier and have ended now; returns whether there were any.
    fn reap_strays(&mut self) -> bool {
        let before = self.strays.len();
        let still_there = |error: io::Error| error.kind() != io::ErrorKind::NotFound;
        self.strays
            .retain(|(pid, group)| exited(*pid, *group).map_or_else(still_there, |exit| exit.is_none()));
        let some = self.strays.len() < before;
        self.reaped |= some;
        some
    }

    /// Reaps a child if it has ended; returns whether it has.
    pub(crate) fn reap_one(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) -> bool {
        let Some(child) = self.get(id) else { return false };
        let Some(pid) = child.pid else { return false };
        let exit = match exited(pid, child.spec.group) {
            Ok(None) => return false,
            Ok(Some(exit)) => exit,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                error!(%pid, "other code has waited for a child: how it ended is unknown");
                Exit::Code(-1)
            }
            // It may still be alive, and is checked again.
            Err(error) => {
                error!(%pid, "cannot wait for a child: {error}");
                return false;
            }
        };
        self.reaped = true;
        self.end(id, exit, owners, now);
        true
    }
}
