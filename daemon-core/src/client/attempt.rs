//! One attempt of a call, and what is known about a call that has no reply.

use std::io;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Client, Reply, Stream, failed, is_end};
use crate::error::{Error, OrError};
use crate::fault::{Fault, code};
use crate::timers::after;

/// A request that is no longer than this is in the daemon's buffer as a whole, or not at all.
const UNDIVIDED: usize = 16 * 1024;

/// Why a call has no result.
pub(crate) enum Failure {
    /// The daemon has not read the whole request, so that the method did not run.
    Unbegun(Error),
    /// There was no reply; the method may have run.
    Unknown(Error),
    /// The daemon has replied with a fault, or with something that cannot be read.
    Replied(Error),
}

impl Failure {
    pub(crate) fn error(self) -> Error {
        match self {
            Failure::Unbegun(error) | Failure::Unknown(error) | Failure::Replied(error) => error,
        }
    }
}

impl Client {
    /// Calls a method once, and waits for its reply.
    pub(crate) fn attempt<R: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &(impl Serialize + ?Sized),
    ) -> Result<R, Failure> {
        let line = self.request(method, params).map_err(Failure::Replied)?;
        let address = self.address.clone();
        let what = || format!("cannot call `{method}` on `{address}`");
        let deadline = self.timeout.map(|timeout| after(Instant::now(), timeout));
        let written = match self.write(&line, deadline) {
            Ok(()) => line.len(),
            // A daemon that hung up may have sent the reason first.
            Err((written, error)) if is_end(&error) => written,
            Err((written, error)) => {
                return Err(lost(may_have_begun(written, &line), failed(what(), error)));
            }
        };
        loop {
            // Bytes that arrived before a timeout stay in the line.
            if let Err(error) = self.read_line(deadline) {
                let begun = may_have_begun(written, &line) && !self.was_unread(&line, &error);
                return Err(lost(begun, failed(what(), error)));
            }
            let reply = std::mem::take(&mut self.line);
            let reply: Reply<'_> = serde_json::from_slice(&reply).or_error(what).map_err(Failure::Replied)?;
            if reply.id.is_some_and(|id| id < self.calls) || reply.method.is_some() {
                // The reply to an earlier call that timed out, or an item of a subscription that has ended.
                continue;
            }
            let result = match reply.error {
                Some(fault) => return Err(refused(what(), fault)),
                None => reply.result.map_or("null", RawValue::get),
            };
            return serde_json::from_str(result).or_error(what).map_err(Failure::Replied);
        }
    }

    /// Whether the daemon closed the connection without having read the end of a request.
    ///
    /// The kernel resets a unix socket whose other end is closed while there are bytes that were not read, among which is the
    /// last one: unix(7) keeps their order.
    fn was_unread(&self, line: &[u8], error: &io::Error) -> bool {
        let is_unix = matches!(self.stream.get_ref(), Stream::Unix(_));
        is_unix && line.len() <= UNDIVIDED && error.kind() == io::ErrorKind::ConnectionReset
    }
}

/// Whether the daemon may have got the whole request; its last byte is only a line feed.
fn may_have_begun(written: usize, line: &[u8]) -> bool {
    written + 1 >= line.len()
}

fn lost(may_have_begun: bool, error: Error) -> Failure {
    if may_have_begun { Failure::Unknown(error) } else { Failure::Unbegun(error) }
}

fn refused(what: String, fault: Fault) -> Failure {
    match fault.code() {
        // The daemon may notice it first.
        code::WORKER_TIMEOUT => Failure::Unknown(Error::timed_out(what).because(fault)),
        _ if fault.is_of_stopping() => Failure::Unbegun(Error::new(what).because(fault)),
        _ if fault.is_of_stopped() => Failure::Unknown(Error::new(what).because(fault)),
        _ => Failure::Replied(Error::new(what).because(fault)),
    }
}
