//! Items of subscriptions, as notifications (section 4.1).

use super::reply::write_error;
use crate::rpc::output::Output;
use crate::rpc::subscription::{ItemQueue, Next};

/// Appends an item, or the end of its subscription:
///
/// ```json
/// {"jsonrpc":"2.0","method":"clock.watch","params":{"subscription":7,"missed":3,"result":60}}
/// {"jsonrpc":"2.0","method":"clock.watch","params":{"subscription":7,"end":true,"error":{"code":1,"message":"no"}}}
/// ```
///
/// `missed` and `error` are there only if items were missed, and if it ended with a fault.
pub(in crate::dialect) fn write_item(queue: &ItemQueue, next: Next, output: &mut Output) {
    output.push("{\"jsonrpc\":\"2.0\",\"method\":");
    output.text(&queue.method);
    output.push(",\"params\":{\"subscription\":");
    output.number(queue.id.0);
    match next {
        Next::Item { json, missed } => {
            if missed > 0 {
                output.push(",\"missed\":");
                output.number(missed);
            }
            output.push(",\"result\":");
            output.push_bytes(&json);
        }
        Next::End(Ok(())) => output.push(",\"end\":true"),
        Next::End(Err(fault)) => {
            output.push(",\"end\":true,\"error\":");
            output.begin();
            write_error(output, &fault);
        }
    }
    output.push("}}");
}
