//! Subscriptions: results that come one by one, as long as both sides want them.
//!
//! A handler keeps a [`Subscription`] and sends items, from any thread. They wait in a bounded queue until the
//! connection has room: a peer that reads too slowly misses the oldest ones, and learns how many.

mod subscribers;

use std::any::type_name;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Cx, Poll, Waker};

use serde::Serialize;

pub use self::subscribers::Subscribers;
use super::call::Mailbox;
use crate::caller::ConnectionId;
use crate::context::CallId;
use crate::fault::Fault;

/// The handler's end of a subscription: items of type `T` for the caller, until either side ends it.
///
/// A handler takes one in place of a result. The call is answered with the number of the subscription as soon as the
/// handler returns, and each item follows as a notification. It ends when the handler drops it, when the caller
/// unsubscribes or hangs up, and when the daemon stops.
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[daemon(name = "clock")]
/// #[derive(Default)]
/// struct Clock {
///     seconds: u64,
///     subscribers: Subscribers<u64>,
/// }
///
/// #[daemon]
/// impl Clock {
///     /// The seconds since the start, as they pass.
///     #[rpc_method]
///     fn watch(&mut self, subscription: Subscription<u64>) {
///         self.subscribers.add(subscription);
///     }
///
///     #[every("1s")]
///     fn tick(&mut self) {
///         self.seconds += 1;
///         self.subscribers.publish(&self.seconds);
///     }
/// }
/// ```
#[must_use = "a subscription that is dropped ends"]
pub struct Subscription<T> {
    queue: Arc<ItemQueue>,
    mailbox: Arc<Mailbox>,
    /// Whether the subscription ends when this is dropped: not if a function beside the loop ends it.
    ends: bool,
    item: PhantomData<fn(T)>,
}

impl<T> Subscription<T> {
    pub(super) fn new(queue: Arc<ItemQueue>, mailbox: Arc<Mailbox>) -> Self {
        Subscription { queue, mailbox, ends: true, item: PhantomData }
    }

    /// Returns another handle, which ends the subscription instead of this one.
    pub(crate) fn split(mut self) -> (Self, Subscription<()>) {
        self.ends = false;
        let end = Subscription::new(self.queue.clone(), self.mailbox.clone());
        (self, end)
    }

    pub(crate) fn call_id(&self) -> CallId {
        self.queue.id
    }

    /// The number of this subscription, as the caller knows it. It is never used again while the daemon lives.
    pub fn id(&self) -> u64 {
        self.queue.id.0
    }

    /// Whether the caller no longer listens: then nothing more can be sent.
    pub fn is_ended(&self) -> bool {
        self.queue.closed.load(Ordering::Acquire)
    }

    /// Ends the subscription after the items that were sent. Dropping it does the same; a method that runs in a thread
    /// or as a future ends it when it returns.
    pub fn end(self) {
        self.announce(self.queue.end(None));
    }

    /// Ends the subscription with a fault, after the items that were sent.
    pub fn fail(self, fault: impl Into<Fault>) {
        self.announce(self.queue.end(Some(fault.into())));
    }

    /// Waits until the queue has room, so that the next item drops none: for a future that is faster than its caller reads.
    ///
    /// # Errors
    ///
    /// [`Ended`] if nobody listens any more.
    pub async fn room(&self) -> Result<(), Ended> {
        poll_fn(|cx| self.queue.poll_room(cx, self.mailbox.items(), self.mailbox.item_bytes())).await
    }

    /// Sends an item of another type, of the same form.
    pub(crate) fn send_as(&self, item: &impl Serialize) -> Result<(), Ended> {
        if self.is_ended() {
            return Err(Ended);
        }
        self.push(self.mailbox.json(item).map(Arc::from))
    }

    /// Sends an item that was written as JSON, before which the caller has missed so many.
    pub(crate) fn forward(&self, item: Arc<[u8]>, missed: u64) -> Result<(), Ended> {
        self.queue.waiting().missed += missed;
        self.push(Ok(item))
    }

    /// Appends an item that was written as JSON.
    fn push(&self, item: Result<Arc<[u8]>, Fault>) -> Result<(), Ended> {
        if self.is_ended() {
            return Err(Ended);
        }
        match item {
            Ok(item) => self.announce(self.queue.push(item, self.mailbox.items(), self.mailbox.item_bytes())),
            Err(fault) => {
                self.announce(self.queue.end(Some(fault)));
                return Err(Ended);
            }
        }
        Ok(())
    }

    /// Tells the loop that there is something to send, if it does not know yet.
    fn announce(&self, is_news: bool) {
        if is_news {
            self.mailbox.push_items(self.queue.clone());
        }
    }
}

