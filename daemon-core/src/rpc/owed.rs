//! Answers that are still owed: which call they belong to, and where they go when they come.
//!
//! A call that stands alone is answered on its connection. One that is part of a batch or a multicall leaves a hole
//! in what has been written of the whole; when the last hole is filled the whole is sent.

use std::collections::HashMap;
use std::time::Instant;

use slab::Slab;

use super::call::Ticket;
use super::output::{Output, Part};
use super::reply::{write_late_element, write_late_reply};
use crate::caller::{Caller, ConnectionId};
use crate::fault::Fault;

/// Every answer that is owed.
pub(crate) struct Owed {
    /// Bytes that the results of one group may take together.
    limit: usize,
    /// At most [`OWED_PER_CONNECTION`] and a batch for each connection: above that it is not read from.
    debts: HashMap<Option<ConnectionId>, HashMap<Ticket, Debt>>,
    groups: Slab<Group>,
}

/// How many answers may be owed on one connection before nothing more is read from it.
pub(crate) const OWED_PER_CONNECTION: usize = 256;

/// One owed answer.
pub(crate) struct Debt {
    pub(crate) form: Form,
    pub(crate) target: Target,
    pub(crate) method: Option<usize>,
    pub(crate) started: Instant,
    pub(crate) caller: Option<Caller>,
}

/// How an answer is written.
#[derive(Debug)]
pub(crate) enum Form {
    /// Not at all: it was a notification.
    Silent,
    /// As a reply of JSON-RPC to the request with this id.
    Reply { id: Box<str> },
    /// As an element of the result of `system.multicall`.
    Element,
}

/// Where an answer goes.
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
    then: Then,
}

struct Hole {
    /// Where it is in what was written.
    at: usize,
    filled: Option<Part>,
}

/// What happens when a group is whole.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    /// It is a frame of its connection.
    Send,
    /// It is the answer to a call: that of `system.multicall`.
    Settle(Ticket),
}

/// A late answer that has been taken in.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) connection: ConnectionId,
    /// The frame that it completes, with its line end; none if it was not asked for, or is a part of a whole.
    pub(crate) frame: Option<Vec<u8>>,
}

impl Owed {
    pub(crate) fn new(limit: usize) -> Self {
        Owed { limit, debts: HashMap::new(), groups: Slab::new() }
    }

    pub(crate) fn owe(&mut self, ticket: Ticket, debt: Debt) {
        self.debts.entry(ticket.connection()).or_default().insert(ticket, debt);
    }

    pub(crate) fn debt(&self, ticket: Ticket) -> Option<&Debt> {
        self.debts.get(&ticket.connection())?.get(&ticket)
    }

    /// Starts a group; its holes are known when everything in it has been called.
    pub(crate) fn open(&mut self, connection: Option<ConnectionId>) -> GroupId {
        let group = Group { written: Part::default(), holes: Vec::new(), connection, then: Then::Send };
        GroupId(self.groups.insert(group))
    }

    /// Leaves a hole in a group at this place of what was written of it.
    pub(crate) fn leave_hole(&mut self, group: GroupId, at: usize) -> Target {
        let holes = &mut self.groups[group.0].holes;
        holes.push(Hole { at, filled: None });
        Target::Hole(group, holes.len() - 1)
    }

    /// Ends a group: gives it what was written of it, or drops it if it has no holes.
    pub(crate) fn close(&mut self, group: GroupId, then: Then, written: impl FnOnce() -> Part) -> bool {
        if self.groups[group.0].holes.is_empty() {
            self.groups.remove(group.0);
            return false;
        }
        let group = &mut self.groups[group.0];
        group.then = then;
        group.written = written();
        true
    }

    /// How many answers are owed on a connection.
    pub(crate) fn count(&self, connection: ConnectionId) -> usize {
        self.debts.get(&Some(connection)).map_or(0, HashMap::len)
    }

    /// Every ticket that is owed.
    pub(crate) fn tickets(&self) -> Vec<Ticket> {
        self.debts.values().flat_map(HashMap::keys).copied().collect()
    }

    /// Forgets what is owed on a connection that has gone.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        if self.debts.remove(&Some(connection)).is_some() {
            self.groups.retain(|_, group| group.connection != Some(connection));
        }
    }

    /// Takes an answer in; gives back the frame that it completes, if it does.
    pub(crate) fn settle(&mut self, ticket: Ticket, outcome: Result<Vec<u8>, Fault>) -> Option<Vec<u8>> {
        self.settle_part(ticket, outcome.map(Part::result))
    }

    fn settle_part(&mut self, ticket: Ticket, outcome: Result<Part, Fault>) -> Option<Vec<u8>> {
        let debt = self.take(ticket)?;
        let taken = match debt.target {
            Target::Connection => 0,
            Target::Hole(group, _) => self.groups.get(group.0).map_or(0, Group::results),
        };
        let mut output = Output::beside(taken, self.limit);
        let start = output.mark();
        match &debt.form {
            Form::Silent => return None,
            Form::Reply { id } => write_late_reply(&mut output, id, outcome),
            Form::Element => write_late_element(&mut output, outcome),
        }
        match debt.target {
            Target::Connection => {
                output.push("\n");
                Some(output.take())
            }
            Target::Hole(group, hole) => self.fill(group, hole, output.split_off(start)),
        }
    }

    fn take(&mut self, ticket: Ticket) -> Option<Debt> {
        let debts = self.debts.get_mut(&ticket.connection())?;
        let debt = debts.remove(&ticket)?;
        if debts.is_empty() {
            self.debts.remove(&ticket.connection());
        }
        Some(debt)
    }

    fn fill(&mut self, id: GroupId, hole: usize, written: Part) -> Option<Vec<u8>> {
        let group = self.groups.get_mut(id.0)?;
        group.holes.get_mut(hole)?.filled = Some(written);
        if group.holes.iter().any(|hole| hole.filled.is_none()) {
            return None;
        }
        let group = self.groups.remove(id.0);
        let mut whole = group.join();
        match group.then {
            Then::Settle(ticket) => self.settle_part(ticket, Ok(whole)),
            Then::Send => {
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
