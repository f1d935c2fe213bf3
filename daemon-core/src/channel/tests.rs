//! Two ends in one process: messages arrive whole and in order, and a sleeping end is woken.

#![allow(clippy::unwrap_used)]

use std::thread;
use std::time::Duration;

use super::*;
use crate::sys::memory::{Backing, Key};
use mio::{Events, Poll, Token};

const LIMIT: usize = 1024 * 1024;

/// The smallest segment with two rings, of 2 KiB each.
const SMALL: usize = 2 * PAGE;
const SMALL_RING: usize = 2048;

/// Both ends of a channel, over either backing.
fn ends(backing: Backing, len: usize) -> (Channel, Channel) {
    let (segment, key) = Segment::create(backing, "channel", len).unwrap();
    let (doorbell, other) = Doorbell::pair().unwrap();
    let host = Channel::host(segment, doorbell, LIMIT).unwrap();
    let segment = match key {
        Key::Descriptor(descriptor) => Segment::from_descriptor(descriptor),
        Key::Name(name) => Segment::open(name.as_str()),
    };
    let worker = Channel::join(segment.unwrap(), Doorbell::from_descriptor(other).unwrap(), LIMIT);
    (host, worker.unwrap())
}

fn small() -> (Channel, Channel) {
    ends(Backing::Sealed, SMALL)
}

/// All messages that have arrived.
fn received(channel: &mut Channel) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut message = Vec::new();
    while channel.receive(&mut message).unwrap() {
        messages.push(message.clone());
    }
    messages
}

/// A message that is different for each length and seed.
fn message(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ seed).collect()
}

#[test]
fn messages_arrive_whole_and_in_order_both_ways() {
    for backing in [Backing::Sealed, Backing::Named] {
        let (mut host, mut worker) = ends(backing, SEGMENT);
        host.send(&[b"one ", b"", b"message"]);
        host.send(&[]);
        host.send(&[b"two"]);
        worker.send(&[b"back"]);
        assert_eq!(received(&mut worker), [&b"one message"[..], b"", b"two"]);
        assert_eq!(received(&mut host), [b"back"]);
        assert_eq!(received(&mut host), [b""; 0]);
    }
}

#[test]
fn a_message_that_is_longer_than_the_ring_travels_in_pieces() {
    for length in [SMALL_RING - 9, SMALL_RING - 8, SMALL_RING - 7, SMALL_RING, 10 * SMALL_RING, LIMIT] {
        let (mut host, mut worker) = small();
        let sent = message(length, 7);
        let (first, second) = sent.split_at(length / 3);
        host.send(&[first, second]);
        host.send(&[b"next"]);
        let mut arrived = received(&mut worker);
        while host.backlog() > 0 {
            host.flush();
            arrived.extend(received(&mut worker));
        }
        assert_eq!(arrived.len(), 2, "{length}");
        assert!(arrived[0] == sent && arrived[1] == b"next", "{length}");
    }
}

#[test]
fn a_message_over_the_limit_breaks_the_channel() {
    let (mut host, mut worker) = small();
    host.send(&[&message(LIMIT + 1, 0)]);
    host.send(&[b"next"]);
    let mut taken = Vec::new();
    let broken = loop {
        host.flush();
        match worker.receive(&mut taken) {
            Ok(whole) => assert!(!whole),
            Err(broken) => break broken,
        }
    };
    assert_eq!(broken, Broken("a message is longer than the limit"));
    host.flush();
    assert_eq!(worker.receive(&mut taken), Err(broken));
    assert!(!worker.enable_wakeup(), "it must not sleep, and sees the error");
    worker.send(&[&message(LIMIT, 0)]);
    assert_eq!(worker.backlog(), 0, "nothing is sent any more");
}

#[test]
fn the_backlog_counts_waiting_bytes() {
    let (mut host, mut worker) = small();
    assert_eq!(host.backlog(), 0);
    host.send(&[&message(SMALL_RING - 8, 0)]);
    assert_eq!(host.backlog(), 0, "it fitted exactly");
    host.send(&[&message(100, 0)]);
    assert!(host.backlog() > 100);
    host.send(&[]);
    assert_eq!(received(&mut worker).len(), 1);
    host.flush();
    assert_eq!(host.backlog(), 0);
    assert_eq!(received(&mut worker), [message(100, 0), vec![]]);
}

#[test]
fn only_a_sleeping_end_is_rung_for_and_only_once() {
    let (mut host, mut worker) = small();
    host.send(&[b"awake"]);
    host.notify();
    assert_eq!(worker.drain_doorbell().times, 0);
    assert!(!worker.enable_wakeup(), "there is a message");
    assert_eq!(received(&mut worker).len(), 1);
    assert!(worker.enable_wakeup());
    host.notify();
    assert_eq!(worker.drain_doorbell().times, 0, "there is nothing new");
    for _ in 0..3 {
        host.send(&[b"asleep"]);
        host.notify();
    }
    assert_eq!(worker.drain_doorbell().times, 1);
}

