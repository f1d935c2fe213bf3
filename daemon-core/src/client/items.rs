//! The items of a subscription, as an iterator.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Client;
use super::discovered::lease::Lease;
use crate::error::{Error, OrError, Result};
use crate::fault::Fault;
use crate::timers::after;

/// How long the request to unsubscribe may take to send.
const LEAVING: Duration = Duration::from_secs(1);

/// The items of a subscription, as they come: see [`Client::subscribe`].
///
/// Dropping it unsubscribes; the client can be used for other calls again.
pub struct Items<'c, T> {
    connection: Connection<'c>,
    method: String,
    subscription: u64,
    missed: u64,
    ended: bool,
    item: PhantomData<fn() -> T>,
}

/// The connection that the items come on.
enum Connection<'c> {
    Borrowed(&'c mut Client),
    Own(Lease),
}

#[derive(Deserialize)]
struct Notification<'a> {
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    subscription: u64,
    #[serde(default)]
    missed: u64,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    end: bool,
    error: Option<Fault>,
}

impl Client {
    /// Calls a method that sends items, such as one that takes a `Subscription`, and returns the items as they come.
    ///
    /// ```no_run
    /// use daemon_core::Client;
    ///
    /// # fn main() -> daemon_core::Result<()> {
    /// let mut client = Client::connect("unix:/run/clock/clock.sock")?;
    /// for seconds in client.subscribe::<u64>("clock.watch", &())?.take(3) {
    ///     println!("{}", seconds?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn subscribe<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<Items<'_, T>> {
        let subscription = self.call(method, params)?;
        Ok(Items::new(Connection::Borrowed(self), method, subscription))
    }
}

impl<'c, T> Items<'c, T> {
    fn new(connection: Connection<'c>, method: &str, subscription: u64) -> Self {
        let method = method.to_owned();
        Items { connection, method, subscription, missed: 0, ended: false, item: PhantomData }
    }

    /// Returns the items of a subscription that has a connection of its own.
    pub(super) fn on(lease: Lease, method: &str, subscription: u64) -> Self {
        Items::new(Connection::Own(lease), method, subscription)
    }

    fn client(&mut self) -> &mut Client {
        match &mut self.connection {
            Connection::Borrowed(client) => client,
            Connection::Own(lease) => lease.client(),
        }
    }
}

impl<T> Items<'_, T> {
    /// How many items the daemon has dropped so far because they were not read in time.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// The number of the subscription.
    pub fn id(&self) -> u64 {
        self.subscription
    }

    /// Sets how long to wait for the next item; by default as long as the client waits for a reply.
    ///
    /// # Errors
    ///
    /// As [`Client::set_timeout`].
    pub fn set_timeout(&mut self, timeout: Option<Duration>) -> Result<()> {
        self.client().set_timeout(timeout)
    }

    fn failed(&mut self) -> String {
        let address = self.client().address.clone();
        format!("cannot read the items of `{}` on `{address}`", self.method)
    }
}

impl<T: DeserializeOwned> Items<'_, T> {
    /// Waits for the next item; `None` if the daemon has ended the subscription.
    fn read(&mut self) -> Result<Option<T>> {
        let deadline = self.client().timeout.map(|timeout| after(Instant::now(), timeout));
        loop {
            self.client().read_line(deadline).map_err(|error| super::failed(self.failed(), error))?;
            let line = std::mem::take(&mut self.client().line);
            let read: Notification<'_> = serde_json::from_slice(&line).or_error(|| self.failed())?;
            let Some(params) = read.params.filter(|params| params.subscription == self.subscription) else {
                continue;
            };
            self.missed += params.missed;
            if let Some(fault) = params.error {
                return Err(Error::new(self.failed()).because(fault));
            }
            if params.end {
                return Ok(None);
            }
            let item = params.result.map_or("null", RawValue::get);
            return serde_json::from_str(item).map(Some).or_error(|| self.failed());
        }
    }
}

impl<T: DeserializeOwned> Iterator for Items<'_, T> {
    type Item = Result<T>;

    /// Waits for the next item, for no longer than the client's timeout. After an error that is a timeout, it can be
    /// asked again; after any other, it has ended.
    fn next(&mut self) -> Option<Result<T>> {
        if self.ended {
            return None;
        }
        let item = self.read().transpose();
        self.ended = match &item {
            None => true,
            Some(Err(error)) => !error.is_timed_out(),
            Some(Ok(_)) => false,
        };
        item
    }
}

impl<T> Drop for Items<'_, T> {
    fn drop(&mut self) {
        // A connection of its own is closed, which ends the subscription.
        if self.ended || matches!(self.connection, Connection::Own(_)) {
            return;
        }
        // If that fails, so will the next call, which says why. Its reply is skipped, as are the items before it.
        let subscription = self.subscription;
        if let Ok(line) = self.client().request("daemon.unsubscribe", &[subscription]) {
            let _ = self.client().write(&line, Some(after(Instant::now(), LEAVING)));
        }
    }
}

impl<T> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("method", &self.method)
            .field("subscription", &self.subscription)
            .finish_non_exhaustive()
    }
}
