//! The crew with workers that are played by the test: what they say, and when, is up to it. The processes that the
//! supervisor looks after do nothing.

use std::process::{Child, Command};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use mio::Poll;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;
use crate::context::{Callee, CrewOrder, Errand};
use crate::declare::flag::Face;
use crate::declare::worker::{Assignment, Job, Offer, Role};
use crate::logs::LogTarget;
use crate::rpc::introspect::about;
use crate::supervisor::{Owner, Parting};
use crate::sys::exit::Exit;
use crate::sys::memory::{Backing, Key, Segment};
use crate::sys::process::Process;
use crate::sys::sync::Doorbell;
use crate::worker::channel::{Channel, SEGMENT};
use crate::worker::header::Areas;
use crate::worker::message::{self, state};
use crate::worker::ring::{Memory, Place};

const TIMEOUT: Duration = Duration::from_millis(500);
const ANSWER: usize = 1024 * 1024;

/// A worker of that name with so many processes, and one method.
struct Part(&'static str, usize);

impl Role for Part {
    fn job(&self) -> Job {
        Job::new(self.0).count(self.1)
    }

    fn is_pool(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<&'static Face> {
        Vec::new()
    }

    fn try_flag(&self, _: usize, _: &[String]) -> std::result::Result<(), String> {
        Ok(())
    }

    fn offers(&self) -> Vec<Offer> {
        vec![Offer { about: about("work").about, check: |_| Ok(()), timeout: Some(TIMEOUT) }]
    }

    fn work(&self, _: Assignment) -> Result<()> {
        Ok(())
    }
}

/// Starts processes that wait to be killed.
#[derive(Default)]
struct Extras(Vec<Child>);

impl Owner for Extras {
    fn start(&mut self, _: ChildId, _: bool) -> Result<Pid> {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        self.0.push(child);
        Ok(pid)
    }

    fn rest(&mut self, _: ChildId, _: bool) {}

    fn ended(&mut self, _: ChildId, _: Exit) -> Parting {
        Parting::default()
    }
}

impl Drop for Extras {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // The crew may have reaped it.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A crew whose processes are all ready, and the workers' ends of their channels.
struct Stage {
    crew: Crew,
    workers: Vec<Channel>,
    now: Instant,
    _extras: Extras,
    _poll: Poll,
}

impl Stage {
    fn new(parts: impl IntoIterator<Item = Part>) -> Stage {
        let (poll, now) = (Poll::new().unwrap(), Instant::now());
        let role = |part| -> Box<dyn Role> { Box::new(part) };
        let duties = Duties {
            name: "stage".to_owned(),
            version: String::new(),
            directory: "/".to_owned(),
            roles: parts.into_iter().map(role).collect(),
            flags: Vec::new(),
            answer: ANSWER,
            descriptors: 0,
            verbosity: 0,
            log: LogTarget::Stderr,
            detached: false,
        };
        let mut crew = Crew::new(duties, poll.registry(), now).unwrap();
        let (mut extras, mut workers) = (Extras::default(), Vec::new());
        for index in 0..crew.hands.len() {
            crew.supervisor.wish(crew.hands[index].child, Wish::Start, &mut extras, now);
            crew.supervisor.tick(&mut extras, now);
            let (host, mut worker, key) = channel();
            crew.hands[index].bind(host, key, now);
            worker.header().set_state(state::LOOPING);
            worker.send(&message::ready().as_slices());
            crew.stir(index, false, now);
            workers.push(worker);
        }
        let mut stage = Stage { crew, workers, now, _extras: extras, _poll: poll };
        stage.turn();
        assert!((0..stage.workers.len()).all(|index| stage.state(index) == State::Running));
        assert!(stage.crew.has_begun());
        stage
    }

    fn state(&self, index: usize) -> State {
        self.crew.supervisor.state(self.crew.hands[index].child)
    }

    /// Makes a call of a worker, and sends it.
    fn call(&mut self, role: usize) {
        let callee = Callee::Known { role, method: 0 };
        let settle: Settle = Box::new(|_, _, _| ());
        let errand = Errand { callee, params: Ok(Vec::new()), caller: None, settle: Some(settle) };
        self.crew.call(errand, self.now);
        self.crew.hand_out(self.now);
    }

    /// What the loop does in a turn; gives back the answers.
    fn turn(&mut self) -> Vec<std::result::Result<Vec<u8>, Fault>> {
        self.crew.listen(self.now);
        let mut settled = self.crew.take_tidings().settled;
        self.crew.hand_out(self.now);
        self.crew.tick(self.now);
        settled.extend(self.crew.take_tidings().settled);
        settled.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

fn channel() -> (Channel, Channel, Key) {
    let (segment, key) = Segment::create(Backing::Sealed, "stage", SEGMENT).unwrap();
    let (here, there) = Doorbell::pair().unwrap();
    let mut host = Channel::host(segment, here, ANSWER).unwrap();
    host.rest();
    let Key::Descriptor(memory) = &key else { unreachable!("it is sealed") };
    let memory = Segment::from_descriptor(memory.try_clone().unwrap()).unwrap();
    let worker = Channel::join(memory, Doorbell::from_descriptor(there).unwrap(), usize::MAX).unwrap();
    (host, worker, key)
}

#[test]
fn an_answer_that_came_while_the_daemon_was_busy_counts() {
    let mut stage = Stage::new([Part("worker", 1)]);
    stage.call(0);
    stage.crew.listen(stage.now);
    stage.workers[0].send(&message::result(1, b"1").as_slices());
    stage.now += TIMEOUT;
    stage.crew.tick(stage.now);
    assert_eq!(stage.turn(), [Ok(b"1".to_vec())]);
    assert_eq!(stage.state(0), State::Running);
}

#[test]
fn a_call_that_takes_too_long_has_a_fault_and_its_process_is_replaced() {
    let mut stage = Stage::new([Part("worker", 1)]);
    stage.call(0);
    stage.now += TIMEOUT;
    let faults = stage.turn();
    assert_eq!(faults[0].as_ref().unwrap_err().code(), -32003);
    assert!(matches!(stage.state(0), State::Culling(_)), "{}", stage.state(0));
}

#[test]
fn processes_with_much_to_say_do_not_silence_the_others() {
    const LOUD: usize = 20;
    let mut stage = Stage::new([Part("loud", LOUD), Part("quiet", 1)]);
    stage.call(1);
    for index in 0..LOUD {
        for _ in 0..1000 {
            stage.workers[index].send(&message::progress(1, 2).as_slices());
        }
        stage.crew.stir(index, false, stage.now);
    }
    stage.workers[LOUD].send(&message::result(1, b"1").as_slices());
    stage.crew.stir(LOUD, false, stage.now);
    assert_eq!(stage.turn(), [Ok(b"1".to_vec())]);
}

#[test]
fn who_begins_to_leave_and_takes_it_back_has_its_grace_all_the_same() {
    let mut stage = Stage::new([Part("worker", 1)]);
    assert_eq!(stage.crew.next(), None, "nobody is waited for");
    stage.workers[0].header().set_state(state::SPINDOWN);
    stage.turn();
    stage.workers[0].header().set_state(state::LOOPING);
    stage.turn();
    assert_eq!(stage.crew.next(), Some(stage.now + Duration::from_secs(5)));
    stage.now += Duration::from_secs(5);
    stage.turn();
    assert!(matches!(stage.state(0), State::Condemned(_)), "{}", stage.state(0));
    assert_eq!(stage.crew.next(), Some(stage.now + Duration::from_secs(1)), "it has been killed");
}

#[test]
fn nobody_is_kept_awake_by_a_process_that_is_to_be_killed() {
    let mut stage = Stage::new([Part("worker", 1)]);
    let Areas { up, .. } = stage.workers[0].header().areas().unwrap();
    stage.crew.stir(0, false, stage.now);
    stage.crew.listen(stage.now);
    // It is found when the daemon is about to sleep.
    up.word(Place::Tail).store(3, SeqCst);
    stage.crew.hand_out(stage.now);
    stage.turn();
    assert!(matches!(stage.state(0), State::Condemned(_)), "{}", stage.state(0));
    stage.turn();
    assert!(!stage.crew.is_busy());
}

#[test]
fn an_end_that_no_signal_tells_of_is_seen_by_the_end_of_the_doorbell() {
    for early in [true, false] {
        let mut stage = Stage::new([Part("worker", 1)]);
        let pid = stage.crew.supervisor.pid(stage.crew.hands[0].child).unwrap();
        if early {
            // The doorbell is closed before the process has ended.
            stage.crew.stir(0, true, stage.now);
            assert_eq!(stage.state(0), State::Running);
        }
        kill(pid, Signal::SIGKILL).unwrap();
        assert!(Process::open(pid.as_raw()).unwrap().unwrap().wait(Duration::from_secs(10)).unwrap());
        if early {
            stage.now += Duration::from_millis(1);
            assert_eq!(stage.crew.next(), Some(stage.now));
            stage.crew.tick(stage.now);
        } else {
            stage.crew.stir(0, true, stage.now);
        }
        assert!(matches!(stage.state(0), State::Waiting(_)), "{}", stage.state(0));
    }
}

#[test]
fn a_process_that_is_added_to_a_stopped_worker_need_not_begin() {
    let mut stage = Stage::new([Part("worker", 1)]);
    stage.crew.wish(0, Wish::Stop, stage.now);
    let pid = stage.crew.supervisor.pid(stage.crew.hands[0].child).unwrap();
    assert!(Process::open(pid.as_raw()).unwrap().unwrap().wait(Duration::from_secs(10)).unwrap());
    stage.crew.reap(stage.now);
    assert_eq!(stage.state(0), State::Down);
    stage.crew.manage(CrewOrder::Scale("worker".to_owned(), 2), Box::new(|_, _, _| ()), stage.now);
    assert_eq!(stage.crew.hands.len(), 2);
    assert!(stage.crew.has_begun());
}
