//! The messages between a daemon and its worker.
//!
//! A message is a type byte, fields of fixed length in little-endian order, and at most one part of variable length,
//! which comes last; the caller of a call is as long as its groups are many. Results and parameters are JSON text. The daemon may read anything: it relies only on the bytes
//! being its own copy.

use std::net::{SocketAddr, SocketAddrV6};
use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::caller::{Caller, ConnectionId, Peer, TlsPeer};
use crate::credentials::Shown;
use crate::fault::Fault;
use crate::trace::TraceContext;

/// The states of a worker, as in the header of its memory: the numbers of `worker.status`.
pub(crate) mod state {
    pub(crate) const SPINUP: u32 = 0;
    pub(crate) const LOOPING: u32 = 1;
    pub(crate) const PAUSED: u32 = 2;
    pub(crate) const SPINDOWN: u32 = 3;
}

/// The values given for each flag of a worker, in the order of its table; `None` for a flag that was not given.
pub(crate) type FlagValues = Vec<Option<Vec<String>>>;

/// The first message to a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The name of the daemon.
    pub(crate) name: String,
    pub(crate) version: String,
    /// The worker, and which of its processes this is.
    pub(crate) worker: String,
    pub(crate) process: usize,
    /// Where the daemon was started. Paths in its flags are relative to it.
    pub(crate) directory: String,
    /// The values given for its flags, in the order of its table.
    pub(crate) flags: FlagValues,
    /// The longest reply, in bytes.
    pub(crate) max_reply: usize,
    /// Above zero logs more, below zero less.
    pub(crate) verbosity: i32,
    /// Where the log goes, as on the command line.
    pub(crate) log: String,
    /// Whether it is paused from the start.
    pub(crate) paused: bool,
    /// How long a stop may take.
    pub(crate) grace: Duration,
}

/// A message from a daemon to its worker.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ToWorker<'a> {
    Hello(Box<Hello>),
    /// Run a method: its number, how long its caller waits if it says, who that is, the trace it belongs to, the JSON text
    /// of its parameters if there are any.
    Call {
        seq: u64,
        method: u32,
        timeout: Option<Duration>,
        caller: Option<Caller>,
        trace: Option<TraceContext>,
        params: Option<&'a str>,
    },
    Pause,
    Resume,
    Reload,
}

/// A message from a worker to its daemon.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FromWorker<'a> {
    /// Its spinup is finished.
    Ready,
    /// The outcome of a call: JSON text, or a fault.
    Reply {
        seq: u64,
        outcome: Result<&'a [u8], Fault>,
    },
    Emit {
        topic: &'a str,
        payload: Value,
    },
    Progress {
        done: u64,
        total: u64,
    },
}

mod tag {
    pub(super) const BEGIN: u8 = 1;
    pub(super) const CALL: u8 = 2;
    pub(super) const PAUSE: u8 = 3;
    pub(super) const RESUME: u8 = 4;
    pub(super) const RELOAD: u8 = 5;
    pub(super) const READY: u8 = 6;
    pub(super) const RESULT: u8 = 7;
    pub(super) const FAULT: u8 = 8;
    pub(super) const EMIT: u8 = 9;
    pub(super) const PROGRESS: u8 = 10;
}

/// The two parts of an outgoing message: the fixed one, and the one of variable length.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    head: Vec<u8>,
    body: &'a [u8],
}

impl Parts<'_> {
    /// The parts in the order in which they are sent.
    pub(crate) fn as_slices(&self) -> [&[u8]; 2] {
        [&self.head, self.body]
    }
}

fn parts<'a>(tag: u8, fields: &[&[u8]], body: &'a [u8]) -> Parts<'a> {
    let mut head = vec![tag];
    fields.iter().for_each(|field| head.extend_from_slice(field));
    Parts { head, body }
}

/// A message without fields.
pub(crate) fn pause() -> Parts<'static> {
    parts(tag::PAUSE, &[], &[])
}

pub(crate) fn resume() -> Parts<'static> {
    parts(tag::RESUME, &[], &[])
}

pub(crate) fn reload() -> Parts<'static> {
    parts(tag::RELOAD, &[], &[])
}

pub(crate) fn hello(hello: &Hello) -> Parts<'static> {
    let json = serde_json::to_vec(hello).unwrap_or_default();
    parts(tag::BEGIN, &[&json], &[])
}

/// A call, without its parameters.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) seq: u64,
    pub(crate) method: u32,
    /// How long its caller waits, if it says.
    pub(crate) timeout: Option<Duration>,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) trace: Option<TraceContext>,
}

