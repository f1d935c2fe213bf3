//! Reaping: which processes have ended, and whose they were.
//!
//! The kernel says which child of this process has ended, so that an end costs the same however many children there are.
//! It names only one at a time, whichever code has started it. One that user code has started stays until user code has
//! waited for it, and hides ours meanwhile. Then each of ours is asked.

use std::io;
use std::time::Instant;

use nix::unistd::Pid;
use tracing::error;

use super::{ChildId, Owners, Supervisor};
use crate::sys::exit::Exit;
use crate::sys::spawn::{any_ended, exited};

/// Processes that are reaped in one turn.
const REAPS: usize = 32;

impl Supervisor {
    /// Reaps the children that have ended, after a SIGCHLD. Signals that come together are one, so that it does not say how
    /// many. Processes that user code has started are left to it. Returns whether there may be more than were reaped now.
    pub(crate) fn reap(&mut self, owners: &mut dyn Owners, now: Instant) -> bool {
        for count in 0..REAPS {
            match any_ended() {
                Ok(Some(pid)) if self.reap_process(pid, owners, now) => {}
                Ok(None) if std::mem::take(&mut self.reaped) => return false,
                // User code has started the one that has ended, or has waited for it, and it may have been one of ours.
                Ok(_) => return self.ask_each(REAPS - count, owners, now),
                Err(error) => {
                    error!("cannot ask which children have ended: {error}");
                    return self.ask_each(REAPS - count, owners, now);
                }
            }
        }
        true
    }

    /// Reaps a process that has ended; `false` if it is none of ours. An orphan that process 1 has inherited is none of
    /// ours either: it would have to be reaped here.
    fn reap_process(&mut self, pid: Pid, owners: &mut dyn Owners, now: Instant) -> bool {
        match self.running.get(&pid) {
            Some(id) if self.pid(*id) == Some(pid) => self.reap_one(*id, owners, now),
            _ => self.strays.contains(&pid) && self.reap_strays(),
        }
    }

    /// Asks each child whether it has ended, and reaps at most so many; returns whether there may be more.
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

    /// Reaps those that were killed long ago and have ended now; returns whether there were any.
    fn reap_strays(&mut self) -> bool {
        let before = self.strays.len();
        let still_there = |error: io::Error| error.kind() != io::ErrorKind::NotFound;
        self.strays.retain(|pid| exited(*pid).map_or_else(still_there, |exit| exit.is_none()));
        let some = self.strays.len() < before;
        self.reaped |= some;
        some
    }

    /// Reaps a child if it has ended; returns whether it has.
    pub(crate) fn reap_one(&mut self, id: ChildId, owners: &mut dyn Owners, now: Instant) -> bool {
        let Some(pid) = self.pid(id) else { return false };
        let exit = match exited(pid) {
            Ok(None) => return false,
            Ok(Some(exit)) => exit,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                error!(%pid, "somebody else has waited for a child: how it has ended is not known");
                Exit::Code(-1)
            }
            // It may still live, and is asked again.
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
