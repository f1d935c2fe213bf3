//! Replies that come later: their ids, and the batches that wait for them.

use foldhash::HashMap;
use serde_json::Value;
use slab::Slab;

use super::Deferred;
use super::reply::write_late_reply;
use super::request::NO_ID;
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::holes::Holes;
use crate::rpc::output::{Output, Part};

/// The longest number that is read to find an id. No number with a meaning is written longer.
const LONGEST_NUMBER: usize = 400;
/// How many bytes of an escape make one of text, at most.
const ESCAPE: usize = "\\u0000".len();

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
        let calls = &self.0.as_ref()?.calls;
        calls.iter().find(|(_, waiting)| is_written(id, &waiting.id)).map(|(call, _)| *call)
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

/// Whether an id is written as this text. Ids may be as long as a frame and many: a text is read only if it must be.
fn is_written(id: &Value, text: &str) -> bool {
    let plain = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let may_be = match (id, plain) {
        (Value::String(id), Some(plain)) => match plain.find('\\') {
            None => return id == plain,
            Some(escape) => {
                (plain.len().div_ceil(ESCAPE)..plain.len()).contains(&id.len())
                    && id.as_bytes().starts_with(&plain.as_bytes()[..escape])
            }
        },
        (Value::Number(_), None) => text.len() <= LONGEST_NUMBER,
        (Value::Null, None) => return text == NO_ID,
        _ => false,
    };
    may_be && serde_json::from_str::<Value>(text).is_ok_and(|written| written == *id)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_found_however_it_is_written() {
        for (id, text, expected) in [
            (json!("ab"), r#""ab""#, true),
            (json!("ab"), r#""a\u0062""#, true),
            (json!("\u{1f600}"), r#""\ud83d\ude00""#, true),
            (json!("\"\\"), r#""\"\\""#, true),
            (json!("ab"), r#""a\u0063""#, false),
            (json!("ab"), r#""ab\n""#, false),
            (json!("a"), r#""""#, false),
            (json!("1"), "1", false),
            (json!(1), "1", true),
            (json!(1), r#""1""#, false),
            (json!(1.5), "15e-1", true),
            (json!(1), "2", false),
            (Value::Null, "null", true),
            (Value::Null, "0", false),
            (json!([1]), "1", false),
        ] {
            assert_eq!(is_written(&id, text), expected, "{id} as {text}");
        }
    }
}