impl<T: Serialize> Subscription<T> {
    /// Sends an item. It is written as JSON at once, and goes out when the connection has room; if too many wait, the
    /// oldest is dropped, and the caller learns how many it has missed.
    ///
    /// # Errors
    ///
    /// [`Ended`] if nobody listens any more. An item that JSON cannot represent, or that is longer than the limit
    /// `output_hard`, ends the subscription with a fault.
    pub fn send(&self, item: &T) -> Result<(), Ended> {
        self.send_as(item)
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        if self.ends {
            self.announce(self.queue.end(None));
        }
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subscription<{}>({})", type_name::<T>(), self.id())
    }
}

/// The error of [`Subscription::send`]: the caller has unsubscribed or hung up, or the daemon is stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the subscription has ended")
    }
}

impl std::error::Error for Ended {}

/// The items of one subscription that wait for its connection.
pub(crate) struct ItemQueue {
    pub(crate) id: CallId,
    pub(crate) connection: ConnectionId,
    /// The method that was called, by its name on the wire.
    pub(crate) method: Box<str>,
    waiting: Mutex<Waiting>,
    /// Whether nothing more is taken: readable without the lock, written only under it.
    closed: AtomicBool,
}

/// What waits in a queue.
#[derive(Default)]
struct Waiting {
    /// JSON texts. At the bounds, the oldest is dropped.
    items: VecDeque<Arc<[u8]>>,
    /// The length of all of them.
    bytes: usize,
    /// How many were dropped since the last one was taken.
    missed: u64,
    /// How the handler has ended the subscription, until the caller was told.
    end: Option<End>,
    /// Whether the handler might have sent more.
    cut: bool,
    /// Whether the loop knows that something waits.
    announced: bool,
    /// The futures that wait for room: one for each task that the program has with this subscription.
    room: Vec<Waker>,
}

impl Waiting {
    /// Wakes the futures that wait for room.
    fn wake(&mut self) {
        self.room.drain(..).for_each(Waker::wake);
    }
}

/// How a subscription ends: well, or with a fault.
type End = Result<(), Fault>;

/// What to send next.
#[derive(Debug)]
pub(crate) enum Next {
    /// An item as JSON text, and how many before it were dropped.
    Item { json: Arc<[u8]>, missed: u64 },
    /// The end.
    End(End),
}

