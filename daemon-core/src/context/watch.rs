//! Descriptors that user code has the loop watch.

use std::any::Any;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;

use mio::Registry;

use super::plugins::on_state;
use super::{Command, Context};
use crate::error::{Error, Result};
use crate::poller::{self, Readiness, WatchId};

/// A descriptor with its handler. It is watched until this is dropped.
pub(crate) struct Watch {
    pub(crate) id: WatchId,
    readiness: Readiness,
    registry: Rc<Registry>,
    watched: Box<dyn Watched>,
}

/// A descriptor, and what is called when it is ready.
trait Watched {
    fn descriptor(&self) -> BorrowedFd<'_>;
    fn call(&mut self, state: &mut dyn Any, context: &mut Context);
}

struct Bound<D, F> {
    descriptor: D,
    handler: F,
}

impl<D: AsFd, F: FnMut(&mut dyn Any, &mut D, &mut Context)> Watched for Bound<D, F> {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    fn call(&mut self, state: &mut dyn Any, context: &mut Context) {
        (self.handler)(state, &mut self.descriptor, context);
    }
}

impl Watch {
    /// Calls the handler; the first argument is the daemon's state.
    pub(crate) fn call(&mut self, state: &mut dyn Any, context: &mut Context) {
        self.watched.call(state, context);
    }

    /// Has the poll report the descriptor again, at once if it is still ready.
    pub(crate) fn renew(&self) -> Result<()> {
        poller::renew(&self.registry, self.watched.descriptor(), self.id, self.readiness)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Closing the descriptor would not be enough: it may have a duplicate.
        poller::unwatch(&self.registry, self.watched.descriptor());
    }
}

impl Context {
    /// Calls `handler` on the loop whenever a descriptor is ready: a serial port, inotify, a UDP socket, a pipe.
    ///
    /// The watch owns the descriptor, and lends it to the handler. [`unwatch`](Self::unwatch) ends the watch and closes
    /// the descriptor; so does a panic of the handler. The handler may put another descriptor in its place, such as that
    /// of a port that was opened again.
    ///
    /// The handler is called once in each turn of the loop as long as the descriptor is ready. So it need not read
    /// everything at once; but one that never reads, or that does not unwatch a descriptor at its end of file, keeps the
    /// loop busy. Make the descriptor non-blocking: a read that waits stops the whole daemon. To watch a descriptor in
    /// both directions, watch a duplicate for the other one (`try_clone`).
    ///
    /// ```
    /// use std::net::UdpSocket;
    ///
    /// use daemon_core::Readiness;
    /// use daemon_core::prelude::*;
    ///
    /// #[daemon(name = "counter")]
    /// #[derive(Default)]
    /// struct Counter {
    ///     datagrams: u64,
    /// }
    ///
    /// #[daemon]
    /// impl Counter {
    ///     fn setup(&mut self, context: &mut Context) -> Result<()> {
    ///         let socket = UdpSocket::bind("127.0.0.1:0")?;
    ///         socket.set_nonblocking(true)?;
    ///         context.watch(socket, Readiness::Read, |counter: &mut Counter, socket, _| {
    ///             let mut datagram = [0; 1500];
    ///             if socket.recv(&mut datagram).is_ok() {
    ///                 counter.datagrams += 1;
    ///             }
    ///         })?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the system cannot watch the descriptor. It cannot watch files and directories, which are always ready.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn watch<S: 'static, D: AsFd + 'static>(
        &mut self,
        descriptor: D,
        readiness: Readiness,
        mut handler: impl FnMut(&mut S, &mut D, &mut Context) + 'static,
    ) -> Result<WatchId> {
        self.check_state::<S>();
        self.watch_any(descriptor, readiness, move |state, descriptor, context| {
            on_state(state, context, |state, context| handler(state, descriptor, context));
        })
    }

    /// As [`watch`](Self::watch); the first argument of the handler is the state, whatever its type.
    pub(crate) fn watch_any<D: AsFd + 'static>(
        &mut self,
        descriptor: D,
        readiness: Readiness,
        handler: impl FnMut(&mut dyn Any, &mut D, &mut Context) + 'static,
    ) -> Result<WatchId> {
        let registry =
            self.registry.clone().ok_or_else(|| Error::new("this process has no loop that watches"))?;
        let id = WatchId(self.watches);
        poller::watch(&registry, descriptor.as_fd(), id, readiness)?;
        self.watches += 1;
        let watched = Box::new(Bound { descriptor, handler });
        self.commands.push(Command::Watch(Watch { id, readiness, registry, watched }));
        Ok(id)
    }

    /// Stops watching a descriptor, which is closed at the end of the turn. Its handler is not called any more. If it is
    /// not watched any more, nothing happens.
    pub fn unwatch(&mut self, watch: WatchId) {
        self.commands.push(Command::Unwatch(watch));
    }

    /// Sets the poll that watches descriptors.
    pub(crate) fn watch_with(&mut self, registry: Rc<Registry>) {
        self.registry = Some(registry);
    }

    /// Returns the watches ended by the commands that wait, without the first `seen` of these; counts them as seen.
    pub(crate) fn unwatched(&self, seen: &mut usize) -> impl Iterator<Item = WatchId> {
        self.commands_after(seen).iter().filter_map(|command| match command {
            Command::Unwatch(watch) => Some(*watch),
            _ => None,
        })
    }
}
