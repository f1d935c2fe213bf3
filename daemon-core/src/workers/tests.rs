//! The workers with their far ends played by the test, which decides what they send and when. The processes that the
//! supervisor watches do nothing.

use std::process::{Child, Command};
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use mio::Poll;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;
use crate::channel::header::Areas;
use crate::channel::message::{self, state};
use crate::channel::ring::{Memory, RingWord};
use crate::channel::{Channel, SEGMENT};
use crate::context::{Callee, OutgoingCall, WorkerRequest};
use crate::declare::flag::FlagSpec;
use crate::declare::worker::{Recycle, RemoteMethod, Startup, WorkerSpec, WorkerType};
use crate::logs::LogTarget;
use crate::rpc::introspect::spec;
use crate::settings::{Settings, Shared};
use crate::supervisor::spec::ChildSpec;
use crate::supervisor::{ChildId, ExitReport, Owner, Then};
use crate::sys::exit::Exit;
use crate::sys::memory::{Backing, Key, Segment};
use crate::sys::process::Process;
use crate::sys::sync::Doorbell;

const TIMEOUT: Duration = Duration::from_millis(500);
/// The one call that a test makes.
const CALL: CallId = CallId(1);
const MAX_REPLY: usize = 1024 * 1024;

/// A worker of that name with so many processes, and one method.
struct Fake(&'static str, usize);

impl WorkerType for Fake {
    fn spec(&self) -> WorkerSpec {
        WorkerSpec::new(self.0).count(self.1)
    }

    fn is_pool(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<&'static FlagSpec> {
        Vec::new()
    }

    fn try_flag(&self, _: usize, _: &[String]) -> std::result::Result<(), String> {
        Ok(())
    }

    fn methods(&self) -> Vec<RemoteMethod> {
        vec![RemoteMethod { spec: spec("work").spec, check: |_| Ok(()), timeout: Some(TIMEOUT) }]
    }

    fn run(&self, _: Startup) -> Result<()> {
        Ok(())
    }
}

/// Starts processes that wait to be killed.
#[derive(Default)]
struct Sleepers(Vec<Child>, VecDeque<Change>);

impl Owner for Sleepers {
    fn start(&mut self, _: ChildId, _: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
        let child = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        self.0.push(child);
        Ok(pid)
    }

    fn set_paused(&mut self, _: ChildId, _: bool) {}

    fn ended(&mut self, _: ChildId, _: Exit, _: Instant) -> ExitReport {
        ExitReport::default()
    }

    fn changed(&mut self, change: Change) {
        self.1.push_back(change);
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // The supervisor may have reaped it.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Workers whose processes are all ready, and the far ends of their channels.
struct Bench {
    workers: Workers,
    supervisor: Supervisor,
    far: Vec<Channel>,
    now: Instant,
    _sleepers: Sleepers,
    _poll: Poll,
}

impl Bench {
    fn new(types: impl IntoIterator<Item = Fake>) -> Bench {
        let (poll, now) = (Poll::new().unwrap(), Instant::now());
        let worker_type = |fake| -> Box<dyn WorkerType> { Box::new(fake) };
        let config = WorkersConfig {
            arguments: Vec::new(),
            name: "bench".to_owned(),
            version: String::new(),
            directory: "/".to_owned(),
            types: types.into_iter().map(worker_type).collect(),
            flags: Vec::new(),
            settings: Shared::new(Settings::resolve(&[], Default::default()).unwrap().1),
            descriptors: 0,
            verbosity: 0,
            log: LogTarget::Stderr,
            detached: false,
        };
        let mut supervisor = Supervisor::new();
        let mut workers = Workers::new(config, &mut supervisor, poll.registry(), now).unwrap();
        let (mut sleepers, mut far) = (Sleepers::default(), Vec::new());
        for index in 0..workers.processes.len() {
            supervisor.want(workers.processes[index].child, Want::Start, &mut sleepers, now);
            supervisor.tick(&mut sleepers, now);
            workers.changes.append(&mut sleepers.1);
            let (host, mut far_end, key) = channel();
            let live = Live::new(host, key, Recycle::never(), now);
            workers.processes[index].connect(channel_id(index), live);
            far_end.header().set_state(state::LOOPING);
            far_end.send(&message::ready().as_slices());
            workers.on_readable(&mut supervisor, channel_id(index), false, now);
            far.push(far_end);
        }
        let mut bench = Bench { workers, supervisor, far, now, _sleepers: sleepers, _poll: poll };
        bench.turn();
        assert!((0..bench.far.len()).all(|index| bench.state(index) == State::Running));
        assert!(bench.workers.are_up(&bench.supervisor));
        bench
    }

    fn state(&self, index: usize) -> State {
        self.supervisor.state(self.workers.processes[index].child)
    }

    /// Makes a call of a worker, and sends it.
    fn call(&mut self, worker: usize) {
        let callee = Callee::Known { worker, method: 0 };
        let call = OutgoingCall { callee, params: Ok(Vec::new()), caller: None, deadline: None, trace: None };
        assert_eq!(self.workers.call(&self.supervisor, CALL, call), Ok(Some(TIMEOUT)));
        self.workers.send_calls(&self.supervisor, self.now);
    }

    fn supervise(&mut self) {
        self.workers.tick(&mut self.supervisor, self.now);
        self.supervisor.tick(&mut self.workers, self.now);
        self.workers.supervised(&mut self.supervisor, self.now);
    }

    fn reap(&mut self) {
        self.supervisor.reap(&mut self.workers, self.now);
        self.workers.apply_changes(&mut self.supervisor, self.now);
    }

    /// When there is something due.
    fn next(&self) -> Option<Instant> {
        self.workers.next().into_iter().chain(self.supervisor.next_deadline()).min()
    }

    /// Does what the loop does in a turn; returns the replies.
    fn turn(&mut self) -> Vec<std::result::Result<Vec<u8>, Fault>> {
        self.workers.receive(&mut self.supervisor, self.now);
        let mut effects = self.workers.take_effects().list;
        self.workers.send_calls(&self.supervisor, self.now);
        self.supervise();
        effects.extend(self.workers.take_effects().list);
        let reply = |effect| match effect {
            Effect::Reply(_, outcome) => Some(outcome),
            Effect::Event(_) => None,
        };
        effects.into_iter().filter_map(reply).collect()
    }
}

fn channel_id(index: usize) -> ChannelId {
    ChannelId { index, generation: 0 }
}

fn channel() -> (Channel, Channel, Key) {
    let (segment, key) = Segment::create(Backing::Sealed, "bench", SEGMENT).unwrap();
    let (here, there) = Doorbell::pair().unwrap();
    let mut host = Channel::host(segment, here, MAX_REPLY).unwrap();
    host.enable_wakeup();
    let Key::Descriptor(memory) = &key else { unreachable!("it is sealed") };
    let memory = Segment::from_descriptor(memory.try_clone().unwrap()).unwrap();
    let worker = Channel::join(memory, Doorbell::from_descriptor(there).unwrap(), usize::MAX).unwrap();
    (host, worker, key)
}

#[test]
fn a_reply_that_came_while_the_daemon_was_busy_counts() {
    let mut bench = Bench::new([Fake("worker", 1)]);
    bench.call(0);
    bench.workers.receive(&mut bench.supervisor, bench.now);
    bench.far[0].send(&message::result(1, b"1").as_slices());
    bench.now += TIMEOUT;
    bench.workers.expire(&mut bench.supervisor, CALL, bench.now);
    assert_eq!(bench.turn(), [Ok(b"1".to_vec())]);
    assert_eq!(bench.state(0), State::Running);
}

#[test]
fn a_call_that_takes_too_long_has_a_fault_and_its_process_is_replaced() {
    let mut bench = Bench::new([Fake("worker", 1)]);
    bench.call(0);
    bench.now += TIMEOUT;
    bench.workers.expire(&mut bench.supervisor, CALL, bench.now);
    let faults = bench.turn();
    assert_eq!(faults[0].as_ref().unwrap_err().code(), -32003);
    assert!(matches!(bench.state(0), State::Killed(Then::Restart(_))), "{}", bench.state(0));
}

#[test]
fn processes_with_much_to_say_do_not_silence_the_others() {
    const LOUD: usize = 20;
    let mut bench = Bench::new([Fake("loud", LOUD), Fake("quiet", 1)]);
    bench.call(1);
    for index in 0..LOUD {
        for _ in 0..1000 {
            bench.far[index].send(&message::progress(1, 2).as_slices());
        }
        bench.workers.on_readable(&mut bench.supervisor, channel_id(index), false, bench.now);
    }
    bench.far[LOUD].send(&message::result(1, b"1").as_slices());
    bench.workers.on_readable(&mut bench.supervisor, channel_id(LOUD), false, bench.now);
    assert_eq!(bench.turn(), [Ok(b"1".to_vec())]);
}

#[test]
fn a_worker_that_announces_its_end_and_takes_it_back_still_has_its_grace_only() {
    let mut bench = Bench::new([Fake("worker", 1)]);
    assert_eq!(bench.next(), None, "nobody is waited for");
    bench.far[0].header().set_state(state::SPINDOWN);
    bench.workers.on_readable(&mut bench.supervisor, channel_id(0), false, bench.now);
    bench.turn();
    bench.far[0].header().set_state(state::LOOPING);
    bench.turn();
    assert_eq!(bench.next(), Some(bench.now + Duration::from_secs(5)));
    bench.now += Duration::from_secs(5);
    bench.turn();
    assert!(matches!(bench.state(0), State::Failing(_)), "{}", bench.state(0));
    assert_eq!(bench.next(), Some(bench.now + Duration::from_secs(1)), "it has been killed");
}

#[test]
fn a_process_about_to_be_killed_does_not_keep_the_daemon_awake() {
    let mut bench = Bench::new([Fake("worker", 1)]);
    let Areas { up, .. } = bench.far[0].header().areas().unwrap();
    bench.workers.on_readable(&mut bench.supervisor, channel_id(0), false, bench.now);
    bench.workers.receive(&mut bench.supervisor, bench.now);
    // It is found when the daemon is about to sleep.
    up.word(RingWord::Tail).store(3, SeqCst);
    bench.workers.send_calls(&bench.supervisor, bench.now);
    bench.turn();
    assert!(matches!(bench.state(0), State::Failing(_)), "{}", bench.state(0));
    bench.turn();
    assert!(!bench.workers.is_busy());
}

#[test]
fn an_end_without_a_signal_is_seen_at_the_doorbell() {
    for early in [true, false] {
        let mut bench = Bench::new([Fake("worker", 1)]);
        let pid = bench.supervisor.pid(bench.workers.processes[0].child).unwrap();
        if early {
            // The doorbell is closed before the process has ended.
            bench.workers.on_readable(&mut bench.supervisor, channel_id(0), true, bench.now);
            assert_eq!(bench.state(0), State::Running);
        }
        kill(pid, Signal::SIGKILL).unwrap();
        assert!(Process::open(pid.as_raw()).unwrap().unwrap().wait(Duration::from_secs(10)).unwrap());
        if early {
            bench.now += Duration::from_millis(1);
            assert_eq!(bench.next(), Some(bench.now));
            bench.supervise();
        } else {
            bench.workers.on_readable(&mut bench.supervisor, channel_id(0), true, bench.now);
        }
        assert!(matches!(bench.state(0), State::Waiting(_)), "{}", bench.state(0));
    }
}

#[test]
fn a_process_that_is_added_to_a_stopped_worker_need_not_start() {
    let mut bench = Bench::new([Fake("worker", 1)]);
    bench.workers.want(&mut bench.supervisor, 0, Want::Stop, bench.now);
    let pid = bench.supervisor.pid(bench.workers.processes[0].child).unwrap();
    assert!(Process::open(pid.as_raw()).unwrap().unwrap().wait(Duration::from_secs(10)).unwrap());
    bench.reap();
    assert_eq!(bench.state(0), State::Down);
    bench.workers.manage(
        &mut bench.supervisor,
        WorkerRequest::Scale("worker".to_owned(), 2),
        CALL,
        bench.now,
    );
    assert_eq!(bench.workers.processes.len(), 2);
    assert!(bench.workers.are_up(&bench.supervisor));
}