pub(crate) fn call<'a>(call: &Call<'_>, params: &'a [u8]) -> Parts<'a> {
    // In milliseconds, rounded up; 0 stands for none.
    let timeout = call
        .timeout
        .map_or(0, |timeout| u32::try_from(timeout.as_micros().div_ceil(1000).max(1)).unwrap_or(u32::MAX));
    let mut head = Vec::with_capacity(128);
    head.push(tag::CALL);
    head.extend_from_slice(&call.seq.to_le_bytes());
    head.extend_from_slice(&call.method.to_le_bytes());
    head.extend_from_slice(&timeout.to_le_bytes());
    write_trace(call.trace, &mut head);
    write_caller(call.caller, &mut head);
    Parts { head, body: params }
}

pub(crate) fn ready() -> Parts<'static> {
    parts(tag::READY, &[], &[])
}

pub(crate) fn result(seq: u64, json: &[u8]) -> Parts<'_> {
    parts(tag::RESULT, &[&seq.to_le_bytes()], json)
}

pub(crate) fn fault(seq: u64, fault: &Fault) -> Parts<'static> {
    parts(tag::FAULT, &[&seq.to_le_bytes(), fault.to_json().as_bytes()], &[])
}

pub(crate) fn emit(topic: &str, payload: &Value) -> Parts<'static> {
    let length = u32::try_from(topic.len()).unwrap_or(u32::MAX).to_le_bytes();
    parts(tag::EMIT, &[&length, topic.as_bytes(), payload.to_string().as_bytes()], &[])
}

pub(crate) fn progress(done: u64, total: u64) -> Parts<'static> {
    parts(tag::PROGRESS, &[&done.to_le_bytes(), &total.to_le_bytes()], &[])
}

/// Reads a message from a daemon; `None` if it is not one.
pub(crate) fn to_worker(message: &[u8]) -> Option<ToWorker<'_>> {
    let mut reader = Reader(message);
    match reader.byte()? {
        tag::BEGIN => serde_json::from_slice(reader.0).ok().map(|hello| ToWorker::Hello(Box::new(hello))),
        tag::CALL => {
            let (seq, method, timeout) = (reader.u64()?, reader.u32()?, reader.u32()?);
            let timeout = (timeout > 0).then(|| Duration::from_millis(timeout.into()));
            let trace = read_trace(&mut reader)?;
            let caller = read_caller(&mut reader)?;
            let params = std::str::from_utf8(reader.0).ok()?;
            Some(ToWorker::Call {
                seq,
                method,
                timeout,
                caller,
                trace,
                params: (!params.is_empty()).then_some(params),
            })
        }
        tag::PAUSE => Some(ToWorker::Pause),
        tag::RESUME => Some(ToWorker::Resume),
        tag::RELOAD => Some(ToWorker::Reload),
        _ => None,
    }
}

/// Reads a message from a worker; `None` if it is not one.
pub(crate) fn from_worker(message: &[u8]) -> Option<FromWorker<'_>> {
    let mut reader = Reader(message);
    match reader.byte()? {
        tag::READY => Some(FromWorker::Ready),
        tag::RESULT => {
            let seq = reader.u64()?;
            is_line(reader.0).then_some(FromWorker::Reply { seq, outcome: Ok(reader.0) })
        }
        tag::FAULT => {
            let seq = reader.u64()?;
            Some(FromWorker::Reply { seq, outcome: Err(serde_json::from_slice(reader.0).ok()?) })
        }
        tag::EMIT => {
            let length = usize::try_from(reader.u32()?).ok()?;
            let topic = std::str::from_utf8(reader.take(length)?).ok()?;
            Some(FromWorker::Emit { topic, payload: serde_json::from_slice(reader.0).ok()? })
        }
        tag::PROGRESS => Some(FromWorker::Progress { done: reader.u64()?, total: reader.u64()? }),
        _ => None,
    }
}

