//! Every order in which things can happen to three children, to a depth, with what must hold in each.
//!
//! The supervisor is the real one. The processes are not: their numbers are higher than the kernel gives any, so that a
//! signal to one reaches nobody. They become ready and end when the test says so, and time is what the test says it is.
//! The limit: a process that does not end even after SIGKILL is not among them; the tests with real processes have one.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::spec::{Backoff, ChildSpec, Intensity, Policy, Readiness, Restart};
use super::state::Want;
use super::*;
use crate::printed;

/// The number of children.
const CHILDREN: usize = 3;
/// The number of things that happen one after the other.
const DEPTH: usize = 9;
/// The kernel gives no process this number or a higher one (`PID_MAX_LIMIT`).
const NOBODY: i32 = 1 << 22;
/// The longest that children which do what they are asked take to be as wanted, in steps.
const STEPS: usize = 64;

const RESTARTS: u32 = 2;
const WITHIN: Duration = Duration::from_secs(60);

/// What can happen.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Wanted(usize, Want),
    /// Its process reports that it is ready.
    Ready(usize),
    /// Its process ends: by itself if the exit is clean.
    Ended(usize, Exit),
    Unfit(usize),
    Replaced(usize),
    /// A turn of the loop begins.
    Turn,
    /// The next deadline comes.
    Time,
}

/// What is wanted of a child, as the page says: a request is remembered until the child has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted {
    Down,
    Run,
    Pause,
    /// Nothing: it has failed.
    Nothing,
}

/// The owner of the children, and what it knows of them.
#[derive(Debug, Clone)]
struct Household {
    /// The processes, as their starts and ends were reported.
    living: [Option<Pid>; CHILDREN],
    started: i32,
}

impl Owner for Household {
    fn start(&mut self, child: ChildId, _: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
        let place = &mut self.living[child.index()];
        assert_eq!(*place, None, "a second process is started while the first one lives");
        self.started += 1;
        let pid = Pid::from_raw(NOBODY + self.started);
        *place = Some(pid);
        Ok(pid)
    }

    fn ended(&mut self, child: ChildId, _: Exit, _: Instant) -> ExitReport {
        let ended = self.living[child.index()].take();
        assert!(ended.is_some(), "the end of a process is reported twice");
        ExitReport::default()
    }

    fn changed(&mut self, _: Change) {}
}

/// Three children at one moment.
#[derive(Clone)]
struct World {
    supervisor: Supervisor,
    household: Household,
    children: [ChildId; CHILDREN],
    wanted: [Wanted; CHILDREN],
    /// When children were restarted because of their policy, since the last time that somebody started them.
    restarted: [VecDeque<Instant>; CHILDREN],
    now: Instant,
}

impl World {
    /// A child that is always restarted, but not too often; one that is restarted after a failure; one that never is.
    fn new() -> Self {
        let usual = Policy {
            backoff: Backoff { from: Duration::from_millis(100), to: Duration::from_secs(1) },
            ..Policy::new()
        };
        let policies = [
            Policy { intensity: Some(Intensity { restarts: RESTARTS, within: WITHIN }), ..usual },
            Policy { restart: Restart::OnFailure, ..usual },
            Policy { restart: Restart::Never, ..usual },
        ];
        let (mut supervisor, now) = (Supervisor::new(), Instant::now());
        let children = policies.map(|policy| {
            let spec = ChildSpec::new("child", "/nowhere").policy(policy).readiness(Readiness::Reported);
            supervisor.add(OwnerId(0), spec.quiet(), now)
        });
        let household = Household { living: [None; CHILDREN], started: 0 };
        let restarted = std::array::from_fn(|_| VecDeque::new());
        World { supervisor, household, children, wanted: [Wanted::Down; CHILDREN], restarted, now }
    }

    fn state(&self, child: usize) -> State {
        self.supervisor.state(self.children[child])
    }

    /// Returns everything that can happen now.
    fn happenings(&self) -> Vec<Happening> {
        let of = |child| {
            let wants = [Want::Start, Want::Stop, Want::Restart, Want::Pause, Want::Resume];
            let wants = wants.map(|want| Happening::Wanted(child, want));
            let failed = Exit::Signal(libc::SIGSEGV);
            let process = [
                Happening::Ready(child),
                Happening::Ended(child, Exit::Code(0)),
                Happening::Ended(child, failed),
                Happening::Unfit(child),
                Happening::Replaced(child),
            ];
            let lives = self.household.living[child].is_some();
            wants.into_iter().chain(process.into_iter().filter(move |_| lives))
        };
        (0..CHILDREN).flat_map(of).chain([Happening::Turn, Happening::Time]).collect()
    }

    fn apply(&mut self, happening: Happening) {
        let (supervisor, owners, now) = (&mut self.supervisor, &mut self.household, self.now);
        match happening {
            Happening::Wanted(child, want) => {
                self.wanted[child] = wanted(self.wanted[child], want);
                if matches!(want, Want::Start | Want::Restart) {
                    self.restarted[child].clear();
                }
                supervisor.want(self.children[child], want, owners, now);
            }
            Happening::Ready(child) => supervisor.ready(self.children[child], owners, now),
            Happening::Ended(child, exit) => {
                let decides = supervisor.state(self.children[child]).is_surprised_by_an_end();
                supervisor.end(self.children[child], exit, owners, now);
                if decides && !supervisor.state(self.children[child]).is_down() {
                    self.restarted[child].push_back(now);
                }
            }
            Happening::Unfit(child) => supervisor.unfit(self.children[child], "unfit", owners, now),
            Happening::Replaced(child) => supervisor.replace(self.children[child], "replaced", owners, now),
            Happening::Turn => supervisor.tick(owners, now),
            Happening::Time => {
                self.now = supervisor.next_deadline().unwrap_or(now).max(now);
                supervisor.tick(owners, self.now);
            }
        }
        for child in 0..CHILDREN {
            if self.state(child) == State::Failed {
                self.wanted[child] = Wanted::Nothing;
            }
        }
    }

