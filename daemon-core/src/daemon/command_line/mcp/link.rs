//! The connection to the daemon, and the requests that it owes a response.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
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
use crate::sys::process::is_closed;

/// How long the daemon may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is checked, after the end of standard input, whether somebody still reads the responses.
const CHECK: Duration = Duration::from_secs(1);

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
    /// Whether no more requests come.
    complete: bool,
    /// Why the daemon hangs up, if that is what it has said last.
    reason: Option<String>,
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

/// A fault that belongs to no request.
#[derive(Deserialize)]
struct Farewell {
    error: Fault,
}

/// The parameters of a cancellation.
#[derive(Deserialize)]
struct Cancelled<'a> {
    #[serde(borrow, rename = "requestId")]
    id: &'a RawValue,
}

impl Link {
    /// Greets the daemon. Requests that have no response when it hangs up get one with its name, and the remedy.
    ///
    /// # Errors
    ///
    /// If it does not greet in return.
    pub(super) fn new(client: Client, daemon: String, remedy: String) -> Result<Self> {
        let (reader, mut writer) = client.into_halves()?;
        let mut reader = BufReader::new(reader);
        greet(&mut reader, &mut writer)?;
        let owed = Arc::new(Mutex::new(Owed::default()));
        let (alive, ended) = mpsc::channel();
        let shared = Arc::clone(&owed);
        thread::spawn(move || {
            print_all(&mut reader, &shared);
            settle(&shared, &daemon, &remedy);
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
            // The thread still reads why.
            self.writer.end(Shutdown::Write);
        }
        true
    }

    /// Waits for the responses that are left, as long as somebody reads them, and ends the connection.
    pub(super) fn end(self) {
        let mut owed = lock(&self.owed);
        owed.complete = true;
        if owed.ids.is_empty() {
            self.writer.end(Shutdown::Write);
        }
        drop(owed);
        while self.reader.recv_timeout(CHECK) == Err(RecvTimeoutError::Timeout) {
            if is_closed(io::stdout().as_fd(), Duration::ZERO).unwrap_or(true) {
                return;
            }
        }
    }
}

/// Exchanges greetings.
fn greet(reader: &mut BufReader<Half>, writer: &mut Half) -> Result<()> {
    let what = || "the daemon does not greet on its socket".to_owned();
    let mut line = Vec::new();
    reader.get_ref().set_timeout(Some(PATIENCE)).or_error(what)?;
    let written = writer.write_all(GREETING.as_bytes());
    let read = reader.read_until(b'\n', &mut line);
    if let Some(reason) = farewell(&line) {
        return Err(Error::new(format!("the daemon hung up: {reason}")));
    }
    written.and(read).or_error(what)?;
    if line != GREETING.as_bytes() {
        return Err(Error::new(
            "the daemon that runs does not speak MCP on this socket; it does with the feature `mcp`, and on an inet socket \
             with dialects(json, mcp)",
        ));
    }
    reader.get_ref().set_timeout(None).or_error(what)
}

/// Returns why the daemon hangs up, if it says that here.
fn farewell(line: &[u8]) -> Option<String> {
    let Farewell { error } = serde_json::from_slice(line).ok()?;
    let reason = error.data()?.get("reason")?.as_str()?;
    (error.code() == code::TRANSPORT_ERROR).then(|| reason.to_owned())
}

fn lock(owed: &Mutex<Owed>) -> MutexGuard<'_, Owed> {
    owed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records what a message of the assistant means for what is owed; returns false if the connection has ended.
fn note(owed: &Mutex<Owed>, line: &[u8]) -> bool {
    let mut owed = lock(owed);
    if let Ok(Envelope { id, method: Some(method), params }) = serde_json::from_slice(line) {
        if let Some(id) = id.filter(|id| id.get().starts_with(|first| matches!(first, '"' | '-' | '0'..='9')))
        {
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
        // The daemon ends the subscriptions of a peer that sends nothing more, so the end waits for the responses.
        let owed = lock(owed);
        if owed.complete && owed.ids.is_empty() {
            reader.get_ref().end(Shutdown::Write);
        }
    }
}

fn print(line: &[u8], owed: &Mutex<Owed>) -> Result<()> {
    match serde_json::from_slice(line) {
        Ok(Envelope { method: Some(_), .. }) => say(line),
        Ok(Envelope { id: Some(id), .. }) => {
            let mut owed = lock(owed);
            owed.ids.remove(id.get());
            owed.reason = None;
            drop(owed);
            say(line)
        }
        // It belongs to no request: the protocol has no place for it.
        Ok(Envelope { id: None, method: None, .. }) | Err(_) => {
            lock(owed).reason = farewell(line);
            let _ = io::stderr().write_all(line);
            Ok(())
        }
    }
}

/// Gives the requests that have no response an error, after the connection has ended.
fn settle(owed: &Mutex<Owed>, daemon: &str, remedy: &str) {
    let Owed { ids, reason, .. } =
        std::mem::replace(&mut *lock(owed), Owed { ended: true, ..Owed::default() });
    let why = match reason {
        Some(reason) => format!("{daemon}: the daemon hung up: {reason}"),
        None => format!("{daemon}: the daemon hung up; {remedy}"),
    };
    for id in ids {
        let id: Value = serde_json::from_str(&id).unwrap_or_default();
        let error = Fault::new(code::TRANSPORT_ERROR, why.clone());
        let message = json!({ "jsonrpc": "2.0", "id": id, "error": error });
        if say(format!("{message}\n").as_bytes()).is_err() {
            return;
        }
    }
}