/// Whether these bytes can be part of a reply: JSON, on one line.
fn is_line(json: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(json) else { return false };
    text.bytes().all(|byte| byte >= b' ') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Writes the trace context of a call: its ids, zero if there is none, and whether it is sampled.
fn write_trace(trace: Option<TraceContext>, head: &mut Vec<u8>) {
    let (id, span) = trace.map_or((0, 0), |trace| (trace.trace_id(), trace.span_id()));
    head.extend_from_slice(&id.to_le_bytes());
    head.extend_from_slice(&span.to_le_bytes());
    head.push(trace.is_some_and(|trace| trace.is_sampled()).into());
}

fn read_trace(reader: &mut Reader<'_>) -> Option<Option<TraceContext>> {
    let id = reader.array().map(u128::from_le_bytes)?;
    Some(TraceContext::new(id, reader.u64()?, reader.byte()? == 1))
}

/// How a caller is written.
mod peer {
    pub(super) const NONE: u8 = 0;
    pub(super) const UNIX: u8 = 1;
    pub(super) const INET_4: u8 = 2;
    pub(super) const INET_6: u8 = 3;
    pub(super) const TLS: u8 = 4;
}

/// Writes a caller, so that the worker's handler sees the same one as the daemon.
fn write_caller(caller: Option<&Caller>, head: &mut Vec<u8>) {
    let Some(Caller { connection, peer, shown }) = caller else { return head.push(peer::NONE) };
    let mut begin = |kind| {
        head.push(kind);
        head.extend_from_slice(&connection.0.to_le_bytes());
    };
    match peer {
        Peer::Unix { pid, uid, gid, groups } => {
            begin(peer::UNIX);
            head.extend_from_slice(&pid.to_le_bytes());
            let count = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            let numbers = [*uid, *gid, count].into_iter().chain(groups.iter().copied());
            numbers.for_each(|number| head.extend_from_slice(&number.to_le_bytes()));
        }
        Peer::Inet(address) => {
            begin(family(address));
            write_address(address, head);
        }
        Peer::Tls(tls) => {
            begin(peer::TLS);
            head.push(family(&tls.address));
            write_address(&tls.address, head);
            let fingerprint = tls.certificate.as_deref().unwrap_or_default();
            head.push(u8::try_from(fingerprint.len()).unwrap_or_default());
            head.extend_from_slice(fingerprint.as_bytes());
        }
    }
    let token = shown.token().unwrap_or_default();
    head.push(u8::from(shown.is_member()) | u8::from(shown.has_dropped_rights()) << 1);
    head.push(u8::try_from(token.len()).unwrap_or_default());
    head.extend_from_slice(token.as_bytes());
}

/// The kind of a peer with this address.
fn family(address: &SocketAddr) -> u8 {
    if address.is_ipv4() { peer::INET_4 } else { peer::INET_6 }
}

fn write_address(address: &SocketAddr, head: &mut Vec<u8>) {
    match address {
        SocketAddr::V4(address) => {
            head.extend_from_slice(&address.ip().octets());
            head.extend_from_slice(&address.port().to_le_bytes());
        }
        SocketAddr::V6(address) => {
            head.extend_from_slice(&address.ip().octets());
            head.extend_from_slice(&address.port().to_le_bytes());
            head.extend_from_slice(&address.flowinfo().to_le_bytes());
            head.extend_from_slice(&address.scope_id().to_le_bytes());
        }
    }
}

fn read_caller(reader: &mut Reader<'_>) -> Option<Option<Caller>> {
    let kind = reader.byte()?;
    if kind == peer::NONE {
        return Some(None);
    }
    let connection = ConnectionId(reader.u64()?);
    let peer = match kind {
        peer::UNIX => {
            let (pid, uid, gid, count) = (reader.i32()?, reader.u32()?, reader.u32()?, reader.u32()?);
            let groups = (0..count).map(|_| reader.u32()).collect::<Option<Vec<u32>>>()?;
            Peer::Unix { pid, uid, gid, groups: groups.into() }
        }
        peer::TLS => {
            let family = reader.byte()?;
            let (address, length) = (read_address(family, reader)?, reader.byte()?);
            let fingerprint = std::str::from_utf8(reader.take(length.into())?).ok()?;
            Peer::Tls(TlsPeer { address, certificate: (length > 0).then(|| fingerprint.into()) }.into())
        }
        family => Peer::Inet(read_address(family, reader)?),
    };
    let (what, length) = (reader.byte()?, reader.byte()?);
    let (is_member, has_dropped_rights) = (what & 1 != 0, what & 2 != 0);
    let token = std::str::from_utf8(reader.take(length.into())?).ok()?;
    let shown = Shown::checked_elsewhere((length > 0).then_some(token), is_member, has_dropped_rights);
    Some(Some(Caller { shown, ..Caller::new(connection, peer) }))
}

fn read_address(family: u8, reader: &mut Reader<'_>) -> Option<SocketAddr> {
    match family {
        peer::INET_4 => {
            let ip: [u8; 4] = reader.array()?;
            Some(SocketAddr::from((ip, reader.u16()?)))
        }
        peer::INET_6 => {
            let (ip, port): ([u8; 16], _) = (reader.array()?, reader.u16()?);
            let (flow, scope) = (reader.u32()?, reader.u32()?);
            Some(SocketAddrV6::new(ip.into(), port, flow, scope).into())
        }
        _ => None,
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn bytes(parts: &Parts<'_>) -> Vec<u8> {
        parts.as_slices().concat()
    }

    #[test]
    fn a_worker_reads_what_a_daemon_writes() {
        let begin_of = Hello {
            name: "copy".to_owned(),
            version: "1.0".to_owned(),
            worker: "handyman".to_owned(),
            process: 3,
            directory: "/tmp".to_owned(),
            flags: vec![None, Some(vec!["a".to_owned(), "b c".to_owned()])],
            max_reply: 1024,
            verbosity: -1,
            log: "stderr".into(),
            paused: true,
            grace: Duration::from_millis(1500),
        };
        let unix = Peer::Unix { pid: 7, uid: 1000, gid: 100, groups: [4, 5].into() };
        let inet = Peer::Inet((Ipv4Addr::LOCALHOST, 80).into());
        let inet_6 = Peer::Inet(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 443, 1, 2).into());
        assert_eq!(to_worker(&bytes(&hello(&begin_of))), Some(ToWorker::Hello(Box::new(begin_of))));
        let address = (Ipv4Addr::LOCALHOST, 443).into();
        let tls = Peer::Tls(TlsPeer { address, certificate: None }.into());
        let certified = Peer::Tls(TlsPeer { address, certificate: Some("00ff".into()) }.into());
        for peer in [Some(unix), Some(inet), Some(inet_6), Some(tls), Some(certified), None] {
            let caller = peer.map(|peer| Caller::new(ConnectionId(1 << 40), peer));
            for params in [None, Some("[1]")] {
                let timeout = params.map(|_| Duration::from_millis(250));
                let trace = params.map(|_| TraceContext::root());
                let (seq, method) = (u64::MAX, 9);
                let head = Call { seq, method, timeout, caller: caller.as_ref(), trace };
                let message = bytes(&call(&head, params.unwrap_or("").as_bytes()));
                let caller = caller.clone();
                let expected = ToWorker::Call { seq, method, timeout, caller, trace, params };
                assert_eq!(to_worker(&message), Some(expected));
            }
        }
        assert_eq!(to_worker(&bytes(&pause())), Some(ToWorker::Pause));
        assert_eq!(to_worker(&bytes(&resume())), Some(ToWorker::Resume));
        assert_eq!(to_worker(&bytes(&reload())), Some(ToWorker::Reload));
    }

    #[test]
    fn a_daemon_reads_what_a_worker_writes() {
        let refused = Fault::new(3, "no").with_data(json!([1]));
        let payload = json!({"a": "é\n"});
        assert_eq!(from_worker(&bytes(&ready())), Some(FromWorker::Ready));
        let reply = |outcome| Some(FromWorker::Reply { seq: 8, outcome });
        assert_eq!(from_worker(&bytes(&result(8, b"{\"x\":1}"))), reply(Ok(b"{\"x\":1}")));
        assert_eq!(from_worker(&bytes(&fault(8, &refused))), reply(Err(refused)));
        assert_eq!(
            from_worker(&bytes(&emit("topic é", &payload))),
            Some(FromWorker::Emit { topic: "topic é", payload })
        );
        assert_eq!(from_worker(&bytes(&progress(1, 2))), Some(FromWorker::Progress { done: 1, total: 2 }));
    }

    #[test]
    fn a_result_that_would_break_the_line_of_a_reply_is_refused() {
        for json in ["", "{", "1 2", "[1,\n2]", "\"\t\"", "nul", "\u{7f}"] {
            assert_eq!(from_worker(&bytes(&result(1, json.as_bytes()))), None, "{json:?}");
        }
        assert_eq!(from_worker(&bytes(&result(1, b"\"\xff\""))), None);
    }

    /// A call without a caller.
    fn plain(params: &[u8]) -> Vec<u8> {
        bytes(&call(&Call { seq: 1, method: 2, timeout: None, caller: None, trace: None }, params))
    }

    proptest! {
        #[test]
        fn a_result_is_json_whatever_bytes_a_worker_sends(mut message: Vec<u8>, seq: u64) {
            message.splice(0..0, bytes(&result(seq, b"")));
            if let Some(FromWorker::Reply { outcome: Ok(json), .. }) = from_worker(&message) {
                prop_assert!(serde_json::from_slice::<Value>(json).is_ok());
            }
        }

        #[test]
        fn any_bytes_do_not_panic(message: Vec<u8>) {
            let _ = (to_worker(&message), from_worker(&message));
        }

        #[test]
        fn a_call_that_was_cut_off_is_no_other_call(cut in 0_usize..60) {
            let mut message = plain(b"[1]");
            message.truncate(cut);
            if let Some(told) = to_worker(&message) {
                let is_the_call =
                    matches!(told, ToWorker::Call { seq: 1, method: 2, timeout: None, caller: None, trace: None, params } if "[1]".starts_with(params.unwrap_or_default()));
                prop_assert!(is_the_call, "{told:?}");
            }
        }

        #[test]
        fn a_message_that_was_cut_off_does_not_panic(cut in 0_usize..60, tag in 0_u8..12) {
            let mut message = plain(b"[1]");
            message[0] = tag;
            message.truncate(cut);
            let _ = (to_worker(&message), from_worker(&message));
        }
    }
}
