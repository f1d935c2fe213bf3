//! Calls of tools whose responses come later, and the items that are gathered for them.

use foldhash::HashMap;
use serde_json::Value;

use super::outcome::{Tail, write_tool_fault, write_tool_result};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{ItemQueue, Next};
use crate::rpc::tools::Form;

/// Which part of the limit of a result all gathered items may have. They are in it twice, once with escapes.
const SHARE: usize = 4;

/// The calls of a connection whose responses come later. Their number is bounded where calls are made.
#[derive(Default)]
pub(crate) struct Late(HashMap<CallId, Waiting>);

/// A request that waits for its response.
pub(super) struct Waiting {
    pub(super) id: Box<str>,
    pub(super) tail: Tail,
    pub(super) form: Form,
    /// The items so far, if the method has a subscription.
    pub(super) gathering: Option<Gathering>,
}

/// The items of a subscription, up to the limit `items`.
pub(super) struct Gathering {
    /// Their texts, with commas in between.
    items: Vec<u8>,
    count: usize,
    most: usize,
    missed: u64,
    /// The token of notifications of progress, if the peer wants them.
    progress: Option<Box<str>>,
    end: Option<Result<End, Fault>>,
}

/// How gathering has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// These are all items.
    Whole,
    /// There were more than it takes.
    Full,
    /// The daemon has ended the subscription: it stops, or the peer sends nothing more.
    Cut,
}

impl Late {
    pub(super) fn wait(&mut self, call: CallId, waiting: Waiting) {
        self.0.insert(call, waiting);
    }

    /// Takes the request with this id.
    pub(super) fn take(&mut self, id: &Value) -> Option<(CallId, Waiting)> {
        let has_id =
            |waiting: &Waiting| serde_json::from_str::<Value>(&waiting.id).is_ok_and(|own| own == *id);
        let call = self.0.iter().find(|(_, waiting)| has_id(waiting)).map(|(call, _)| *call)?;
        self.0.remove(&call).map(|waiting| (call, waiting))
    }

    /// Whether no response is outstanding.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the response to a call. Appends nothing if it was cancelled.
    pub(crate) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        let Some(waiting) = self.0.remove(&call) else { return };
        output.begin();
        match outcome {
            Ok(result) => write_tool_result(output, &waiting.id, &waiting.tail, waiting.form, &result.bytes),
            Err(fault) => write_tool_fault(output, &waiting.id, &waiting.tail, &fault),
        }
    }

    /// Gathers an item of a subscription, and appends a notification of progress if the peer wants it. A subscription that
    /// has sent too many items is ended.
    pub(crate) fn item(&mut self, queue: &ItemQueue, next: Next, output: &mut Output) {
        let Some(gathering) = self.gathering(queue.id) else { return };
        match next {
            Next::Item { json, missed } => {
                let fits = gathering.add(&json, missed, output.limit() / SHARE);
                if fits {
                    gathering.report(&json, output);
                }
                if !fits || gathering.count == gathering.most {
                    queue.close();
                    gathering.end = Some(Ok(End::Full));
                }
            }
            Next::End(end) => {
                gathering.end = Some(end.map(|()| if queue.is_cut() { End::Cut } else { End::Whole }));
            }
        }
    }

    /// Appends the response with what was gathered, if that has ended.
    pub(crate) fn gathered(&mut self, queue: &ItemQueue, output: &mut Output) {
        let Some(gathering) = self.gathering(queue.id) else { return };
        if let Some(end) = gathering.end.take() {
            let result = end.map(|end| Part::result(gathering.result(end)));
            self.reply(queue.id, result, output);
        }
    }

    fn gathering(&mut self, call: CallId) -> Option<&mut Gathering> {
        self.0.get_mut(&call)?.gathering.as_mut()
    }
}

impl Gathering {
    pub(super) fn new(most: usize, progress: Option<&str>) -> Self {
        let progress = progress.map(Box::from);
        Gathering { items: Vec::new(), count: 0, most, missed: 0, progress, end: None }
    }

    /// Adds an item, if all of them then have at most `room` bytes; returns whether they do.
    fn add(&mut self, item: &[u8], missed: u64, room: usize) -> bool {
        self.missed += missed;
        if self.items.len() + item.len() > room {
            return false;
        }
        if self.count > 0 {
            self.items.push(b',');
        }
        self.items.extend_from_slice(item);
        self.count += 1;
        true
    }

    /// Appends a notification of progress with the latest item as its text. Progress is the number of items.
    fn report(&self, item: &[u8], output: &mut Output) {
        let (Some(token), Ok(item)) = (&self.progress, str::from_utf8(item)) else { return };
        output.push(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":",
        );
        output.push(token);
        output.push(",\"progress\":");
        output.number(self.count as u64);
        output.push(",\"message\":");
        output.text(item);
        output.push("}}");
    }

    /// Returns the result: what was gathered, how many items were lost in between, and why there may be more.
    fn result(&self, end: End) -> Vec<u8> {
        let mut json = b"{\"items\":[".to_vec();
        json.extend_from_slice(&self.items);
        json.push(b']');
        if self.missed > 0 {
            json.extend_from_slice(format!(",\"missed\":{}", self.missed).as_bytes());
        }
        let rest: &[u8] = match end {
            End::Whole => b"}",
            End::Full => b",\"more\":true,\"reason\":\"there were too many\"}",
            End::Cut => b",\"more\":true,\"reason\":\"the daemon ended the stream\"}",
        };
        json.extend_from_slice(rest);
        json
    }
}
