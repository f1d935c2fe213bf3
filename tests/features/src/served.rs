//! A daemon without workers.

use std::process::ExitCode;

use daemon_core::prelude::*;

/// An item of the store.
#[rpc_type]
#[derive(Clone)]
#[schemars(title = "Item")]
pub struct Item {
    /// Its kind.
    #[schemars(length(min = 1), regex(pattern = "^[a-z ]+$"))]
    pub name: String,
    /// How many there are.
    #[schemars(range(max = 9))]
    pub count: Option<u8>,
}

/// Why there is no item.
#[derive(Debug, Fault)]
pub enum Refused {
    /// There is no such item.
    #[fault(code = 1, message = "no such item: {name}")]
    Unknown {
        /// The requested name.
        name: String,
    },
    /// It is no number.
    #[fault(code = 2)]
    NotANumber(#[from] std::num::ParseIntError),
}

/// I keep things.
#[daemon(name = "store")]
#[derive(Default)]
pub struct Store {
    /// The most items it keeps
    #[flag(default = "10")]
    most: usize,
    items: Vec<Item>,
}

#[cfg_attr(any(feature = "client", feature = "misused"), daemon(client = StoreClient))]
#[cfg_attr(not(any(feature = "client", feature = "misused")), daemon)]
impl Store {
    /// Keep an item.
    #[rpc_method]
    #[example(params(Item { name: "a nail".to_owned(), count: None }), result = true)]
    fn keep(&mut self, item: Item, #[param(default = true)] really: bool) -> bool {
        let room = really && self.items.len() < self.most;
        self.items.extend(room.then_some(item));
        room
    }

    /// Return an item.
    #[rpc_method]
    fn look(
        &self,
        #[param(length(max = 64), pattern = "^[a-z ]+$")] name: &str,
        note: Option<&str>,
        #[param(range(min = 1), default = 1)] _page: u8,
    ) -> std::result::Result<&Item, Refused> {
        let found = self.items.iter().find(|item| item.name == note.unwrap_or(name));
        found.ok_or_else(|| Refused::Unknown { name: name.to_owned() })
    }

    /// Answer later.
    #[rpc_method]
    fn later(&mut self, daemon: &mut Context, reply: Reply<u32, Refused>) {
        daemon.worker("nobody").send("call", &());
        reply.send(1);
    }

    /// Count in a thread.
    #[rpc_method(thread, timeout = "5s")]
    fn counted(handle: Handle<Self>) -> Result<usize> {
        handle.with(|store, _| store.items.len()).wait()
    }

    /// Count in a future.
    #[cfg(feature = "tokio")]
    #[rpc_method(timeout = "5s")]
    async fn awaited(handle: Handle<Self>, more: Option<usize>) -> Result<usize> {
        let count = handle.with(|store, _| store.items.len()).await?;
        Ok(count + more.unwrap_or(0))
    }

    #[on_signal(SIGUSR1)]
    fn signalled(&mut self) {}

    #[every("1min")]
    fn tidy(&mut self) {}
}

#[daemon(more)]
impl Store {
    /// Forget everything.
    #[rpc_method]
    fn forget(&mut self) {
        self.items.clear();
    }

    #[on(reload)]
    fn reloaded(&mut self) {}
}

/// Keeps count.
#[plugin(daemon = Store)]
#[derive(Default)]
pub struct Tally {
    /// How often to count
    #[flag(default = "1min")]
    pace: std::time::Duration,
    counts: Vec<usize>,
}

#[plugin]
impl Tally {
    /// Reply the counts.
    #[rpc_method]
    fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Count in a future.
    #[cfg(feature = "tokio")]
    #[rpc_method]
    async fn awaited(handle: Handle<Self>, store: Handle<Store>) -> Result<usize> {
        let count = store.with(|store, _| store.items.len()).await?;
        handle.with(move |tally, _| tally.counts.push(count)).await?;
        Ok(count)
    }

    #[every(pace)]
    fn count(&mut self, store: &Store) {
        self.counts.push(store.items.len());
    }
}

#[on(stop, daemon = Store)]
fn stopped(_store: &mut Store, _context: &mut Context) {}

/// Count the items.
#[rpc_method(daemon = Store)]
fn count(store: &mut Store) -> usize {
    store.items.len()
}

/// Reads a count.
///
/// # Errors
///
/// A text that is no number.
pub fn read(text: &str) -> std::result::Result<usize, Refused> {
    Ok(text.parse()?)
}

/// Runs the daemon, by `main` or by `run`, whichever is available.
pub fn start() -> ExitCode {
    #[cfg(feature = "cli")]
    return daemon_core::main::<Store>();
    #[cfg(not(feature = "cli"))]
    daemon_core::run::<Store>(Store::default)
}

/// Calls it.
///
/// # Errors
///
/// The client's error.
#[cfg(feature = "client")]
pub fn call(client: &mut daemon_core::Client) -> Result<bool> {
    StoreClient(client).keep(Item { name: "a nail".to_owned(), count: None }, None)
}
