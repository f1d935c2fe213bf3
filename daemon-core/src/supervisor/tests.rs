//! The supervisor with real processes, and a clock that the tests advance.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use super::spec::{
    Environment, Given, Group, Intensity, Policy, Program, Readiness, Restart, Rights, Source, Streams,
};
use super::state::Then;
use super::*;
use crate::error::Error;
use crate::sys::process::{Process, reap};
use crate::sys::spawn::{Executable, exited, signal};

const PATIENCE: Duration = Duration::from_secs(10);

/// Reports that it is ready, and lives until it is signalled or its input ends.
const GOOD: &str = "echo >&3; exec cat <&4 >&3";
/// The same, but ignores a request to stop.
const STUBBORN: &str = "trap '' TERM; echo >&3; exec cat <&4 >&3";

/// What was done for a child.
#[derive(Default)]
struct Shop {
    /// How many of the next starts fail.
    broken: u32,
    words: Option<String>,
    output: Option<File>,
    input: Option<OwnedFd>,
    done: Vec<String>,
    changes: Vec<Change>,
}

impl Owner for Shop {
    fn start(&mut self, _: ChildId, spec: &ChildSpec, paused: bool, _: Instant) -> Result<Pid> {
        if self.broken > 0 {
            self.broken -= 1;
            return Err(Error::new("no process is left"));
        }
        let ((output, for_child), (from_us, input)) = (io::pipe().unwrap(), io::pipe().unwrap());
        let descriptors = [for_child.as_fd(), from_us.as_fd()];
        let pid = spec.spawn(Given { descriptors: &descriptors, environment: &[] })?;
        self.output = Some(File::from(OwnedFd::from(output)));
        self.input = Some(input.into());
        self.done.push(if paused { "start, paused" } else { "start" }.to_owned());
        Ok(pid)
    }

    fn set_paused(&mut self, _: ChildId, paused: bool) {
        self.done.push(if paused { "pause" } else { "resume" }.to_owned());
    }

    fn ended(&mut self, _: ChildId, exit: Exit, _: Instant) -> ExitReport {
        self.done.push(exit.to_string());
        ExitReport { words: self.words.take(), excused: false }
    }

    fn changed(&mut self, change: Change) {
        self.changes.push(change);
    }
}

/// A supervisor with one child.
struct World {
    supervisor: Supervisor,
    shop: Shop,
    child: ChildId,
    now: Instant,
}

impl World {
    fn new(script: &'static str, policy: Policy) -> Self {
        let (mut supervisor, now) = (Supervisor::new(), Instant::now());
        let child = supervisor.add(OwnerId(0), spec(script, policy), now);
        World { supervisor, shop: Shop::default(), child, now }
    }

    /// A child that has just become ready.
    fn running(script: &'static str, policy: Policy) -> Self {
        let mut world = World::new(script, policy);
        world.want(Want::Start);
        world.ready();
        world.changes();
        world
    }

    fn want(&mut self, want: Want) {
        self.supervisor.want(self.child, want, &mut self.shop, self.now);
        self.pass(Duration::ZERO);
    }

    /// Waits until the child reports that it is ready, and notifies the supervisor.
    fn ready(&mut self) {
        self.shop.output.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        self.supervisor.ready(self.child, &mut self.shop, self.now);
    }

    fn unfit(&mut self, why: &str) {
        self.supervisor.unfit(self.child, why, &mut self.shop, self.now);
    }

    fn replace(&mut self, why: &str) {
        self.supervisor.replace(self.child, why, &mut self.shop, self.now);
    }

    /// Waits until the process of the child has ended and been reaped, and restarted if that is due.
    fn end(&mut self) {
        wait(self.pid());
        self.supervisor.reap(&mut self.shop, self.now);
        self.pass(Duration::ZERO);
    }

    fn kill(&mut self) {
        signal(self.pid(), libc::SIGKILL).unwrap();
        self.end();
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.supervisor.tick(&mut self.shop, self.now);
    }

    fn state(&self) -> State {
        self.supervisor.state(self.child)
    }

    fn pid(&self) -> Pid {
        self.supervisor.pid(self.child).unwrap()
    }

    /// Returns the time until the deadline.
    fn left(&self) -> Option<Duration> {
        self.supervisor.next_deadline().map(|deadline| deadline.saturating_duration_since(self.now))
    }

    /// Returns the changes, each with its reason.
    fn changes(&mut self) -> Vec<String> {
        let changes = std::mem::take(&mut self.shop.changes);
        changes
            .into_iter()
            .map(|change| match change.reason {
                Some(reason) => format!("{}: {reason}", change.to),
                None => change.to.to_string(),
            })
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.want(Want::Stop);
        self.supervisor.hurry(self.child, &mut self.shop, self.now);
        if self.supervisor.pid(self.child).is_some() && !std::thread::panicking() {
            self.end();
        }
    }
}