#[test]
fn announcing_a_sleep_repeatedly_does_not_lose_the_wakeup() {
    let (mut host, mut worker) = small();
    let mut poll = polled(&worker);
    for _ in 0..10_000 {
        assert!(worker.enable_wakeup());
        host.send(&[b"wake up"]);
        host.notify();
        assert_eq!(received(&mut worker).len(), 1);
    }
    // Earlier rings are still seen.
    sleep(&mut poll);
    assert!(worker.enable_wakeup());
    host.send(&[b"wake up"]);
    host.notify();
    sleep(&mut poll);
}

#[test]
fn a_sender_waiting_for_room_is_rung_for_when_a_quarter_is_free() {
    let (mut host, mut worker) = small();
    for _ in 0..SMALL_RING / 64 + 1 {
        host.send(&[&[0; 56]]);
    }
    assert_eq!(host.backlog(), 64);
    assert!(host.enable_wakeup());
    let mut taken = Vec::new();
    for _ in 0..SMALL_RING / 64 / 4 - 1 {
        assert!(worker.receive(&mut taken).unwrap());
        worker.notify();
        assert_eq!(host.drain_doorbell().times, 0);
    }
    assert!(host.enable_wakeup(), "there is not enough room yet");
    assert!(worker.receive(&mut taken).unwrap());
    worker.notify();
    assert_eq!(host.drain_doorbell().times, 1);
    assert!(!host.enable_wakeup());
    host.flush();
    assert_eq!(host.backlog(), 0);
}

#[test]
fn a_sender_without_a_backlog_is_not_rung_for_room() {
    let (mut host, mut worker) = small();
    host.send(&[&message(SMALL_RING - 8, 0)]);
    assert!(host.enable_wakeup());
    assert_eq!(received(&mut worker).len(), 1);
    worker.notify();
    assert_eq!(host.drain_doorbell().times, 0);
}

#[test]
fn the_end_of_the_peer_is_reported() {
    let (mut host, mut worker) = small();
    assert!(worker.enable_wakeup());
    drop(worker);
    host.send(&[b"too late"]);
    assert!(host.notify());
    assert!(host.drain_doorbell().ended);
}

#[test]
fn a_segment_that_is_too_small_or_not_laid_out_is_refused() {
    let segment = |len| Segment::create(Backing::Sealed, "channel", len).unwrap().0;
    assert!(Channel::host(segment(PAGE), Doorbell::pair().unwrap().0, LIMIT).is_err());
    assert!(Channel::join(segment(SMALL), Doorbell::pair().unwrap().0, LIMIT).is_err());
}

/// Sleeps until the doorbell rings, as a daemon does. Fails if that takes too long.
fn sleep(poll: &mut Poll) {
    let mut events = Events::with_capacity(1);
    poll.poll(&mut events, Some(Duration::from_secs(30))).unwrap();
    assert!(!events.is_empty(), "it was not rung");
}

fn polled(channel: &Channel) -> Poll {
    let poll = Poll::new().unwrap();
    channel.register(poll.registry(), Token(0)).unwrap();
    poll
}

/// Sends all messages, with at most `most` bytes in the backlog.
fn send_all(mut channel: Channel, messages: Vec<Vec<u8>>, most: usize) -> Channel {
    let mut poll = polled(&channel);
    for message in messages {
        channel.send(&[&message]);
        channel.notify();
        while channel.backlog() > most {
            if channel.enable_wakeup() {
                sleep(&mut poll);
            }
            channel.flush();
            channel.notify();
        }
    }
    while channel.backlog() > 0 {
        if channel.enable_wakeup() {
            sleep(&mut poll);
        }
        channel.flush();
        channel.notify();
    }
    channel
}

/// Receives that many messages.
fn receive_all(channel: &mut Channel, count: usize) -> Vec<Vec<u8>> {
    let mut poll = polled(channel);
    let mut messages = Vec::new();
    loop {
        messages.extend(received(channel));
        channel.notify();
        if messages.len() >= count {
            return messages;
        }
        if channel.enable_wakeup() {
            sleep(&mut poll);
        }
    }
}

#[test]
fn ends_that_sleep_whenever_they_can_lose_no_message_and_no_wakeup() {
    for most in [0, 1000] {
        let (host, mut worker) = small();
        let lengths =
            (0..20_000).map(|at: usize| at * 7919 % 300 * if at.is_multiple_of(100) { 50 } else { 1 });
        let messages: Vec<Vec<u8>> =
            lengths.enumerate().map(|(at, length)| message(length, at as u8)).collect();
        let sent = messages.clone();
        let sender = thread::spawn(move || send_all(host, sent, most));
        let arrived = receive_all(&mut worker, messages.len());
        assert!(arrived == messages);
        sender.join().unwrap();
    }
}
