//! Rings compared with a queue, in every interleaving, and with one side that stops permanently.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use loom::sync::{Arc as ModelArc, Notify};
use loom::thread;
use proptest::prelude::*;

use super::*;
use crate::channel::ring::model::{Model, check};
use crate::channel::ring::{Area, RING_WORDS, RingWord, SMALLEST};
use crate::sys::memory::{Backing, PAGE, Segment};

const LIMIT: usize = 100_000;

/// Two rings of that many bytes.
fn areas(capacity: usize) -> (Area, Area) {
    let (segment, _key) = Segment::create(Backing::Sealed, "rings", PAGE + 2 * capacity).unwrap();
    let segment = Arc::new(segment);
    let area = |words, start| Area::new(Arc::clone(&segment), words, start, capacity).unwrap();
    (area(0, PAGE), area(RING_WORDS, PAGE + capacity))
}

/// Both ends over two rings.
fn ends<M: Memory + Clone>((down, up): (M, M)) -> [Rings<M>; 2] {
    [Rings::new(down.clone(), up.clone(), LIMIT), Rings::new(up, down, LIMIT)]
}

/// A message that is different for each length and seed.
fn message(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ seed as u8).collect()
}

/// The next message, if one is whole.
fn next<M: Memory>(rings: &mut Rings<M>) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    rings.receive(&mut message).unwrap().then_some(message)
}

/// What happens at one of two ends.
#[derive(Debug, Clone)]
enum Step {
    Send { length: usize, parts: usize },
    Flush,
    Receive,
    Knock,
    Rest,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let length = prop_oneof![6 => 0..100usize, 2 => 0..1000usize, 1 => 0..10_000usize];
    let step = prop_oneof![
        3 => (length, 0..4usize).prop_map(|(length, parts)| Step::Send { length, parts }),
        1 => Just(Step::Flush),
        3 => Just(Step::Receive),
        1 => Just(Step::Knock),
        1 => Just(Step::Rest),
    ];
    proptest::collection::vec((0..2usize, step), 0..200)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_rings_are_two_queues_of_messages(size in 0..6u32, steps in steps()) {
        let mut ends = ends(areas(SMALLEST << size));
        // What each end has sent and the other has not received yet.
        let mut queues = [VecDeque::new(), VecDeque::new()];
        for (seed, (at, step)) in steps.into_iter().enumerate() {
            match step {
                Step::Send { length, parts } => {
                    let sent = message(length, seed);
                    let cut: Vec<&[u8]> = sent.chunks((length / (parts + 1)).max(1)).collect();
                    ends[at].send(&cut);
                    queues[at].push_back(sent);
                }
                Step::Receive => {
                    if let Some(arrived) = next(&mut ends[at]) {
                        prop_assert_eq!(Some(arrived), queues[1 - at].pop_front());
                    }
                }
                Step::Flush => ends[at].flush(),
                Step::Knock => { ends[at].notify(); }
                Step::Rest => { ends[at].enable_wakeup(); }
            }
        }
        // Everything in flight arrives: each round frees at least a quarter of a ring.
        for _ in 0..200 * 10_000 / (SMALLEST / 4) {
            for at in [0, 1] {
                ends[at].flush();
                while let Some(arrived) = next(&mut ends[1 - at]) {
                    prop_assert_eq!(Some(arrived), queues[at].pop_front());
                }
            }
            if queues.iter().all(VecDeque::is_empty) {
                break;
            }
        }
        prop_assert!(queues.iter().all(VecDeque::is_empty));
        prop_assert!(ends.iter().all(|end| end.backlog() == 0));
    }
}

/// Sleeps until the doorbell rings, unless there is work.
fn sleep<M: Memory>(rings: &mut Rings<M>, doorbell: &Notify) {
    if rings.enable_wakeup() {
        doorbell.wait();
    }
}

/// One end sends `count` messages of a size, the other receives them, and both sleep whenever they can.
fn nobody_sleeps_for_good(switches: usize, count: u8, size: usize) {
    check(switches, move || {
        let [mut here, mut there] = ends((Model::new(), Model::new()));
        let doorbells = ModelArc::new((Notify::new(), Notify::new()));
        let others = ModelArc::clone(&doorbells);
        let sender = thread::spawn(move || {
            for byte in 0..count {
                here.send(&[&vec![byte; size]]);
                if here.notify() {
                    others.1.notify();
                }
            }
            while here.backlog() > 0 {
                sleep(&mut here, &others.0);
                here.flush();
                if here.notify() {
                    others.1.notify();
                }
            }
        });
        let mut expected = 0;
        while expected < count {
            while let Some(arrived) = next(&mut there) {
                assert_eq!(arrived, vec![expected; size]);
                expected += 1;
            }
            if there.notify() {
                doorbells.0.notify();
            }
            if expected < count {
                sleep(&mut there, &doorbells.1);
            }
        }
        sender.join().unwrap();
    });
}

