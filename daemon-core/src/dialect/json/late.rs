//! Replies that come later: their ids, and the batches that wait for them.

use foldhash::HashMap;
use serde_json::Value;
use slab::Slab;

use super::Deferred;
use super::reply::write_late_reply;
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::holes::Holes;
use crate::rpc::output::{Output, Part};

/// The calls of a connection whose replies come later. Their number is bounded where calls are made.
#[derive(Default)]
pub(crate) struct Late(Option<Box<Table>>);

#[derive(Default)]
struct Table {
    calls: HashMap<CallId, Waiting>,
    batches: Slab<Holes>,
}

/// A request that waits for its reply.
struct Waiting {
    id: Box<str>,
    /// The batch that it belongs to, and its hole there.
    hole: Option<(usize, usize)>,
}

impl Late {
    /// Remembers a request that is not part of a batch.
    pub(super) fn wait(&mut self, Deferred { call, id }: Deferred<'_>) {
        self.table().calls.insert(call, Waiting { id: id.into(), hole: None });
    }

    /// Remembers a batch and its waiting requests, each with its position in the text written so far.
    pub(super) fn wait_for_batch(&mut self, written: Part, waiting: &[(usize, Deferred<'_>)]) {
        let table = self.table();
        let batch = table.batches.insert(Holes::new(written, waiting.iter().map(|(at, _)| *at)));
        for (hole, (_, Deferred { call, id })) in waiting.iter().enumerate() {
            table.calls.insert(*call, Waiting { id: (*id).into(), hole: Some((batch, hole)) });
        }
    }

    /// Returns the call in flight with this id.
    pub(super) fn find(&self, id: &Value) -> Option<CallId> {
        let has_id =
            |waiting: &Waiting| serde_json::from_str::<Value>(&waiting.id).is_ok_and(|own| own == *id);
        let calls = &self.0.as_ref()?.calls;
        calls.iter().find(|(_, waiting)| has_id(waiting)).map(|(call, _)| *call)
    }

    /// Appends the reply to a call, or the batch that it completes. Appends nothing if the call was a notification.
    pub(crate) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        let Some(table) = &mut self.0 else { return };
        let Some(Waiting { id, hole }) = table.calls.remove(&call) else { return };
        match hole {
            None => {
                output.begin();
                write_late_reply(output, &id, outcome);
            }
            Some((batch, hole)) => table.fill(batch, hole, output, &id, outcome),
        }
        if table.calls.is_empty() {
            self.0 = None;
        }
    }

    /// Whether no reply is outstanding.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn table(&mut self) -> &mut Table {
        self.0.get_or_insert_default()
    }
}

impl Table {
    fn fill(
        &mut self,
        batch: usize,
        hole: usize,
        output: &mut Output,
        id: &str,
        outcome: Result<Part, Fault>,
    ) {
        let Some(holes) = self.batches.get_mut(batch) else { return };
        holes.fill(hole, output.limit(), |output| write_late_reply(output, id, outcome));
        if holes.is_whole() {
            output.push_bytes(&self.batches.remove(batch).join().bytes);
        }
    }
}
