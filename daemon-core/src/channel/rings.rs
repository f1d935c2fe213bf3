//! The two rings of a channel, as seen by one of its ends: messages, made of records.

use std::mem;

use super::backlog::Backlog;
use crate::channel::ring::{Broken, Consumer, Memory, Producer};

/// Bytes of capacity that the buffer for pieces keeps while it is empty.
const KEPT: usize = 64 * 1024;

/// The ring that one end writes to, and the one that it reads from.
#[derive(Debug)]
pub(super) struct Rings<M> {
    producer: Producer<M>,
    consumer: Consumer<M>,
    backlog: Backlog,
    /// The pieces of an unfinished message that have arrived; at most `limit` bytes.
    partial: Vec<u8>,
    /// The longest message, in bytes, that is received. A longer one is [`Broken`].
    limit: usize,
    /// Why nothing more is sent or received.
    broken: Option<Broken>,
}

impl<M: Memory> Rings<M> {
    /// Creates an end that writes to one ring and reads from another, both new.
    pub(super) fn new(out: M, from: M, limit: usize) -> Self {
        Rings {
            producer: Producer::new(out),
            consumer: Consumer::new(from),
            backlog: Backlog::default(),
            partial: Vec::new(),
            limit,
            broken: None,
        }
    }

    pub(super) fn send(&mut self, parts: &[&[u8]]) {
        if self.broken.is_some() {
            return;
        }
        if !self.backlog.is_empty() {
            self.backlog.push(parts, 0);
            return self.flush();
        }
        match put(&mut self.producer, parts, parts.iter().map(|part| part.len()).sum()) {
            Ok(Put::Whole(_)) => {}
            Ok(Put::Part(sent)) => self.backlog.push(parts, sent),
            Err(broken) => self.give_up(broken),
        }
    }

    pub(super) fn flush(&mut self) {
        while let Some(length) = self.backlog.first() {
            match put(&mut self.producer, &self.backlog.parts(), length) {
                Ok(Put::Whole(bytes)) => self.backlog.remove(bytes, true),
                Ok(Put::Part(bytes)) => return self.backlog.remove(bytes, false),
                Err(broken) => return self.give_up(broken),
            }
        }
    }

    pub(super) fn backlog(&self) -> usize {
        self.backlog.len()
    }

    pub(super) fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool, Broken> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        self.try_receive(message).inspect_err(|broken| self.give_up(*broken))
    }

    /// Ends after as many records as make a message of `limit` bytes: each piece takes at least a quarter of the ring.
    fn try_receive(&mut self, message: &mut Vec<u8>) -> Result<bool, Broken> {
        while let Some(record) = self.consumer.peek()? {
            if record.length > self.limit - self.partial.len() {
                return Err(Broken("a message is longer than the limit"));
            }
            if record.more {
                self.consumer.take(record, &mut self.partial);
                continue;
            }
            if self.partial.is_empty() {
                message.clear();
                self.consumer.take(record, message);
            } else {
                self.consumer.take(record, &mut self.partial);
                mem::swap(message, &mut self.partial);
                self.partial.clear();
                self.partial.shrink_to(KEPT);
            }
            return Ok(true);
        }
        Ok(false)
    }

    pub(super) fn has_news(&mut self) -> bool {
        self.broken.is_some() || !matches!(self.consumer.peek(), Ok(None))
    }

    /// Whether the other end must be woken.
    pub(super) fn notify(&mut self) -> bool {
        // Both must be called.
        self.producer.notify() | self.consumer.notify()
    }

    pub(super) fn enable_wakeup(&mut self) -> bool {
        self.broken.is_none()
            && self.consumer.enable_wakeup()
            && (self.backlog.is_empty() || self.producer.enable_wakeup())
    }

    fn give_up(&mut self, broken: Broken) {
        self.backlog.clear();
        self.broken = Some(broken);
    }
}

/// How much of a message has fitted, in bytes.
enum Put {
    Whole(usize),
    Part(usize),
}

/// Writes the first `length` bytes of `parts` into a ring, as far as there is room.
fn put<M: Memory>(producer: &mut Producer<M>, parts: &[&[u8]], length: usize) -> Result<Put, Broken> {
    let mut sent = 0;
    while let Some(mut grant) = producer.grant(length - sent)? {
        let mut skip = sent;
        for part in parts {
            let start = skip.min(part.len());
            skip -= start;
            grant.write(&part[start..]);
        }
        sent += grant.length();
        let more = grant.more();
        grant.commit();
        if !more {
            return Ok(Put::Whole(sent));
        }
    }
    Ok(Put::Part(sent))
}

#[cfg(test)]
mod tests;
