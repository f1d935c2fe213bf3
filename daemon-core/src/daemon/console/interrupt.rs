//! Ctrl-C while a command runs: its connection is closed, so that it ends, and with it the call in the daemon.
//!
//! At the prompt the terminal sends no signal, and the line editor sees the key itself.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::libc;
use nix::sys::termios::{self, SetArg, Termios};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::client::dial::Closer;
use crate::error::{OrError, Result};

/// What a signal interrupts.
#[derive(Clone, Default)]
pub(super) struct Interrupt(Arc<Shared>);

#[derive(Default)]
struct Shared {
    running: Mutex<Running>,
    hit: Condvar,
}

#[derive(Default)]
struct Running {
    /// The connection of the command that runs.
    connection: Option<Closer>,
    was_hit: bool,
}

impl Interrupt {
    /// Handles signals from here on, in a thread. Those that end the process leave the terminal as it was.
    pub(super) fn handle_signals(&self) -> Result<()> {
        let cannot = || "cannot listen to signals".to_owned();
        let signals = Signals::new([libc::SIGINT, libc::SIGTERM, libc::SIGHUP]).or_error(cannot)?;
        let (interrupt, terminal) = (self.clone(), termios::tcgetattr(std::io::stdin()).ok());
        let listener = thread::Builder::new().name("signals".to_owned());
        listener.spawn(move || listen(signals, &interrupt, terminal.as_ref())).or_error(cannot)?;
        Ok(())
    }

    /// Forgets what came before. This is called when a line is asked for, not when its command begins: a user may press the
    /// keys in between.
    pub(super) fn begin(&self) {
        *self.lock() = Running::default();
    }

    /// Says which connection an interrupt closes; `None` if it closes none.
    pub(super) fn watch(&self, connection: Option<Closer>) {
        let mut running = self.lock();
        if let Some(connection) = connection.as_ref().filter(|_| running.was_hit) {
            connection.close();
        }
        running.connection = connection;
    }

    /// Whether the command was interrupted.
    pub(super) fn was_hit(&self) -> bool {
        self.lock().was_hit
    }

    /// Waits so long, or until the command is interrupted.
    pub(super) fn wait(&self, time: Duration) {
        let waited = self.0.hit.wait_timeout_while(self.lock(), time, |running| !running.was_hit);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn hit(&self) {
        let mut running = self.lock();
        running.was_hit = true;
        if let Some(connection) = &running.connection {
            connection.close();
        }
        drop(running);
        self.0.hit.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listen(mut signals: Signals, interrupt: &Interrupt, terminal: Option<&Termios>) {
    for signal in signals.forever() {
        if signal == libc::SIGINT {
            interrupt.hit();
            continue;
        }
        if let Some(terminal) = terminal {
            // A terminal that has gone needs nothing.
            let _ = termios::tcsetattr(std::io::stdin(), SetArg::TCSANOW, terminal);
        }
        let _ = emulate_default_handler(signal);
    }
}
