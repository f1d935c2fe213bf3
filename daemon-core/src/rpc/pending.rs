//! Replies that are still pending: which call they belong to, and where they go when they come.
//!
//! A call that stands alone is answered on its connection. One that is part of a batch or a multicall leaves a hole
//! in what has been written of the whole; when the last hole is filled the whole is sent.

use std::collections::HashMap;
use std::time::Instant;

use slab::Slab;

use super::call::CallId;
use super::output::{Output, Part};
use super::reply::{write_late_element, write_late_reply};
use crate::caller::{Caller, ConnectionId};
use crate::fault::Fault;

/// Every pending reply.
pub(crate) struct PendingReplies {
    /// Bytes that the results of one group may take together.
    limit: usize,
    /// At most [`PENDING_PER_CONNECTION`] and a batch for each connection: above that it is not read from.
    calls: HashMap<Option<ConnectionId>, HashMap<CallId, PendingReply>>,
    groups: Slab<Group>,
}

/// How many replies may be pending on one connection before nothing more is read from it.
pub(crate) const PENDING_PER_CONNECTION: usize = 256;

/// One pending reply.
pub(crate) struct PendingReply {
    pub(crate) form: ReplyForm,
    pub(crate) target: Target,
    pub(crate) method: Option<usize>,
    pub(crate) started: Instant,
    pub(crate) caller: Option<Caller>,
}

/// How a reply is written.
#[derive(Debug)]
pub(crate) enum ReplyForm {
    /// Not at all: it was a notification.
    Silent,
    /// As a reply of JSON-RPC to the request with this id.
    Reply { id: Box<str> },
    /// As an element of the result of `system.multicall`.
    Element,
}

/// Where a reply goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Connection,
    /// A hole of a group.
    Hole(GroupId, usize),
}

/// A batch or a multicall with holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GroupId(usize);

struct Group {
    written: Part,
    holes: Vec<Hole>,
    connection: Option<ConnectionId>,
    on_complete: OnComplete,
}

struct Hole {
    /// Where it is in what was written.
    at: usize,
    filled: Option<Part>,
}

/// What happens when a group is whole.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnComplete {
    /// It is a frame of its connection.
    Send,
    /// It is the reply to a call: that of `system.multicall`.
    OnReply(CallId),
}

/// A late reply that has been taken in.
#[derive(Debug)]
pub(crate) struct LateReply {
    pub(crate) connection: ConnectionId,
    /// The frame that it completes, with its line end; none if it was not asked for, or is a part of a whole.
    pub(crate) frame: Option<Vec<u8>>,
}

impl PendingReplies {
    pub(crate) fn new(limit: usize) -> Self {
        PendingReplies { limit, calls: HashMap::new(), groups: Slab::new() }
    }

    pub(crate) fn defer_reply(&mut self, call_id: CallId, pending_reply: PendingReply) {
        self.calls.entry(call_id.connection()).or_default().insert(call_id, pending_reply);
    }

    pub(crate) fn pending_reply(&self, call_id: CallId) -> Option<&PendingReply> {
        self.calls.get(&call_id.connection())?.get(&call_id)
    }

    /// Starts a group; its holes are known when everything in it has been called.
    pub(crate) fn open(&mut self, connection: Option<ConnectionId>) -> GroupId {
        let group =
            Group { written: Part::default(), holes: Vec::new(), connection, on_complete: OnComplete::Send };
        GroupId(self.groups.insert(group))
    }

    /// Leaves a hole in a group at this place of what was written of it.
    pub(crate) fn leave_hole(&mut self, group: GroupId, at: usize) -> Target {
        let holes = &mut self.groups[group.0].holes;
        holes.push(Hole { at, filled: None });
        Target::Hole(group, holes.len() - 1)
    }

    /// Ends a group: gives it what was written of it, or drops it if it has no holes.
    pub(crate) fn close(
        &mut self,
        group: GroupId,
        on_complete: OnComplete,
        written: impl FnOnce() -> Part,
    ) -> bool {
        if self.groups[group.0].holes.is_empty() {
            self.groups.remove(group.0);
            return false;
        }
        let group = &mut self.groups[group.0];
        group.on_complete = on_complete;
        group.written = written();
        true
    }

    /// How many replies are pending on a connection.
    pub(crate) fn count(&self, connection: ConnectionId) -> usize {
        self.calls.get(&Some(connection)).map_or(0, HashMap::len)
    }

    /// Every call without a reply.
    pub(crate) fn call_ids(&self) -> Vec<CallId> {
        self.calls.values().flat_map(HashMap::keys).copied().collect()
    }

    /// Forgets the calls of a connection that has gone.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        if self.calls.remove(&Some(connection)).is_some() {
            self.groups.retain(|_, group| group.connection != Some(connection));
        }
    }

    /// Takes a reply; returns the frame that it completes, if it does.
    pub(crate) fn complete(&mut self, call_id: CallId, outcome: Result<Vec<u8>, Fault>) -> Option<Vec<u8>> {
        self.complete_part(call_id, outcome.map(Part::result))
    }

    fn complete_part(&mut self, call_id: CallId, outcome: Result<Part, Fault>) -> Option<Vec<u8>> {
        let pending_reply = self.take(call_id)?;
        let taken = match pending_reply.target {
            Target::Connection => 0,
            Target::Hole(group, _) => self.groups.get(group.0).map_or(0, Group::results),
        };
        let mut output = Output::beside(taken, self.limit);
        let start = output.mark();
        match &pending_reply.form {
            ReplyForm::Silent => return None,
            ReplyForm::Reply { id } => write_late_reply(&mut output, id, outcome),
            ReplyForm::Element => write_late_element(&mut output, outcome),
        }
        match pending_reply.target {
            Target::Connection => {
                output.push("\n");
                Some(output.take())
            }
            Target::Hole(group, hole) => self.fill(group, hole, output.split_off(start)),
        }
    }

    fn take(&mut self, call_id: CallId) -> Option<PendingReply> {
        let calls = self.calls.get_mut(&call_id.connection())?;
        let pending_reply = calls.remove(&call_id)?;
        if calls.is_empty() {
            self.calls.remove(&call_id.connection());
        }
        Some(pending_reply)
    }

    fn fill(&mut self, id: GroupId, hole: usize, written: Part) -> Option<Vec<u8>> {
        let group = self.groups.get_mut(id.0)?;
        group.holes.get_mut(hole)?.filled = Some(written);
        if group.holes.iter().any(|hole| hole.filled.is_none()) {
            return None;
        }
        let group = self.groups.remove(id.0);
        let mut whole = group.join();
        match group.on_complete {
            OnComplete::OnReply(call_id) => self.complete_part(call_id, Ok(whole)),
            OnComplete::Send => {
                whole.bytes.push(b'\n');
                Some(whole.bytes)
            }
        }
    }
}

impl Group {
    /// Bytes of the results that have been written so far.
    fn results(&self) -> usize {
        let filled = self.holes.iter().filter_map(|hole| hole.filled.as_ref());
        self.written.results + filled.map(|part| part.results).sum::<usize>()
    }

    fn join(&self) -> Part {
        let written = &self.written.bytes;
        let mut whole = Vec::with_capacity(written.len());
        let mut from = 0;
        for hole in &self.holes {
            whole.extend_from_slice(&written[from..hole.at]);
            whole.extend_from_slice(hole.filled.as_ref().map_or(&[], |part| &part.bytes));
            from = hole.at;
        }
        whole.extend_from_slice(&written[from..]);
        Part { bytes: whole, results: self.results() }
    }
}
