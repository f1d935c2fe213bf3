//! A ring returns what was put in, whatever the two sides do concurrently, and detects violations of the protocol.

#![allow(clippy::unwrap_used)]

use loom::thread;

use super::consumer::Record;
use super::model::{Model, check};
use super::*;
use crate::sys::memory::Backing;

fn area() -> Area {
    let (segment, _key) = Segment::create(Backing::Sealed, "ring", 2 * PAGE).unwrap();
    Area::new(Arc::new(segment), 0, PAGE, SMALLEST).unwrap()
}

fn ring() -> (Producer<Area>, Consumer<Area>) {
    let area = area();
    (Producer::new(area.clone()), Consumer::new(area))
}

/// Commits a record if there is room for all of it.
fn put<M: Memory>(producer: &mut Producer<M>, bytes: &[u8]) -> bool {
    let Some(mut grant) = producer.grant(bytes.len()).unwrap() else { return false };
    if grant.more() {
        return false;
    }
    grant.write(bytes);
    grant.commit();
    true
}

/// The bytes of the next record.
fn next<M: Memory>(consumer: &mut Consumer<M>) -> Option<Vec<u8>> {
    let record = consumer.peek().unwrap()?;
    let mut bytes = Vec::new();
    consumer.take(record, &mut bytes);
    Some(bytes)
}

#[test]
fn records_come_out_as_they_went_in_wherever_they_wrap() {
    let (mut producer, mut consumer) = ring();
    let bytes: Vec<u8> = (0..=255).collect();
    for length in (0..=SMALLEST - 8).cycle().take(1000) {
        assert!(put(&mut producer, &bytes[..length]), "{length}");
        assert_eq!(next(&mut consumer).unwrap(), &bytes[..length]);
        assert_eq!(next(&mut consumer), None);
        consumer.notify();
    }
}

#[test]
fn a_ring_holds_no_more_than_its_capacity() {
    let (mut producer, mut consumer) = ring();
    for _ in 0..4 {
        assert!(put(&mut producer, b"12345678"));
    }
    assert!(producer.grant(0).unwrap().is_none());
    assert!(next(&mut consumer).is_some());
    assert!(put(&mut producer, b"12345678"));
    assert!(!put(&mut producer, b""));
    let grant = producer.grant(usize::MAX).unwrap();
    assert!(grant.is_none(), "no quarter is free");
}

#[test]
fn a_short_grant_takes_what_fits_and_reports_it() {
    let (mut producer, mut consumer) = ring();
    let mut grant = producer.grant(usize::MAX).unwrap().unwrap();
    assert_eq!((grant.length(), grant.more()), (SMALLEST - 8, true));
    grant.write(&[1; 50]);
    grant.write(&[2; 50]);
    grant.commit();
    assert_eq!(consumer.peek().unwrap(), Some(Record { length: SMALLEST - 8, more: true }));
    assert_eq!(next(&mut consumer).unwrap(), [[1; 50].as_slice(), &[2; 6]].concat());
}

#[test]
fn a_dropped_grant_leaves_no_trace() {
    let (mut producer, mut consumer) = ring();
    producer.grant(8).unwrap().unwrap().write(b"dropped ");
    assert_eq!(next(&mut consumer), None);
    assert!(put(&mut producer, b"kept"));
    assert_eq!(next(&mut consumer).unwrap(), b"kept");
}

#[test]
fn an_area_outside_the_segment_is_refused() {
    let (segment, _key) = Segment::create(Backing::Sealed, "ring", 2 * PAGE).unwrap();
    let segment = Arc::new(segment);
    let area = |words, start, capacity| Area::new(Arc::clone(&segment), words, start, capacity).is_some();
    assert!(area(0, PAGE, PAGE) && area(512 - RING_WORDS, 2 * PAGE - SMALLEST, SMALLEST));
    for (words, start, capacity) in [
        (512 - RING_WORDS + 1, PAGE, PAGE),
        (usize::MAX, PAGE, PAGE),
        (0, 0, PAGE),
        (0, PAGE + 4, SMALLEST),
        (0, PAGE + 8, PAGE),
        (0, usize::MAX - 7, SMALLEST),
        (0, PAGE, 2 * PAGE),
        (0, PAGE, SMALLEST + 8),
        (0, PAGE, SMALLEST / 2),
        (0, PAGE, 0),
    ] {
        assert!(!area(words, start, capacity), "{words} {start} {capacity}");
    }
}

#[test]
fn an_impossible_reader_position_is_refused() {
    for (head, sound) in
        [(32, true), (64, true), (0, false), (24, false), (33, false), (72, false), (u64::MAX, false)]
    {
        let (mut producer, mut consumer) = ring();
        assert!(put(&mut producer, &[0; 24]) && put(&mut producer, &[0; 24]));
        next(&mut consumer).unwrap();
        consumer.publish();
        producer.look().unwrap();
        producer.memory.word(RingWord::Head).store(head, Ordering::Relaxed);
        assert_eq!(producer.grant(SMALLEST).is_ok(), sound, "{head}");
        assert!(sound || !producer.enable_wakeup(), "it must not sleep, and sees the error");
    }
}

#[test]
fn an_impossible_writer_position_is_refused() {
    for tail in [1, 12, 24, SMALLEST as u64 + 40, u64::MAX, 1 << 63] {
        let (mut producer, mut consumer) = ring();
        assert!(put(&mut producer, &[0; 24]));
        next(&mut consumer).unwrap();
        consumer.memory.word(RingWord::Tail).store(tail, Ordering::Relaxed);
        assert!(consumer.peek().is_err(), "{tail}");
        assert!(!consumer.enable_wakeup(), "it must not sleep, and sees the error");
    }
}

#[test]
fn an_impossible_record_is_refused() {
    let all = SMALLEST as u64 - MARK;
    for (mark, sound) in [
        (0, true),
        (all, true),
        (all + 1, false),
        (LENGTH, false),
        (u64::MAX, false),
        (1 << 33, false),
        (MORE | all, true),
        (MORE | 1, true),
        (MORE, false),
        (MORE | (1 << 34) | 8, false),
    ] {
        let (mut producer, mut consumer) = ring();
        assert!(put(&mut producer, &[0; SMALLEST - 8]));
        consumer.memory.mark(0, mark);
        assert_eq!(consumer.peek().is_ok(), sound, "{mark:x}");
    }
}

#[test]
fn loom_a_record_is_seen_whole_or_not_at_all_and_written_over_only_when_it_was_read() {
    check(3, || {
        let memory = Model::new();
        let (mut producer, mut consumer) = (Producer::new(memory.clone()), Consumer::new(memory));
        let writer = thread::spawn(move || {
            for byte in 1..=3 {
                while !put(&mut producer, &[byte; 20]) {
                    thread::yield_now();
                }
            }
        });
        for byte in 1..=3 {
            let bytes = loop {
                match next(&mut consumer) {
                    Some(bytes) => break bytes,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(bytes, [byte; 20]);
        }
        writer.join().unwrap();
    });
}
