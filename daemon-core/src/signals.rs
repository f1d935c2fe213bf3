//! Signals as a source of the poll.
//!
//! The handler of `signal-hook` sets a flag and writes a byte; nothing else happens in signal context. The limit:
//! signals of one kind that arrive before the loop checks count as one. Kinds never hide each other, so a storm of
//! SIGHUP loses no SIGTERM.

use std::os::fd::OwnedFd;

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

use crate::error::{OrError, Result};
use crate::signal::Signal;

/// The signals that stop or reload a daemon.
const ALWAYS: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];

/// The signals that this process listens to.
pub(crate) struct Signals(SignalDelivery<UnixStream, SignalOnly>);

impl Signals {
    /// Starts listening to the signals that every daemon handles. The process must not fork after this: the child would
    /// write to the same pipe.
    pub(crate) fn new() -> Result<Self> {
        Signals::listen(&ALWAYS)
    }

    /// Starts listening to these signals only; the same holds.
    pub(crate) fn listen(signals: &[Signal]) -> Result<Self> {
        let delivery = UnixStream::pair().and_then(|(read, write)| {
            SignalDelivery::with_pipe(
                read,
                OwnedFd::from(write),
                SignalOnly,
                signals.iter().map(|signal| signal.number()),
            )
        });
        delivery.map(Signals).or_error(|| "cannot listen to signals".to_owned())
    }

    /// Starts listening to another signal.
    pub(crate) fn add(&self, signal: Signal) -> Result<()> {
        self.0.handle().add_signal(signal.number()).or_error(|| format!("cannot listen to {signal}"))
    }

    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> Result<()> {
        let what = || "cannot poll for signals".to_owned();
        registry.register(self.0.get_read_mut(), token, Interest::READABLE).or_error(what)
    }

    /// The signals that have arrived since the last call, in no order.
    pub(crate) fn pending(&mut self) -> impl Iterator<Item = Signal> {
        self.0.pending().map(Signal::from_number)
    }

    /// The signals that have arrived since the last call, stop signals first.
    pub(crate) fn take(&mut self) -> Vec<Signal> {
        let mut arrived: Vec<_> = self.pending().collect();
        arrived.sort_by_key(|signal| !is_stop(*signal));
        arrived
    }
}

/// Whether a signal asks the daemon to stop.
pub(crate) fn is_stop(signal: Signal) -> bool {
    matches!(signal, Signal::SIGTERM | Signal::SIGINT)
}
