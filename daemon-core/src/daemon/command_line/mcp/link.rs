//! The connection to the daemon, and the requests that it owes a response.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::net::Shutdown;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::say;
use crate::client::Client;
use crate::client::halves::Half;
use crate::dialect::mcp::GREETING;
use crate::error::{Error, OrError, Result};
use crate::fault::{Fault, code};

/// How long the daemon may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long responses may take after the end of standard input. An assistant that closes it waits about that long before it
/// kills.
const GRACE: Duration = Duration::from_secs(2);

/// A connection to the daemon. What comes from there is printed by a thread of its own.
pub(super) struct Link {
    writer: Half,
    owed: Arc<Mutex<Owed>>,
    /// Ends with the thread.
    reader: Receiver<()>,
}

/// The requests without a response.
#[derive(Default)]
struct Owed {
    /// Their ids, as they were sent. The daemon reads no more while too many calls are in flight.
    ids: HashSet<String>,
    /// Whether the connection has ended.
    ended: bool,
}

/// What the link must know about a message.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: Option<String>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// The parameters of a cancellation.
#[derive(Deserialize)]
struct Cancelled<'a> {
    #[serde(borrow, rename = "requestId")]
    id: &'a RawValue,
}

impl Link {
    /// Greets the daemon. `farewell` is what requests get that have no response when it hangs up.
    ///
    /// # Errors
    ///
    /// If it does not greet in return.
    pub(super) fn new(client: Client, farewell: String) -> Result<Self> {
        let (reader, mut writer) = client.into_halves()?;
        let mut reader = BufReader::new(reader);
        greet(&mut reader, &mut writer)?;
        let owed = Arc::new(Mutex::new(Owed::default()));
        let (alive, ended) = mpsc::channel();
        let shared = Arc::clone(&owed);
        thread::spawn(move || {
            print_all(&mut reader, &shared);
            settle(&shared, &farewell);
            drop(alive);
        });
        Ok(Link { writer, owed, reader: ended })
    }

    /// Sends a line; returns whether the connection had not ended before. If it ends now, the request gets its response from
    /// the thread.
    pub(super) fn send(&mut self, line: &[u8]) -> bool {
        if !note(&self.owed, line) {
            return false;
        }
        if self.writer.write_all(line).is_err() {
            self.writer.end(Shutdown::Both);
        }
        true
    }

    /// Ends the connection: the daemon sends the responses that are left.
    pub(super) fn end(self) {
        self.writer.end(Shutdown::Write);
        // It is an error in any case: the time has passed, or the thread has ended.
        let _ = self.reader.recv_timeout(GRACE);
    }
}

/// Exchanges greetings.
fn greet(reader: &mut BufReader<Half>, writer: &mut Half) -> Result<()> {
    let what = || "the daemon does not greet on its socket".to_owned();
    let mut line = Vec::new();
    reader.get_ref().set_timeout(Some(PATIENCE)).or_error(what)?;
    writer.write_all(GREETING.as_bytes()).or_error(what)?;
    reader.read_until(b'\n', &mut line).or_error(what)?;
    if line != GREETING.as_bytes() {
        return Err(Error::new(
            "the daemon that runs does not speak MCP on this socket; it does with the feature `mcp`, and on an inet socket \
             with dialects(json, mcp)",
        ));
    }
    reader.get_ref().set_timeout(None).or_error(what)
}

fn lock(owed: &Mutex<Owed>) -> MutexGuard<'_, Owed> {
    owed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records what a message of the assistant means for what is owed; returns false if the connection has ended.
fn note(owed: &Mutex<Owed>, line: &[u8]) -> bool {
    let mut owed = lock(owed);
    if let Ok(Envelope { id, method: Some(method), params }) = serde_json::from_slice(line) {
        if let Some(id) = id {
            owed.ids.insert(id.get().to_owned());
        } else if method == "notifications/cancelled"
            && let Some(Ok(Cancelled { id })) = params.map(|params| serde_json::from_str(params.get()))
        {
            owed.ids.remove(id.get());
        }
    }
    if owed.ended {
        owed.ids.clear();
    }
    !owed.ended
}

/// Prints what comes from the daemon, up to its end or that of standard output.
fn print_all(reader: &mut BufReader<Half>, owed: &Mutex<Owed>) {
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let printed = print(&line, owed);
        if printed.is_err() {
            return;
        }
        line.clear();
    }
}

fn print(line: &[u8], owed: &Mutex<Owed>) -> Result<()> {
    match serde_json::from_slice(line) {
        Ok(Envelope { method: Some(_), .. }) => say(line),
        Ok(Envelope { id: Some(id), .. }) => {
            lock(owed).ids.remove(id.get());
            say(line)
        }
        // It belongs to no request: the protocol has no place for it.
        Ok(Envelope { id: None, method: None, .. }) | Err(_) => {
            let _ = io::stderr().write_all(line);
            Ok(())
        }
    }
}

/// Gives the requests that have no response an error, after the connection has ended.
fn settle(owed: &Mutex<Owed>, farewell: &str) {
    let ids = {
        let mut owed = lock(owed);
        owed.ended = true;
        std::mem::take(&mut owed.ids)
    };
    for id in ids {
        let id: Value = serde_json::from_str(&id).unwrap_or_default();
        let error = Fault::new(code::TRANSPORT_ERROR, farewell.to_owned());
        let message = json!({ "jsonrpc": "2.0", "id": id, "error": error });
        if say(format!("{message}\n").as_bytes()).is_err() {
            return;
        }
    }
}
