//! Several subscriptions that get the same items.

use std::sync::Arc;

use serde::Serialize;

use super::Subscription;

/// Several subscriptions that get the same items. Those that have ended leave by themselves.
#[derive(Debug)]
pub struct Subscribers<T> {
    subscriptions: Vec<Subscription<T>>,
}

impl<T> Subscribers<T> {
    /// Returns an empty list.
    pub const fn new() -> Self {
        Subscribers { subscriptions: Vec::new() }
    }

    /// Adds a subscription. It gets every item from now on.
    pub fn add(&mut self, subscription: Subscription<T>) {
        // Bounded by the connections and their subscriptions, if what has ended leaves before anything is published.
        self.forget_ended();
        self.subscriptions.push(subscription);
    }

    /// How many still listen.
    pub fn len(&self) -> usize {
        self.subscriptions.iter().filter(|subscription| !subscription.is_ended()).count()
    }

    /// Whether nobody listens.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn forget_ended(&mut self) {
        self.subscriptions.retain(|subscription| !subscription.is_ended());
    }
}

impl<T: Serialize> Subscribers<T> {
    /// Sends an item to all of them. It is written as JSON once.
    pub fn publish(&mut self, item: &T) {
        self.forget_ended();
        let Some(first) = self.subscriptions.first() else { return };
        let item = first.mailbox.json(item).map(Arc::from);
        self.subscriptions.retain(|subscription| subscription.push(item.clone()).is_ok());
    }
}

impl<T> Default for Subscribers<T> {
    fn default() -> Self {
        Subscribers::new()
    }
}