impl ItemQueue {
    pub(super) fn new(id: CallId, connection: ConnectionId, method: &str) -> Self {
        ItemQueue {
            id,
            connection,
            method: method.into(),
            waiting: Mutex::default(),
            closed: AtomicBool::new(false),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends an item; drops the oldest ones beyond `most` items, and beyond `most_bytes` besides the item itself. Returns
    /// whether the loop has to be told.
    fn push(&self, item: Arc<[u8]>, most: usize, most_bytes: usize) -> bool {
        let mut waiting = self.waiting();
        if self.is_closed() || waiting.end.is_some() {
            return false;
        }
        let latest = item.len();
        waiting.bytes += latest;
        waiting.items.push_back(item);
        // As `poll_room` promises, an item drops none if there was room before.
        while waiting.items.len() > most || (waiting.items.len() > 1 && waiting.bytes - latest >= most_bytes)
        {
            let dropped = waiting.items.pop_front().map_or(0, |item| item.len());
            waiting.bytes -= dropped;
            waiting.missed += 1;
        }
        !std::mem::replace(&mut waiting.announced, true)
    }

    /// Waits until fewer items wait than `most`, with fewer bytes than `most_bytes`.
    fn poll_room(&self, cx: &mut Cx<'_>, most: usize, most_bytes: usize) -> Poll<Result<(), Ended>> {
        let mut waiting = self.waiting();
        if self.is_closed() {
            return Poll::Ready(Err(Ended));
        }
        if waiting.items.len() < most && waiting.bytes < most_bytes {
            return Poll::Ready(Ok(()));
        }
        if !waiting.room.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.room.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Ends the subscription after what waits. Returns whether the loop has to be told.
    pub(super) fn end(&self, fault: Option<Fault>) -> bool {
        let mut waiting = self.waiting();
        if self.is_closed() || waiting.end.is_some() {
            return false;
        }
        waiting.end = Some(fault.map_or(Ok(()), Err));
        !std::mem::replace(&mut waiting.announced, true)
    }

    /// Ends the subscription from the daemon's side, after what waits. The handler learns it at once: it may be that the
    /// connection closes before the end could be sent.
    pub(crate) fn finish(&self) {
        let mut waiting = self.waiting();
        if !self.is_closed() {
            waiting.cut |= waiting.end.is_none();
            waiting.end.get_or_insert(Ok(()));
            waiting.announced = true;
            self.closed.store(true, Ordering::Release);
        }
        waiting.wake();
    }

    /// Ends the subscription, and drops what waits.
    pub(crate) fn close(&self) {
        let mut waiting = self.waiting();
        self.closed.store(true, Ordering::Release);
        waiting.wake();
        *waiting = Waiting::default();
    }

    /// Whether nothing can be added: it was closed, or its end waits to be sent.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_closed() || self.waiting().end.is_some()
    }

    /// Whether the daemon has ended the subscription, and not the handler.
    pub(crate) fn is_cut(&self) -> bool {
        self.waiting().cut
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes what to send next; `None` if nothing waits: then the next item is announced.
    pub(crate) fn pop(&self) -> Option<Next> {
        let mut waiting = self.waiting();
        if let Some(json) = waiting.items.pop_front() {
            waiting.bytes -= json.len();
            waiting.wake();
            return Some(Next::Item { json, missed: std::mem::take(&mut waiting.missed) });
        }
        waiting.announced = false;
        let end = waiting.end.take()?;
        self.closed.store(true, Ordering::Release);
        Some(Next::End(end))
    }

    /// Takes the end, if it is a good one and nothing else waits: then the item that was taken last was the last of all.
    pub(crate) fn take_end(&self) -> bool {
        let mut waiting = self.waiting();
        let is_last = waiting.items.is_empty() && waiting.end.take_if(|end| end.is_ok()).is_some();
        if is_last {
            self.closed.store(true, Ordering::Release);
        }
        is_last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> ItemQueue {
        ItemQueue::new(CallId(1), ConnectionId(1), "test.watch")
    }

    fn item(text: &str) -> Arc<[u8]> {
        text.as_bytes().into()
    }

    /// Takes everything that waits, as text.
    fn taken(queue: &ItemQueue) -> Vec<String> {
        let text = |next| match next {
            Next::Item { json, missed } => format!("{missed}:{}", String::from_utf8_lossy(&json)),
            Next::End(Ok(())) => "end".to_owned(),
            Next::End(Err(fault)) => fault.message().to_owned(),
        };
        std::iter::from_fn(|| queue.pop()).map(text).collect()
    }

    #[test]
    fn the_oldest_items_go_and_the_next_one_says_how_many() {
        let queue = queue();
        assert!(queue.push(item("1"), 2, 100), "the first item is news");
        for text in ["2", "3", "4"] {
            assert!(!queue.push(item(text), 2, 100), "the loop knows already");
        }
        assert_eq!(taken(&queue), ["2:3", "0:4"]);
        assert!(queue.push(item("5"), 2, 100));
        assert_eq!(taken(&queue), ["0:5"]);
    }

    #[test]
    fn items_are_bounded_in_bytes_but_one_always_fits() {
        let queue = queue();
        queue.push(item("123"), 10, 5);
        queue.push(item("45"), 10, 5);
        queue.push(item("6"), 10, 5);
        assert_eq!(taken(&queue), ["1:45", "0:6"]);
        queue.push(item("1234567"), 10, 5);
        assert_eq!(taken(&queue), ["0:1234567"]);
    }

    #[test]
    fn an_item_that_waited_for_room_drops_no_other() {
        let queue = queue();
        let mut cx = Cx::from_waker(Waker::noop());
        let mut has_room = |queue: &ItemQueue| queue.poll_room(&mut cx, 3, 5).is_ready();
        queue.push(item("1234"), 3, 5);
        assert!(has_room(&queue), "there is a byte left");
        queue.push(item("567"), 3, 5);
        assert!(!has_room(&queue));
        assert_eq!(taken(&queue), ["0:1234", "0:567"]);
        for text in ["1", "2", "3"] {
            assert!(has_room(&queue));
            queue.push(item(text), 3, 5);
        }
        assert!(!has_room(&queue));
        assert_eq!(taken(&queue), ["0:1", "0:2", "0:3"]);
        queue.close();
        assert!(has_room(&queue), "it learns of the end");
    }

    #[test]
    fn the_end_comes_once_and_last() {
        let queue = queue();
        queue.push(item("1"), 10, 10);
        assert!(!queue.end(Some(Fault::new(1, "no more"))), "the loop knows of the item");
        assert!(!queue.end(None) && !queue.push(item("2"), 10, 10));
        assert!(queue.has_ended() && !queue.is_closed());
        assert_eq!(taken(&queue), ["0:1", "no more"]);
        assert!(queue.is_closed());
        assert!(taken(&queue).is_empty());
    }

    #[test]
    fn a_finished_queue_takes_nothing_more_and_still_sends_what_waits() {
        let queue = queue();
        queue.push(item("1"), 10, 10);
        queue.finish();
        assert!(queue.is_closed(), "the handler sees it before the end was sent");
        assert!(!queue.push(item("2"), 10, 10) && !queue.end(None));
        assert_eq!(taken(&queue), ["0:1", "end"]);
    }

    #[test]
    fn a_closed_queue_keeps_nothing() {
        let queue = queue();
        queue.push(item("1"), 10, 10);
        queue.close();
        queue.finish();
        assert!(!queue.push(item("2"), 10, 10) && !queue.end(None));
        assert!(taken(&queue).is_empty());
    }
}