#[test]
fn loom_who_waits_for_a_message_is_woken() {
    nobody_sleeps_for_good(3, 2, 1);
}

#[test]
fn loom_who_waits_for_room_is_woken() {
    nobody_sleeps_for_good(2, 2, 56);
}

#[test]
fn loom_who_waits_for_the_next_piece_is_woken() {
    nobody_sleeps_for_good(2, 1, 130);
}

/// A ring whose user stops permanently after some steps, in the middle of an operation.
#[derive(Debug, Clone)]
struct Stopping {
    area: Area,
    /// Steps that are left.
    left: Rc<Cell<usize>>,
}

/// The panic payload when no step is left.
struct Stopped;

impl Stopping {
    fn step(&self) {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => resume_unwind(Box::new(Stopped)),
        }
    }
}

impl Memory for Stopping {
    type Word = AtomicU64;

    fn word(&self, place: RingWord) -> &AtomicU64 {
        self.step();
        self.area.word(place)
    }

    fn capacity(&self) -> u64 {
        self.area.capacity()
    }

    fn mark(&self, position: u64, mark: u64) {
        self.step();
        self.area.mark(position, mark);
    }

    fn marked(&self, position: u64) -> u64 {
        self.step();
        self.area.marked(position)
    }

    fn write(&self, position: u64, bytes: &[u8]) {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        self.step();
        self.area.write(position, first);
        self.step();
        self.area.write(position + first.len() as u64, second);
    }

    fn read(&self, position: u64, length: usize, into: &mut Vec<u8>) {
        self.step();
        self.area.read(position, length, into);
    }

    fn fence() {
        Area::fence();
    }
}

const LENGTHS: [usize; 9] = [1, 0, 40, 300, 7, 8, 64, 56, 1000];

/// Runs the sending end and the receiving end in turns. Each stops permanently when its steps are used up; the other
/// continues until nothing moves. Returns whether both have finished.
fn with_stops(sender_steps: usize, receiver_steps: usize) -> bool {
    let (down, up) = areas(SMALLEST);
    let memory =
        |area: &Area, steps: &Rc<Cell<usize>>| Stopping { area: area.clone(), left: Rc::clone(steps) };
    let steps = [Rc::new(Cell::new(sender_steps)), Rc::new(Cell::new(receiver_steps))];
    let mut sender = Some(Rings::new(memory(&down, &steps[0]), memory(&up, &steps[0]), LIMIT));
    let mut receiver = Some(Rings::new(memory(&up, &steps[1]), memory(&down, &steps[1]), LIMIT));
    let mut waiting: VecDeque<_> = LENGTHS.into_iter().enumerate().collect();
    let mut arrived = 0;
    // More turns than all the messages have pieces.
    for _ in 0..200 {
        turn(&mut sender, |sender| {
            if sender.backlog() == 0
                && let Some((seed, length)) = waiting.pop_front()
            {
                sender.send(&[&message(length, seed)]);
            }
            sender.flush();
            sender.notify();
            sender.enable_wakeup();
        });
        turn(&mut receiver, |receiver| {
            while let Some(whole) = next(receiver) {
                assert_eq!(whole, message(LENGTHS[arrived], arrived));
                arrived += 1;
            }
            receiver.notify();
            receiver.enable_wakeup();
        });
    }
    assert!(arrived == LENGTHS.len() || sender.is_none() || receiver.is_none(), "{arrived} arrived");
    sender.is_some() && receiver.is_some()
}

/// Runs a turn of an end, unless it has stopped.
fn turn(end: &mut Option<Rings<Stopping>>, mut does: impl FnMut(&mut Rings<Stopping>)) {
    let Some(rings) = end else { return };
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| does(rings))) {
        if !thrown.is::<Stopped>() {
            resume_unwind(thrown);
        }
        *end = None;
    }
}

#[test]
fn one_side_may_stop_permanently_after_any_step() {
    const PLENTY: usize = usize::MAX;
    for side in [|steps| (steps, PLENTY), |steps| (PLENTY, steps)] {
        let all = (0..10_000).take_while(|steps| {
            let (sender, receiver) = side(*steps);
            !with_stops(sender, receiver)
        });
        let all = all.count();
        assert!((500..10_000).contains(&all), "{all} steps");
    }
}
