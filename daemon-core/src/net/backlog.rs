//! What waits for room in the output of a connection: late messages, and items of subscriptions.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::dialect::Dialect;
use crate::rpc::output::Output;
use crate::rpc::subscription::ItemQueue;

/// The most items of subscriptions that one connection gets in one turn; the others wait for the next.
const ITEMS_PER_TURN: usize = 256;

/// What waits for room in the output.
#[derive(Default)]
pub(super) struct Backlog {
    /// At most as many as there are calls in flight.
    messages: VecDeque<Vec<u8>>,
    /// Subscriptions with something to send, which take turns: at most as many as the peer has.
    items: VecDeque<Arc<ItemQueue>>,
    /// How many items were moved in this turn.
    moved: usize,
}

impl Backlog {
    /// Whether a message is waiting: then later ones wait, too.
    pub(super) fn has_messages(&self) -> bool {
        !self.messages.is_empty()
    }

    pub(super) fn push_message(&mut self, message: Vec<u8>) {
        self.messages.push_back(message);
    }

    /// Whether items may be waiting.
    pub(super) fn has_items(&self) -> bool {
        !self.items.is_empty()
    }

    pub(super) fn push_items(&mut self, queue: Arc<ItemQueue>) {
        self.items.push_back(queue);
    }

    /// Allows another share of items.
    pub(super) fn begin_turn(&mut self) {
        self.moved = 0;
    }

    /// Moves messages, then items, into the output, as long as it has less than `soft` bytes. Returns whether it moved any.
    pub(super) fn refill(&mut self, dialect: &mut Dialect, output: &mut Output, soft: usize) -> bool {
        let messages = self.refill_messages(output, soft);
        self.refill_items(dialect, output, soft) || messages
    }

    fn refill_messages(&mut self, output: &mut Output, soft: usize) -> bool {
        let before = self.messages.len();
        while output.len() < soft
            && let Some(message) = self.messages.pop_front()
        {
            output.push_bytes(&message);
        }
        self.messages.len() < before
    }

    /// Moves one item of each subscription in turn.
    fn refill_items(&mut self, dialect: &mut Dialect, output: &mut Output, soft: usize) -> bool {
        let before = self.moved;
        while self.moved < ITEMS_PER_TURN
            && output.len() < soft
            && let Some(queue) = self.items.pop_front()
        {
            if let Some(next) = queue.pop() {
                dialect.item(&queue, next, output);
                self.items.push_back(queue);
                self.moved += 1;
            }
        }
        self.moved > before
    }
}
