//! The workers' share of a turn: what they have said is handed on, what was asked of them goes out.

use tracing::warn;

use super::EventLoop;
use crate::declare::Daemon;
use crate::error::{Error, Result};
use crate::reactions::Panic;

impl<D: Daemon> EventLoop<D> {
    /// Takes in what workers have said, and hands it on.
    pub(super) fn attend(&mut self) {
        if !self.crew.is_empty() {
            self.crew.listen(self.now);
            self.hand_on();
        }
    }

    /// Does what is due for workers: when all others have had their share, as to start a process takes its time.
    pub(super) fn look_after(&mut self) {
        if !self.crew.is_empty() {
            self.crew.tick(self.now);
            self.hand_on();
        }
    }

    /// Sends calls out to workers that have room for them.
    pub(super) fn hand_out(&mut self) {
        if !self.crew.is_empty() {
            self.crew.hand_out(self.now);
            self.hand_on();
        }
    }

    /// Gives answers to whom they belong, tells listeners what has happened, and ends the daemon if a worker that it cannot
    /// do without is down for good.
    fn hand_on(&mut self) {
        let mut tidings = self.crew.take_tidings();
        for (settle, outcome) in tidings.settled.drain(..) {
            self.context.enter(None, self.connections.len());
            let (state, context) = (&mut self.state, &mut self.context);
            let _ = Panic::Fails.log("the answer of a worker", || {
                settle(state, outcome, context);
                Ok(())
            });
        }
        for event in tidings.news.drain(..) {
            self.emit(&event);
        }
        if let Some(lost) = self.crew.lost()
            && self.stopping.is_none()
        {
            warn!("{}", lost.why);
            self.stop();
        }
    }

    /// Says why the daemon had to end, if a worker that it cannot do without is down for good; after a clean end only if
    /// the daemon had not `begun`.
    pub(super) fn settle_loss(&mut self, begun: bool) -> Result<()> {
        match self.crew.take_lost() {
            Some(lost) if !lost.clean || !begun => Err(Error::new(lost.why)),
            _ => Ok(()),
        }
    }
}