    /// Checks what must hold at every moment.
    fn check(&self) {
        for child in 0..CHILDREN {
            let known = self.supervisor.pid(self.children[child]);
            assert_eq!(known, self.household.living[child], "a process that nobody looks after");
            let has_process = !matches!(self.state(child), State::Down | State::Waiting(_) | State::Failed);
            assert_eq!(has_process, known.is_some(), "{}", self.state(child));
            if let Some(pid) = known {
                assert_eq!(self.supervisor.running.get(&pid), Some(&self.children[child]));
            }
        }
        let living = self.household.living.iter().flatten().count();
        assert_eq!(self.supervisor.running.len(), living, "a process that has ended is still looked after");
        let recent = self.restarted[0].iter().filter(|at| self.now.duration_since(**at) <= WITHIN).count();
        assert!(
            recent <= usize::try_from(RESTARTS).unwrap(),
            "restarted more often than the intensity allows"
        );
    }

    /// Checks that every child gets where it is wanted, if processes do what they are asked.
    fn check_that_wants_are_met(mut self) {
        for _ in 0..STEPS {
            match (0..CHILDREN).find_map(|child| self.obedient(child)) {
                Some(happening) => self.apply(happening),
                None if self.supervisor.next_deadline().is_some() => self.apply(Happening::Time),
                None => break,
            }
        }
        for child in 0..CHILDREN {
            let expected = match self.wanted[child] {
                Wanted::Down => State::Down,
                Wanted::Run => State::Running,
                Wanted::Pause => State::Paused,
                Wanted::Nothing => State::Failed,
            };
            assert_eq!(self.state(child), expected, "what is wanted of child {child} is not reached");
        }
    }

    /// Returns what an obedient process does next.
    fn obedient(&self, child: usize) -> Option<Happening> {
        self.household.living[child]?;
        match self.state(child) {
            State::Starting(_) => Some(Happening::Ready(child)),
            State::Stopping(_) => Some(Happening::Ended(child, Exit::Signal(libc::SIGTERM))),
            State::Killed(_) | State::Failing(_) => {
                Some(Happening::Ended(child, Exit::Signal(libc::SIGKILL)))
            }
            State::Down | State::Waiting(_) | State::Running | State::Paused | State::Failed => None,
        }
    }

    /// Returns what makes two moments alike: all but the exact times.
    fn likeness(&self) -> Likeness {
        let deadline = |child: usize| self.supervisor.get(self.children[child]).and_then(Child::deadline);
        std::array::from_fn(|child| {
            let earlier = (0..CHILDREN).filter(|other| deadline(*other) < deadline(child)).count();
            let due = deadline(child).is_some_and(|at| at <= self.now);
            (self.state(child), self.wanted[child], self.restarted[child].len().min(3), earlier, due)
        })
    }
}

/// The state of each child, what is wanted of it, its restarts, and how its deadline compares with those of the others.
type Likeness = [(State, Wanted, usize, usize, bool); CHILDREN];

/// Returns what is wanted after a request. A pause lasts until somebody resumes, or stops the child.
fn wanted(before: Wanted, want: Want) -> Wanted {
    match (before, want) {
        (_, Want::Stop) => Wanted::Down,
        (Wanted::Down | Wanted::Nothing, Want::Start | Want::Restart) => Wanted::Run,
        (Wanted::Run, Want::Pause) => Wanted::Pause,
        (Wanted::Pause, Want::Resume) => Wanted::Run,
        (before, _) => before,
    }
}

#[test]
fn whatever_happens_to_three_children_in_whatever_order_nobody_is_lost() {
    // The delays have a random part: the same one each time.
    fastrand::seed(1);
    let (mut moments, mut seen) = (vec![World::new()], HashSet::new());
    let mut happened = 0;
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for world in &moments {
            for happening in world.happenings() {
                let mut world = world.clone();
                world.apply(happening);
                world.check();
                happened += 1;
                if seen.insert(world.likeness()) {
                    world.clone().check_that_wants_are_met();
                    next.push(world);
                }
            }
        }
        moments = next;
    }
    printed::check("docs/supervision.md", "what was explored", &said(seen.len(), happened));
}

/// Returns the text of the page.
fn said(moments: usize, happened: usize) -> String {
    format!(
        "- A process belongs to exactly one child until its end was reported, and its owner hears of that end once.\n\
         - No process is started for a child while another one lives.\n\
         - What is wanted is reached: if processes do what they are asked, a child gets to where the last request wants \
         it, unless its policy gave it up after that request.\n\
         - No child is restarted more often than its `intensity` allows.\n\n\
         Explored: {happened} events in all orders of up to {DEPTH}, to {moments} different combinations of states. \
         Moments that differ only in exact times are followed once.\n"
    )
}
