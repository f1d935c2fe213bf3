//! The connection to one daemon, which is made again when the daemon has gone.

use std::time::Duration;

use super::interrupt::Interrupt;
use crate::client::Client;
use crate::client::dial::Dial;
use crate::error::Result;

/// The interval between two attempts to reach a daemon that has gone.
pub(super) const AGAIN: Duration = Duration::from_millis(200);

/// A daemon, and the connection to it.
pub(super) struct Link {
    pub(super) name: String,
    /// What the names of its methods begin with, if there are several daemons.
    pub(super) prefix: Option<String>,
    pub(super) dial: Dial,
    client: Option<Client>,
}

impl Link {
    pub(super) fn new(name: String, prefix: Option<String>, client: Client) -> Self {
        Link { name, prefix, dial: client.dial(), client: Some(client) }
    }

    /// Returns the connection, which is new if the old one has ended; `None` if that was interrupted. While the daemon is
    /// away, `waits` decides whether to wait for it.
    pub(super) fn take(
        &mut self,
        interrupt: &Interrupt,
        mut waits: impl FnMut() -> bool,
    ) -> Result<Option<Taken>> {
        if let Some(client) = self.client.take().filter(|client| !client.is_closed(Duration::ZERO)) {
            return Ok(Some(Taken { client, is_new: false }));
        }
        loop {
            match self.dial.connect() {
                Ok(client) => return Ok(Some(Taken { client, is_new: true })),
                Err(error) if error.is_not_running() && waits() => interrupt.wait(AGAIN),
                Err(error) => return Err(error),
            }
            if interrupt.was_hit() {
                return Ok(None);
            }
        }
    }

    /// Ends the connection; the next call makes another.
    pub(super) fn drop_connection(&mut self) {
        self.client = None;
    }

    /// Keeps a connection for the next call.
    pub(super) fn keep(&mut self, client: Client) {
        self.client = Some(client);
    }
}

/// A connection that is in use.
pub(super) struct Taken {
    pub(super) client: Client,
    /// Whether it was made just now: the daemon may be another one.
    pub(super) is_new: bool,
}