/// A shell that runs a script, with its output at descriptor 3 and its input at 4.
fn spec(script: &str, policy: Policy) -> ChildSpec {
    ChildSpec {
        name: "child".to_owned(),
        program: Program::Opened(Rc::new(Executable::open(Path::new("/bin/sh")).unwrap())),
        arguments: ["sh", "-c", script].map(Into::into).to_vec(),
        environment: Environment::default(),
        descriptors: vec![(3, Source::Given(0)), (4, Source::Given(1))],
        streams: Streams::Outputs,
        blocked: false,
        group: Group::Own,
        directory: None,
        rights: Rights::default(),
        orphan: None,
        readiness: Readiness::Reported,
        quiet: false,
        policy,
    }
}

fn wait(pid: Pid) {
    let process = Process::open(pid.as_raw()).unwrap().unwrap();
    assert!(process.wait(PATIENCE).unwrap(), "{pid} does not end");
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_child_starts_becomes_ready_and_stops() {
    let mut world = World::new(GOOD, Policy::new());
    assert_eq!((world.state(), world.left()), (State::Down, None));
    world.want(Want::Start);
    assert_eq!(world.left(), Some(seconds(30)));
    world.ready();
    assert_eq!(world.left(), None);
    world.want(Want::Stop);
    assert_eq!(world.left(), Some(seconds(5)));
    world.end();
    assert_eq!(world.changes(), ["starting", "running", "stopping", "down: SIGTERM"]);
    assert_eq!(world.shop.done, ["start", "SIGTERM"]);
    assert_eq!(world.supervisor.pid(world.child), None);
    assert_eq!(world.supervisor.restarts(world.child), 0);
}

#[test]
fn a_child_that_does_not_stop_is_killed_after_its_grace() {
    let mut world = World::running(STUBBORN, Policy::new());
    world.want(Want::Stop);
    world.pass(seconds(5) - Duration::from_nanos(1));
    assert_eq!(world.state(), State::Stopping(Then::Down));
    world.pass(Duration::from_nanos(1));
    world.end();
    let down = "down: SIGKILL: not stopped within 5s";
    assert_eq!(world.changes(), ["stopping", "killed: not stopped within 5s", down]);
}

#[test]
fn changes_of_mind_give_no_more_grace() {
    let mut world = World::running(STUBBORN, Policy::new());
    for want in [Want::Stop, Want::Start, Want::Stop, Want::Restart, Want::Stop] {
        world.want(want);
        world.pass(seconds(1));
    }
    assert_eq!(world.state(), State::Killed(Then::Down));
}

#[test]
fn a_child_asked_to_stop_in_a_hurry_is_killed_at_once() {
    let mut world = World::running(STUBBORN, Policy::new());
    world.supervisor.hurry(world.child, &mut world.shop, world.now);
    assert_eq!(world.state(), State::Running, "it was not asked to stop");
    world.want(Want::Stop);
    world.supervisor.hurry(world.child, &mut world.shop, world.now);
    world.end();
    assert_eq!(world.state(), State::Down);
}

#[test]
fn a_policy_may_have_its_own_stop_signal() {
    let policy = Policy { stop_signal: libc::SIGHUP, ..Policy::new() };
    let mut world = World::running(GOOD, policy);
    world.want(Want::Stop);
    world.end();
    assert_eq!(world.changes(), ["stopping", "down: SIGHUP"]);
}

#[test]
fn a_child_that_has_lived_is_restarted_at_once_and_an_early_end_waits() {
    let mut world = World::running(GOOD, Policy::new());
    world.pass(seconds(1));
    let first = world.pid();
    world.kill();
    assert_eq!(world.changes(), ["waiting: SIGKILL", "starting"]);
    assert_ne!(world.pid(), first);
    world.ready();
    world.kill();
    assert_eq!(world.changes(), ["running", "waiting: SIGKILL"]);
    let delay = world.left().unwrap();
    assert!((75..=100).contains(&delay.as_millis()), "{delay:?}");
    world.pass(delay);
    assert_eq!(world.changes(), ["starting"]);
    assert_eq!(world.supervisor.restarts(world.child), 2);
    assert_eq!(world.supervisor.since(world.child), Some(world.now));
}

#[test]
fn a_child_that_is_not_to_be_restarted_fails_and_can_be_started_again() {
    for (restart, script, to) in [
        (Restart::Never, "exit 3", "failed: exit code 3"),
        (Restart::OnFailure, "exit 0", "failed: exit code 0"),
        (Restart::OnFailure, "exit 3", "waiting: exit code 3"),
        (Restart::Always, "exit 0", "waiting: exit code 0"),
    ] {
        let mut world = World::new(script, Policy { restart, ..Policy::new() });
        world.want(Want::Start);
        world.end();
        assert_eq!(world.changes(), ["starting", to]);
        world.want(Want::Start);
        assert_eq!(world.changes(), ["starting"]);
    }
}

#[test]
fn a_child_that_fails_too_often_is_given_up_until_somebody_wants_it() {
    let policy = Policy::new().intensity(2, seconds(60));
    let mut world = World::running(GOOD, policy);
    for _ in 0..2 {
        world.pass(seconds(1));
        world.kill();
        world.ready();
    }
    world.changes();
    world.pass(seconds(1));
    world.kill();
    assert_eq!(world.changes(), ["failed: SIGKILL; more than 2 restarts within 1m"]);
    world.want(Want::Start);
    world.ready();
    world.pass(seconds(1));
    world.kill();
    assert_eq!(world.changes(), ["starting", "running", "waiting: SIGKILL", "starting"]);
}

#[test]
fn a_start_that_fails_is_tried_again_until_it_succeeds() {
    let policy = Policy {
        restart: Restart::Never,
        intensity: Some(Intensity { restarts: 0, within: seconds(1) }),
        ..Policy::new()
    };
    let mut world = World::new(GOOD, policy);
    world.shop.broken = 3;
    world.want(Want::Start);
    for longest in [100, 200, 400] {
        assert_eq!(world.changes(), ["starting", "waiting: no process is left"]);
        let delay = world.left().unwrap();
        assert!((longest * 3 / 4..=longest).contains(&delay.as_millis()), "{delay:?}");
        world.pass(delay);
    }
    assert_eq!(world.changes(), ["starting"]);
    world.ready();
    assert_eq!(world.state(), State::Running);
    assert_eq!(world.shop.done, ["start"], "there was an end without a start");
    assert_eq!(world.supervisor.restarts(world.child), 0);
}

#[test]
fn a_child_that_is_not_ready_in_time_is_killed() {
    let mut world = World::new("exec cat <&4", Policy::new());
    world.want(Want::Start);
    world.pass(seconds(30));
    world.end();
    let reason = "not ready within 30s";
    assert_eq!(
        world.changes(),
        ["starting".to_owned(), format!("failing: {reason}"), format!("waiting: SIGKILL: {reason}")]
    );
}

#[test]
fn an_unfit_child_is_killed_and_the_policy_decides() {
    let mut world = World::running(STUBBORN, Policy { restart: Restart::Never, ..Policy::new() });
    world.shop.words = Some("goodbye".to_owned());
    world.unfit("no sign of life");
    world.unfit("said twice");
    world.end();
    assert_eq!(world.changes(), ["failing: no sign of life", "failed: SIGKILL: no sign of life; goodbye"]);
}

#[test]
fn a_child_that_is_replaced_comes_back_at_once_whatever_the_policy() {
    let policy = Policy {
        restart: Restart::Never,
        intensity: Some(Intensity { restarts: 0, within: seconds(1) }),
        ..Policy::new()
    };
    let mut world = World::running(STUBBORN, policy);
    world.replace("a call takes too long");
    world.end();
    let why = "a call takes too long";
    let changes =
        [format!("killed, restarting: {why}"), format!("waiting: SIGKILL: {why}"), "starting".to_owned()];
    assert_eq!(world.changes(), changes);
}

#[test]
fn what_was_said_of_a_child_without_a_process_is_not_held_against_the_next() {
    let mut world = World::new(GOOD, Policy::new());
    world.unfit("late");
    world.replace("late");
    world.want(Want::Start);
    world.ready();
    world.kill();
    assert_eq!(world.changes(), ["starting", "running", "waiting: SIGKILL"]);
}

#[test]
fn what_was_true_of_a_process_is_not_held_against_the_next() {
    let mut world = World::running(GOOD, Policy::new());
    world.pass(seconds(1));
    world.unfit("no sign of life");
    world.end();
    world.kill();
    let ended = "waiting: SIGKILL: no sign of life";
    assert_eq!(world.changes(), ["failing: no sign of life", ended, "starting", "waiting: SIGKILL"]);
}

#[test]
#[allow(clippy::zombie_processes)] // The supervisor waits for it.
fn a_child_that_cannot_be_killed_is_taken_for_gone() {
    for (want, to) in [(None, "waiting"), (Some(Want::Stop), "down")] {
        let mut world = World::running(GOOD, Policy::new());
        let pid = world.pid();
        signal(pid, libc::SIGSTOP).unwrap();
        world.unfit("no sign of life");
        if let Some(want) = want {
            world.want(want);
        }
        world.changes();
        // The supervisor waits for another process here: one that was not killed.
        let mut other = Command::new("sleep").arg("1000").spawn().unwrap();
        let stubborn = Pid::from_raw(i32::try_from(other.id()).unwrap());
        world.supervisor.children[world.child.index].pid = Some(stubborn);
        assert_eq!(world.left(), Some(seconds(1)));
        world.pass(seconds(1));
        let gone = "SIGKILL: no sign of life; not gone within 1s after its SIGKILL";
        assert_eq!(world.changes(), [format!("{to}: {gone}")]);
        assert_eq!(world.supervisor.pid(world.child), None);
        assert_eq!(world.supervisor.strays, [(stubborn, Group::Own)]);
        other.kill().unwrap();
        wait(stubborn);
        world.supervisor.reap(&mut world.shop, world.now);
        assert!(world.supervisor.strays.is_empty(), "it is a zombie");
        wait(pid);
        reap(pid).unwrap();
    }
}

#[test]
fn a_paused_child_comes_back_paused() {
    let mut world = World::running(GOOD, Policy::new());
    world.want(Want::Pause);
    world.pass(seconds(1));
    world.kill();
    world.ready();
    assert_eq!(world.changes(), ["paused", "waiting (to pause): SIGKILL", "starting (to pause)", "paused"]);
    world.want(Want::Resume);
    assert_eq!(world.shop.done, ["start", "pause", "SIGKILL", "start, paused", "resume"]);
    assert_eq!(world.state(), State::Running);
}

#[test]
fn a_child_that_is_paused_before_it_is_ready_is_told() {
    let mut world = World::new(GOOD, Policy::new());
    world.want(Want::Start);
    world.want(Want::Pause);
    world.ready();
    assert_eq!(world.changes(), ["starting", "paused"]);
    assert_eq!(world.shop.done, ["start", "pause"]);
}

#[test]
fn one_look_reaps_all_that_have_ended_and_nobody_elses() {
    let mut others = Command::new("/bin/true").spawn().unwrap();
    let policy = Policy { restart: Restart::Never, ..Policy::new() };
    let mut world = World::new("exit 3", policy);
    let mut children = vec![world.child];
    children.extend((0..9).map(|_| world.supervisor.add(OwnerId(0), spec("exit 3", policy), world.now)));
    for child in &children {
        world.supervisor.want(*child, Want::Start, &mut world.shop, world.now);
    }
    for started in [4, 8, 10, 10] {
        world.pass(Duration::ZERO);
        let have = children.iter().filter(|child| world.supervisor.pid(**child).is_some());
        assert_eq!(have.count(), started, "so many are started in a turn");
    }
    for child in &children {
        wait(world.supervisor.pid(*child).unwrap());
    }
    wait(Pid::from_raw(i32::try_from(others.id()).unwrap()));
    world.supervisor.reap(&mut world.shop, world.now);
    assert!(children.iter().all(|child| world.supervisor.state(*child) == State::Failed));
    assert!(others.wait().unwrap().success());
}

#[test]
fn a_process_that_user_code_has_not_waited_for_hides_no_child() {
    let mut other = Command::new("/bin/true").spawn().unwrap();
    wait(Pid::from_raw(i32::try_from(other.id()).unwrap()));
    let policy = Policy { restart: Restart::Never, ..Policy::new() };
    let mut world = World::new("exit 3", policy);
    let mut children = vec![world.child];
    children.extend((0..39).map(|_| world.supervisor.add(OwnerId(0), spec("exit 3", policy), world.now)));
    for child in &children {
        world.supervisor.want(*child, Want::Start, &mut world.shop, world.now);
    }
    for _ in 0..10 {
        world.pass(Duration::ZERO);
    }
    children.iter().for_each(|child| wait(world.supervisor.pid(*child).unwrap()));
    let failed = |world: &World| {
        children.iter().filter(|child| world.supervisor.state(**child) == State::Failed).count()
    };
    for (more, reaped) in [(true, 32), (false, 40), (false, 40)] {
        assert_eq!(world.supervisor.reap(&mut world.shop, world.now), more);
        assert_eq!(failed(&world), reaped, "so many are reaped in a turn");
    }
    assert!(other.wait().unwrap().success());
}

#[test]
fn a_child_that_somebody_else_has_reaped_is_not_waited_for() {
    let mut world = World::running(GOOD, Policy { restart: Restart::OnFailure, ..Policy::new() });
    signal(world.pid(), libc::SIGKILL).unwrap();
    reap(world.pid()).unwrap();
    world.supervisor.reap(&mut world.shop, world.now);
    assert_eq!(world.changes(), ["waiting: exit code -1"]);
}

#[test]
fn a_removed_child_is_not_taken_for_the_next() {
    let mut world = World::running(GOOD, Policy::new());
    world.supervisor.remove(world.child);
    assert_eq!(world.state(), State::Running, "it was removed while it lived");
    world.want(Want::Stop);
    world.end();
    let old = world.child;
    world.supervisor.remove(old);
    world.child = world.supervisor.add(OwnerId(0), spec(GOOD, Policy::new()), world.now);
    assert_eq!(old.index, world.child.index);
    world.want(Want::Start);
    world.supervisor.want(old, Want::Stop, &mut world.shop, world.now);
    assert_eq!((world.supervisor.state(old), world.supervisor.pid(old)), (State::Down, None));
    world.ready();
    assert_eq!(world.state(), State::Running);
}

#[test]
fn a_child_may_be_ready_as_soon_as_it_runs() {
    let mut world = World::new("exec cat <&4", Policy::new());
    let spec = ChildSpec { readiness: Readiness::Started, ..spec("exec cat <&4", Policy::new()) };
    world.child = world.supervisor.add(OwnerId(0), spec, world.now);
    world.want(Want::Start);
    assert_eq!(world.changes(), ["starting", "running"]);
}

#[test]
fn what_a_child_has_started_is_left_alone_if_it_is_in_our_group() {
    for (group, survives) in [(Group::Inherited, true), (Group::Own, false)] {
        let mut world = World::new("", Policy::new());
        // The second process holds the output open, and ends when its input does.
        let script = "exec 5<&4; cat <&5 >&3 & echo >&3";
        let policy = Policy { restart: Restart::Never, ..Policy::new() };
        let spec = ChildSpec { quiet: true, group, ..spec(script, policy) };
        world.child = world.supervisor.add(OwnerId(0), spec, world.now);
        world.want(Want::Start);
        world.ready();
        world.end();
        assert_eq!(world.changes(), ["starting", "running", "failed"]);
        let input = world.shop.input.take().unwrap();
        // Nobody reads it if the second process was killed.
        let _ = nix::unistd::write(&input, b"still here");
        drop(input);
        let mut said = String::new();
        world.shop.output.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said == "still here", survives, "{said:?}");
    }
}

