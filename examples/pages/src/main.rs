//! `async` methods and streams with an HTTP client: futures run beside the loop, and come back to the state through a
//! handle.

#![allow(clippy::panic, reason = "one method shows what a panic does")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use daemon_core::Error;
use daemon_core::prelude::*;
use futures_util::stream::{self, Stream};

/// A page that was fetched.
#[rpc_type]
#[derive(Clone)]
struct Page {
    /// The status of the response
    status: u16,
    /// How many bytes the body has
    length: usize,
}

/// I fetch pages, and remember them.
#[daemon(name = "pages")]
#[derive(Default)]
struct Pages {
    known: BTreeMap<String, Page>,
    fetching: usize,
}

#[daemon]
impl Pages {
    /// Fetch a page, unless it is known.
    #[rpc_method(timeout = "2s")]
    async fn fetch(handle: Handle<Self>, url: String) -> Result<Page> {
        let asked = url.clone();
        if let Some(page) = handle.with(move |pages, _| pages.known.get(&asked).cloned()).await? {
            return Ok(page);
        }
        let _fetching = Fetching::begin(handle.clone()).await?;
        let page =
            get(&url).await.map_err(|error| Error::new(format!("cannot fetch `{url}`")).because(error))?;
        let kept = page.clone();
        handle.with(move |pages, _| pages.known.insert(url, kept)).await?;
        Ok(page)
    }

    /// Fetch a page again and again, this often at most, as long as the caller listens.
    #[rpc_method]
    fn watch(url: String, every: Span) -> impl Stream<Item = Result<Page, String>> {
        stream::unfold(true, move |is_first| {
            let url = url.clone();
            async move {
                if !is_first {
                    tokio::time::sleep(*every).await;
                }
                Some((get(&url).await.map_err(|error| error.to_string()), false))
            }
        })
    }

    /// Count up to a number, as fast as the caller reads.
    #[rpc_method]
    fn count(to: u64) -> impl Stream<Item = u64> {
        stream::iter(1..=to)
    }

    /// Return how many pages are being fetched.
    #[rpc_method]
    fn fetching(&self) -> usize {
        self.fetching
    }

    /// Panic, as a method should not.
    #[rpc_method]
    async fn panic() {
        panic!("as it was asked to");
    }

    /// Stop the daemon, from a future.
    #[rpc_method]
    async fn close(handle: Handle<Self>) -> Result<()> {
        handle.with(|_, context| context.stop()).await
    }
}

async fn get(url: &str) -> std::result::Result<Page, reqwest::Error> {
    let response = reqwest::get(url).await?;
    let status = response.status().as_u16();
    Ok(Page { status, length: response.bytes().await?.len() })
}

/// Counts a page that is being fetched, also if its future is dropped before it ends.
struct Fetching(Handle<Pages>);

impl Fetching {
    async fn begin(handle: Handle<Pages>) -> Result<Self> {
        handle.with(|pages, _| pages.fetching += 1).await?;
        Ok(Fetching(handle))
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        // After the daemon has stopped, the count does not matter.
        let _ = self.0.run(|pages, _| pages.fetching -= 1);
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Pages>()
}
