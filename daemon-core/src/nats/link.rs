//! The connection of a bridge to its daemon: calls go out as they come, and replies find their calls by their ids.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{Mutex, Notify, oneshot};
use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::fault::{Fault, code};
use crate::trace::TraceContext;

/// How long connecting to the daemon may take.
const CONNECTING: Duration = Duration::from_secs(5);
/// The method by which a connection gives up the rights of its user.
const DROP_RIGHTS: &str = "daemon.drop_rights";

/// What a call gets: a result as JSON, or a fault.
pub(super) type Outcome = Result<Box<RawValue>, Fault>;

/// The connection to a daemon. It is made again when it has ended.
pub(super) struct Link {
    socket: PathBuf,
    connection: Mutex<Option<Rc<Connection>>>,
    /// The latest connection has ended.
    lost: Rc<Notify>,
}

/// One connection.
struct Connection {
    writer: Mutex<OwnedWriteHalf>,
    calls: RefCell<Calls>,
}

/// The calls that wait for their replies.
#[derive(Default)]
struct Calls {
    latest: u64,
    waiting: HashMap<u64, oneshot::Sender<Outcome>>,
    /// The connection has ended, so no reply will come.
    is_over: bool,
}

/// A call as it goes to the daemon.
#[derive(Serialize)]
struct Request<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a RawValue>,
    /// In seconds.
    timeout: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<TraceContext>,
}

#[derive(Deserialize)]
struct Reply {
    id: Option<u64>,
    result: Option<Box<RawValue>>,
    error: Option<Fault>,
}

impl Link {
    pub(super) fn new(socket: &Path) -> Link {
        Link { socket: socket.to_owned(), connection: Mutex::new(None), lost: Rc::new(Notify::new()) }
    }

    /// Keeps the daemon connected, until it can't be reached; returns why.
    pub(super) async fn keep(&self) -> Fault {
        loop {
            if let Err(fault) = self.connection().await {
                return fault;
            }
            self.lost.notified().await;
        }
    }

    /// Calls a method, and waits for its reply no longer than `patience`, which the daemon learns.
    ///
    /// # Errors
    ///
    /// What the daemon replies with, or -32300 if it can't be reached or hangs up.
    pub(super) async fn call(
        &self,
        method: &str,
        params: Option<&RawValue>,
        traceparent: Option<TraceContext>,
        patience: Duration,
    ) -> Outcome {
        self.connection().await?.call(method, params, traceparent, patience).await
    }

    /// Returns the connection, after making it if there is none or it has ended.
    async fn connection(&self) -> Result<Rc<Connection>, Fault> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = kept.as_ref().filter(|connection| !connection.calls.borrow().is_over) {
            return Ok(connection.clone());
        }
        let stream = match timeout(CONNECTING, UnixStream::connect(&self.socket)).await {
            Ok(stream) => stream,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let (reader, writer) = stream.map_err(|error| unreachable(&self.socket, &error))?.into_split();
        let connection = Rc::new(Connection { writer: Mutex::new(writer), calls: RefCell::default() });
        let (reading, lost) = (connection.clone(), self.lost.clone());
        spawn_local(async move {
            let mut lines = BufReader::new(reader).split(b'\n');
            while let Ok(Some(line)) = lines.next_segment().await {
                reading.take(&line);
            }
            reading.end();
            lost.notify_one();
        });
        // Who calls on NATS is unknown, and has not the rights of this process.
        let dropped = connection.call(DROP_RIGHTS, None, None, CONNECTING).await;
        dropped.map_err(|fault| {
            Fault::new(code::TRANSPORT_ERROR, format!("cannot drop the rights of the bridge: {fault}"))
        })?;
        *kept = Some(connection.clone());
        Ok(connection)
    }
}

impl Connection {
    async fn call(
        &self,
        method: &str,
        params: Option<&RawValue>,
        traceparent: Option<TraceContext>,
        patience: Duration,
    ) -> Outcome {
        let (id, reply) = self.begin().ok_or_else(hung_up)?;
        let timeout = patience.as_secs_f64();
        let request = Request { jsonrpc: "2.0", id, method, params, timeout, traceparent };
        let mut line = serde_json::to_vec(&request)
            .map_err(|error| Fault::new(code::INTERNAL_ERROR, error.to_string()))?;
        line.push(b'\n');
        let write = async { self.writer.lock().await.write_all(&line).await };
        // A daemon that reads nothing must not keep the calls that follow.
        let written = tokio::time::timeout(CONNECTING, write)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if let Err(error) = written {
            self.end();
            return Err(Fault::new(code::TRANSPORT_ERROR, format!("cannot write to the daemon: {error}")));
        }
        // The daemon ends it first, unless it hangs.
        match tokio::time::timeout(patience + CONNECTING, reply).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(hung_up()),
            Err(_) => {
                self.calls.borrow_mut().waiting.remove(&id);
                Err(Fault::new(code::WORKER_TIMEOUT, "the daemon did not reply in time"))
            }
        }
    }

    /// Returns the id of a new call, and where its reply comes; `None` if the connection has ended.
    fn begin(&self) -> Option<(u64, oneshot::Receiver<Outcome>)> {
        let mut calls = self.calls.borrow_mut();
        if calls.is_over {
            return None;
        }
        calls.latest += 1;
        let id = calls.latest;
        let (sender, receiver) = oneshot::channel();
        calls.waiting.insert(id, sender);
        Some((id, receiver))
    }

    /// Passes a reply on to its call.
    fn take(&self, line: &[u8]) {
        let Ok(Reply { id: Some(id), result, error }) = serde_json::from_slice(line) else { return };
        let Some(call) = self.calls.borrow_mut().waiting.remove(&id) else { return };
        let outcome = match (error, result) {
            (Some(fault), _) => Err(fault),
            (None, Some(result)) => Ok(result),
            (None, None) => Ok(RawValue::NULL.to_owned()),
        };
        // Whoever called may have gone.
        let _ = call.send(outcome);
    }

    /// Fails every call that waits.
    fn end(&self) {
        let mut calls = self.calls.borrow_mut();
        calls.is_over = true;
        calls.waiting.clear();
    }
}

fn hung_up() -> Fault {
    Fault::new(code::TRANSPORT_ERROR, "the daemon has ended the connection")
}

fn unreachable(socket: &Path, error: &io::Error) -> Fault {
    Fault::new(code::TRANSPORT_ERROR, format!("cannot reach the daemon at `{}`: {error}", socket.display()))
}