#[test]
fn what_a_spec_sets_is_carried_out() {
    let null = File::open("/dev/null").unwrap();
    let given = Given { descriptors: &[null.as_fd(), null.as_fd()], environment: &[("GIVEN", "2")] };
    let script = "test $(pwd) = /proc && test $SET = 1 && test $GIVEN = 2 && test -z \"$CARGO_MANIFEST_DIR\"";
    let good = ChildSpec {
        program: Program::Path("/bin/sh".into()),
        directory: Some("/proc".into()),
        environment: Environment { inherits: Some(Vec::new()), set: vec![("SET".into(), "1".into())] },
        ..spec(script, Policy::new())
    };
    let pid = good.spawn(given).unwrap();
    wait(pid);
    assert_eq!(exited(pid, Group::Own).unwrap(), Some(Exit::Code(0)));

    let missing = good.spawn(Given::default()).unwrap_err();
    assert_eq!(missing.to_string(), "nothing was given for descriptor 3 of `child`");
}

/// Two owners, numbered from 0 on.
struct Shops([Shop; 2]);

impl Owners for Shops {
    fn owner(&mut self, id: OwnerId) -> &mut dyn Owner {
        &mut self.0[id.0]
    }
}

#[test]
fn the_children_of_two_owners_share_a_supervisor() {
    let (mut supervisor, now) = (Supervisor::new(), Instant::now());
    let policy = Policy { restart: Restart::Never, ..Policy::new() };
    let children = [0, 1].map(|owner| supervisor.add(OwnerId(owner), spec("exit 3", policy), now));
    let mut shops = Shops([Shop::default(), Shop::default()]);
    for child in children {
        supervisor.want(child, Want::Start, &mut shops, now);
    }
    supervisor.tick(&mut shops, now);
    children.iter().for_each(|child| wait(supervisor.pid(*child).unwrap()));
    supervisor.reap(&mut shops, now);
    for (shop, child) in shops.0.iter().zip(children) {
        assert_eq!(shop.done, ["start", "exit code 3"]);
        assert!(shop.changes.iter().all(|change| change.child == child), "{:?}", shop.changes);
    }
}
