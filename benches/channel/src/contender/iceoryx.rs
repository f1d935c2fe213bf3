//! Publish-subscribe of `iceoryx2`: one service each way, and with each an event service that wakes the receiver.
//!
//! Nothing is dropped: a sender that finds the receiver's buffer full retries until there is room, and yields and then
//! sleeps in between.
//!
//! A wake-up can get lost in version 0.10.0: the notifier sends a datagram, and only then notes that it did. A listener
//! that takes the datagram in between and sleeps again is not woken by any later event, because it is noted as
//! notified. So the listener wakes up by itself after a while; an unbounded wait makes the same system calls.

use std::time::Duration;

use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;

use super::{End, Pass};
use crate::common::Outcome;

/// Messages that a subscriber's buffer holds.
const MESSAGES: usize = 64;

/// How long a listener sleeps at most.
const AGAIN: Duration = Duration::from_millis(10);

pub(super) struct Iceoryx {
    publisher: Publisher<ipc::Service, [u8], ()>,
    notifier: Notifier<ipc::Service>,
    subscriber: Subscriber<ipc::Service, [u8], ()>,
    listener: Listener<ipc::Service>,
    _node: Node<ipc::Service>,
}

impl Iceoryx {
    /// Both services may have the same name because they are of different kinds.
    fn new(size: usize, sends: &str, receives: &str) -> Outcome<Self> {
        set_log_level(LogLevel::Error);
        let node =
            NodeBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled).create::<ipc::Service>()?;
        let messages = |name: &str| -> Outcome<_> {
            let service = node.service_builder(&name.try_into()?).publish_subscribe::<[u8]>();
            Ok(service
                .enable_safe_overflow(false)
                .subscriber_max_buffer_size(MESSAGES)
                .max_publishers(1)
                .max_subscribers(1)
                .open_or_create()?)
        };
        let events = |name: &str| -> Outcome<_> {
            Ok(node.service_builder(&name.try_into()?).event().open_or_create()?)
        };
        Ok(Self {
            subscriber: messages(receives)?.subscriber_builder().create()?,
            listener: events(receives)?.listener_builder().create()?,
            publisher: messages(sends)?
                .publisher_builder()
                .initial_max_slice_len(size)
                .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
                .create()?,
            notifier: events(sends)?.notifier_builder().create()?,
            _node: node,
        })
    }
}

impl End for Iceoryx {
    fn host(size: usize, start: impl FnOnce(Pass) -> Outcome<()>) -> Outcome<Self> {
        let name = format!("channel-bench/{}", std::process::id());
        let end = Self::new(size, &format!("{name}/down"), &format!("{name}/up"))?;
        start(Pass { name, ..Pass::default() })?;
        Ok(end)
    }

    fn join(size: usize, pass: Pass) -> Outcome<Self> {
        Self::new(size, &format!("{}/up", pass.name), &format!("{}/down", pass.name))
    }

    fn send(&mut self, message: &[u8]) -> Outcome<()> {
        self.publisher.loan_slice_uninit(message.len())?.write_from_slice(message).send()?;
        self.notifier.notify()?;
        Ok(())
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Outcome<()> {
        loop {
            if let Some(sample) = self.subscriber.receive()? {
                message.clear();
                message.extend_from_slice(sample.payload());
                return Ok(());
            }
            self.listener.timed_wait(|_| {}, AGAIN)?;
        }
    }
}
