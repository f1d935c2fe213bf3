//! The subscriptions of all connections.

use std::sync::Arc;

use foldhash::HashMap;

use super::param::Param;
use super::per_connection::PerConnection;
use super::subscription::ItemQueue;
use crate::caller::ConnectionId;
use crate::context::{CallId, Task};

/// What `daemon.unsubscribe` takes.
pub(crate) const PARAMS: &[Param] = &[Param {
    doc: "The number of the subscription, as the call that began it returned it",
    ..Param::of::<u64>("subscription")
}];

/// Every subscription that has not ended, by its number.
///
/// For each connection, at most as many as the limit `subscriptions` allows: another call is refused.
#[derive(Default)]
pub(crate) struct Subscriptions {
    rows: HashMap<CallId, Row>,
    of: PerConnection,
}

struct Row {
    queue: Arc<ItemQueue>,
    /// What runs for it beside the loop, if anything does. It stops when the row goes.
    task: Option<Task>,
}

impl Subscriptions {
    /// Returns how many there are.
    #[cfg(feature = "metrics")]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn insert(&mut self, queue: Arc<ItemQueue>) {
        self.of.insert(queue.connection, queue.id);
        self.rows.insert(queue.id, Row { queue, task: None });
    }

    /// Removes a subscription whose end is on its way.
    pub(crate) fn remove(&mut self, id: CallId) -> Option<Arc<ItemQueue>> {
        let row = self.rows.remove(&id)?;
        self.of.remove(row.queue.connection, id);
        Some(row.queue)
    }

    /// Ends a subscription of this connection at once; returns whether there was one.
    pub(crate) fn unsubscribe(&mut self, connection: ConnectionId, id: CallId) -> bool {
        let is_own = self.rows.get(&id).is_some_and(|row| row.queue.connection == connection);
        let queue = is_own.then(|| self.remove(id)).flatten();
        queue.is_some_and(|queue| {
            queue.close();
            true
        })
    }

    /// Ties a task to a subscription; returns it if there is no such subscription.
    pub(crate) fn attach(&mut self, id: CallId, task: Task) -> Option<Task> {
        match self.rows.get_mut(&id) {
            Some(row) => {
                row.task = Some(task);
                None
            }
            None => Some(task),
        }
    }

    /// How many a connection has. Those that its dialect has closed leave now.
    pub(crate) fn count(&mut self, connection: ConnectionId) -> usize {
        if self.rows.is_empty() {
            return 0;
        }
        let is_closed = |id: &CallId| self.rows.get(id).is_none_or(|row| row.queue.is_closed());
        let closed: Vec<CallId> = self.of.of(connection).filter(is_closed).collect();
        closed.into_iter().for_each(|id| drop(self.remove(id)));
        self.of.count(connection)
    }

    /// Ends all subscriptions of a connection after what waits in their queues, which it returns.
    pub(crate) fn finish(&mut self, connection: ConnectionId) -> Vec<Arc<ItemQueue>> {
        let queues = self.take(connection);
        queues.iter().for_each(|queue| queue.finish());
        queues
    }

    /// Ends all subscriptions of a closed connection.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.take(connection).iter().for_each(|queue| queue.close());
    }

    fn take(&mut self, connection: ConnectionId) -> Vec<Arc<ItemQueue>> {
        let mut ids: Vec<CallId> = self.of.take(connection).into_iter().collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| Some(self.rows.remove(&id)?.queue)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: ConnectionId = ConnectionId(7);

    fn subscriptions() -> Subscriptions {
        let mut subscriptions = Subscriptions::default();
        for (id, connection) in [(1, PEER), (2, PEER), (3, ConnectionId(8))] {
            subscriptions.insert(Arc::new(ItemQueue::new(CallId(id), connection, "test.watch")));
        }
        subscriptions
    }

    #[test]
    fn only_the_connection_that_subscribed_can_unsubscribe() {
        let mut subscriptions = subscriptions();
        assert!(!subscriptions.unsubscribe(PEER, CallId(3)));
        assert!(subscriptions.unsubscribe(PEER, CallId(2)));
        assert!(!subscriptions.unsubscribe(PEER, CallId(2)), "it has ended");
        assert_eq!((subscriptions.count(PEER), subscriptions.count(ConnectionId(8))), (1, 1));
    }

    #[test]
    fn one_that_was_closed_elsewhere_does_not_count() {
        let mut subscriptions = subscriptions();
        subscriptions.rows[&CallId(2)].queue.close();
        assert_eq!(subscriptions.count(PEER), 1);
        assert!(subscriptions.remove(CallId(2)).is_none());
    }

    #[test]
    fn the_subscriptions_of_a_connection_end_together_in_order() {
        let mut subscriptions = subscriptions();
        let queues = subscriptions.finish(PEER);
        assert_eq!(queues.iter().map(|queue| queue.id).collect::<Vec<_>>(), [CallId(1), CallId(2)]);
        assert!(queues.iter().all(|queue| queue.has_ended()));
        assert_eq!((subscriptions.count(PEER), subscriptions.count(ConnectionId(8))), (0, 1));
        assert!(subscriptions.attach(CallId(1), Task::endless(None)).is_some(), "it has gone");
    }
}
