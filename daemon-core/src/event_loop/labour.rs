//! The workers' share of a turn: what they have said is handed on, what was asked of them goes out.

use tracing::error;

use super::EventLoop;
use crate::crew::Tidings;
use crate::declare::Daemon;
use crate::error::{Error, Result};

impl<D: Daemon> EventLoop<D> {
    /// Takes in what workers have said, does what is due for them, and hands on what came of it.
    pub(super) fn attend(&mut self) {
        if self.crew.is_empty() {
            return;
        }
        self.crew.listen(self.now);
        self.crew.tick(self.now);
        self.hand_on();
    }

    /// Sends calls out to workers that have room for them.
    pub(super) fn hand_out(&mut self) {
        if !self.crew.is_empty() {
            self.crew.hand_out(self.now);
            self.hand_on();
        }
    }

    /// Gives answers to whom they belong, and tells listeners what has happened.
    fn hand_on(&mut self) {
        let Tidings { settled, news } = self.crew.take_tidings();
        for (settle, outcome) in settled {
            self.context.enter(None, self.connections.len());
            settle(&mut self.state, outcome, &mut self.context);
        }
        for event in news {
            self.emit(&event);
        }
        if self.crew.is_lost() && self.stopping.is_none() {
            self.stop();
        }
    }

    /// Says why the daemon had to end, if a worker that it cannot do without is down for good.
    pub(super) fn settle_loss(&mut self) -> Result<()> {
        match self.crew.take_lost() {
            Some(lost) if !lost.clean => {
                error!("{}", lost.why);
                Err(Error::new(lost.why))
            }
            _ => Ok(()),
        }
    }
}
