//! Watches with a real poll, and pairs of sockets.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::context::{Command, Facts};
use crate::poller::{Poller, Readiness, Source};

/// What handlers have seen.
type Log = Vec<String>;

/// A loop that does nothing but watch.
struct Loop {
    poller: Poller,
    watches: Watches,
    context: Context,
    log: Log,
}

impl Loop {
    fn new() -> Self {
        let poller = Poller::new().unwrap();
        let mut context = Context::new::<Log>(Facts::new("loop", "0"));
        context.watch_with(Rc::new(poller.registry().try_clone().unwrap()));
        Loop { poller, watches: Watches::new(Panic::Fails), context, log: Log::new() }
    }

    fn apply(&mut self) {
        for command in self.context.take_commands() {
            match command {
                Command::Watch(watch) => self.watches.add(watch),
                Command::Unwatch(id) => self.watches.remove(id),
                _ => panic!("this is no command about watches"),
            }
        }
    }

    /// Waits for readiness, at most this long, and runs one turn; returns what the handlers have seen.
    fn turn(&mut self, longest: Duration) -> Log {
        self.apply();
        self.poller.wait(Some(longest)).unwrap();
        for (source, _) in self.poller.ready() {
            if let Source::Watch(id) = source {
                self.watches.on_ready(id);
            }
        }
        self.watches.run(&mut self.log, &mut self.context);
        self.apply();
        std::mem::take(&mut self.log)
    }
}

const LONG: Duration = Duration::from_secs(30);

/// A watched end of a pair, and the other end.
fn pair() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    (near, far)
}

/// Reads one byte, and logs it.
fn read_one(log: &mut Log, near: &mut UnixStream, _: &mut Context) {
    let mut byte = [0];
    log.push(match near.read(&mut byte) {
        Ok(0) => "end".to_owned(),
        Ok(_) => char::from(byte[0]).to_string(),
        Err(error) => error.to_string(),
    });
}

#[test]
fn a_handler_that_reads_a_little_is_called_again_in_the_next_turn() {
    let mut run = Loop::new();
    let (near, mut far) = pair();
    run.context.watch(near, Readiness::Read, read_one).unwrap();
    far.write_all(b"abc").unwrap();
    assert_eq!([run.turn(LONG), run.turn(LONG), run.turn(LONG)], [["a"], ["b"], ["c"]]);
    assert!(run.turn(Duration::ZERO).is_empty());
    far.write_all(b"d").unwrap();
    assert_eq!(run.turn(LONG), ["d"]);
    drop(far);
    assert_eq!([run.turn(LONG), run.turn(LONG)], [["end"], ["end"]]);
}

#[test]
fn room_to_write_is_reported() {
    let mut run = Loop::new();
    let (near, mut far) = pair();
    let handler = |log: &mut Log, near: &mut UnixStream, _: &mut Context| {
        let written = near.write(&[7; 1 << 16]);
        log.push(if written.is_ok() { "wrote" } else { "full" }.to_owned());
    };
    run.context.watch(near, Readiness::Write, handler).unwrap();
    // A stream socket that is nearly full is no longer reported as writable.
    while run.turn(Duration::ZERO) == ["wrote"] {}
    assert!(run.turn(Duration::ZERO).is_empty());
    far.set_nonblocking(true).unwrap();
    while far.read(&mut [0; 1 << 16]).is_ok() {}
    assert_eq!(run.turn(LONG), ["wrote"]);
}

#[test]
fn a_watch_that_has_ended_is_not_called_and_its_descriptor_is_closed() {
    let mut run = Loop::new();
    let (near, mut far) = pair();
    let duplicate = near.try_clone().unwrap();
    let watch = run.context.watch(near, Readiness::Read, read_one).unwrap();
    far.write_all(b"ab").unwrap();
    assert_eq!(run.turn(LONG), ["a"]);
    run.context.unwatch(watch);
    run.context.unwatch(watch);
    run.apply();
    assert!(run.watches.watches.is_empty());
    // The duplicate is still ready, but nothing watches it.
    assert!(run.turn(Duration::ZERO).is_empty());
    drop(duplicate);
    assert_eq!(far.write_all(b"c").unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn a_handler_can_end_its_own_watch_and_another_one_in_the_same_turn() {
    let mut run = Loop::new();
    let (first, mut far_first) = pair();
    let (second, mut far_second) = pair();
    far_first.write_all(b"a").unwrap();
    far_second.write_all(b"b").unwrap();
    let ids = Rc::new(std::cell::RefCell::new(Vec::new()));
    for near in [first, second] {
        let seen = ids.clone();
        let id = run.context.watch(near, Readiness::Read, move |log: &mut Log, _, context| {
            log.push("called".to_owned());
            seen.borrow().iter().for_each(|id| context.unwatch(*id));
        });
        ids.borrow_mut().push(id.unwrap());
    }
    assert_eq!(run.turn(LONG), ["called"]);
    assert!(run.watches.watches.is_empty());
}

#[test]
fn readiness_of_an_old_watch_does_not_reach_a_later_one() {
    let mut run = Loop::new();
    let (near, mut far) = pair();
    let old = run.context.watch(near, Readiness::Read, read_one).unwrap();
    far.write_all(b"a").unwrap();
    run.apply();
    run.context.unwatch(old);
    run.apply();
    // The new descriptor gets the number of the old one.
    let (near, _far) = pair();
    let new = run.context.watch(near, Readiness::Read, read_one).unwrap();
    run.apply();
    run.watches.on_ready(old);
    assert_ne!(old, new);
    assert!(run.turn(Duration::ZERO).is_empty());
}

#[test]
fn a_handler_can_put_another_descriptor_in_place() {
    let mut run = Loop::new();
    let (near, far) = pair();
    let (mut next, mut next_far) = (None, None);
    let (new_near, new_far) = pair();
    next.replace(new_near);
    next_far.replace(new_far);
    let handler = move |log: &mut Log, near: &mut UnixStream, context: &mut Context| {
        read_one(log, near, context);
        if let Some(new) = next.take() {
            *near = new;
        }
    };
    run.context.watch(near, Readiness::Read, handler).unwrap();
    drop(far);
    assert_eq!(run.turn(LONG), ["end"]);
    next_far.as_mut().unwrap().write_all(b"n").unwrap();
    assert_eq!(run.turn(LONG), ["n"]);
}

#[test]
fn a_handler_that_panics_ends_its_watch() {
    let mut run = Loop::new();
    let (near, mut far) = pair();
    run.context.watch(near, Readiness::Read, |_: &mut Log, _, _| panic!("on purpose")).unwrap();
    far.write_all(b"a").unwrap();
    assert!(run.turn(LONG).is_empty());
    assert!(run.watches.watches.is_empty());
}

#[test]
fn a_file_cannot_be_watched_and_the_error_says_why() {
    let mut run = Loop::new();
    let file = File::open("/proc/self/exe").unwrap();
    let error = run.context.watch(file, Readiness::Read, |_: &mut Log, _, _| {}).unwrap_err().report();
    assert!(error.contains("because it is a file or a directory, which is always ready"), "{error}");
    let shared = Rc::new(pair().0);
    run.context.watch(shared.clone(), Readiness::Read, |_: &mut Log, _, _| {}).unwrap();
    let error = run.context.watch(shared, Readiness::Write, |_: &mut Log, _, _| {}).unwrap_err().report();
    assert!(error.contains("twice: watch a duplicate"), "{error}");
}
