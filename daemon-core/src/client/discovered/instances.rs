//! The instances of a daemon as one client knows them: which have answered, which are gone, which are left alone; and
//! their idle connections.
//!
//! It does no I/O but to close connections, and reads no clock.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::choice::choose;
use super::circuit::{Circuit, Passage};
use super::retry::{Budget, pause};
use crate::client::Client;
use crate::timers::after;

/// How long the list of instances is used before the directory is read again, even if nothing fails: a new instance takes
/// its share of the calls after that time.
const FRESH: Duration = Duration::from_secs(5);

/// One instance of a daemon.
#[derive(Debug)]
struct Instance {
    path: PathBuf,
    circuit: Circuit,
    /// Connections that no call uses.
    #[allow(clippy::vec_box)] // A connection moves between this list and its calls.
    idle: Vec<Box<Client>>,
    /// How many connections calls use.
    in_use: usize,
    /// How often all of its connections have ended. What a process took with it when it ended counts once.
    generation: u64,
    /// Until when it is left out because no process listens, and how often that was so in a row.
    away: Option<(Instant, u32)>,
    /// What failed the last time, and whether that was silence.
    why: String,
    silent: bool,
}

/// What all calls of a client know.
#[derive(Debug)]
pub(super) struct Instances {
    all: Vec<Instance>,
    most_failures: u32,
    most_connections: usize,
    /// When the directory was read; `None` if it must be read.
    read: Option<Instant>,
    /// How many calls in a row have waited in vain, and since when.
    vain: u32,
    since: Option<Instant>,
    pub(super) budget: Budget,
}

/// The instance that a call uses.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) path: PathBuf,
    pub(super) generation: u64,
    /// An idle connection, if there was one.
    pub(super) client: Option<Box<Client>>,
    /// Whether it is unknown if the instance is back, and others could be called instead.
    pub(super) is_try: bool,
}

/// What a call can do now.
#[derive(Debug)]
pub(super) enum Pick {
    Use(Chosen),
    /// All connections are in use.
    Full,
    /// No instance is there. When to look again.
    Later(Instant),
    /// All of them are left alone: since when, and until when.
    Barred(Instant, Instant),
}

/// How a connection that was in use ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The daemon hung up.
    HungUp,
    /// The daemon hung up without having read the request.
    HungUpUnread,
    /// There was no reply in time.
    TimedOut,
}

/// Why an instance could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreachable {
    /// No process listens.
    Gone,
    /// A process listens, and does not answer.
    Silent,
}

impl Instances {
    /// Knows no instance yet.
    pub(super) fn new(most_failures: u32, most_connections: usize) -> Self {
        Instances {
            all: Vec::new(),
            most_failures,
            most_connections,
            read: None,
            vain: 0,
            since: None,
            budget: Budget::new(),
        }
    }

    /// Whether the directory must be read.
    pub(super) fn is_stale(&self, now: Instant) -> bool {
        self.read.is_none_or(|read| now.saturating_duration_since(read) > FRESH)
    }

    /// Has the directory read before the next call.
    pub(super) fn look_again(&mut self) {
        self.read = None;
    }

    /// Takes over which sockets there are.
    pub(super) fn refresh(&mut self, paths: Vec<PathBuf>, now: Instant) {
        self.read = Some(now);
        self.all.retain(|instance| paths.contains(&instance.path));
        for path in paths {
            if self.all.iter().all(|instance| instance.path != path) {
                self.all.push(Instance {
                    path,
                    circuit: Circuit::new(self.most_failures),
                    idle: Vec::new(),
                    in_use: 0,
                    generation: 0,
                    away: None,
                    why: String::new(),
                    silent: false,
                });
            }
        }
    }

    /// Chooses an instance. What is chosen must be reported.
    pub(super) fn pick(&mut self, now: Instant, random: f64) -> Pick {
        let place = self.to_try(now);
        let usable: Vec<usize> =
            (0..self.all.len()).filter(|place| self.all[*place].is_usable(now)).collect();
        if let Some(place) = place {
            let instance = &mut self.all[place];
            instance.begin_try(now, random);
            return Pick::Use(instance.take(!usable.is_empty()));
        }
        let free: Vec<usize> =
            usable.iter().copied().filter(|place| self.all[*place].in_use < self.most_connections).collect();
        let loads: Vec<usize> = free.iter().map(|place| self.all[*place].in_use).collect();
        match choose(&loads, |below| fastrand::usize(..below)) {
            Some(chosen) => Pick::Use(self.all[free[chosen]].take(false)),
            None if !usable.is_empty() => Pick::Full,
            None => self.when(now, random),
        }
    }

    /// Returns an instance of which it must be found out whether it is back.
    fn to_try(&self, now: Instant) -> Option<usize> {
        let is_due = |instance: &Instance| match (instance.circuit.passage(now), instance.away) {
            (Passage::Probe, None) => true,
            (Passage::Probe | Passage::Free, Some((until, _))) => now >= until,
            (Passage::Free, None) | (Passage::Barred(..), _) => false,
        };
        self.all.iter().position(|instance| instance.in_use < self.most_connections && is_due(instance))
    }

    /// Returns when there may be something to do, if there is nothing to do now.
    fn when(&self, now: Instant, random: f64) -> Pick {
        let away = self.all.iter().filter_map(|instance| match instance.circuit.passage(now) {
            Passage::Barred(..) => None,
            Passage::Free | Passage::Probe => instance.away.map(|(until, _)| until),
        });
        let barred = self.all.iter().filter_map(|instance| match instance.circuit.passage(now) {
            Passage::Barred(since, until) => Some((since, until)),
            Passage::Free | Passage::Probe => None,
        });
        match (away.min(), barred.min_by_key(|(_, until)| *until)) {
            (Some(until), _) => Pick::Later(until),
            (None, Some((since, until))) => Pick::Barred(since, until),
            (None, None) => Pick::Later(after(now, pause(3, random))),
        }
    }

    /// Whether calls should not wait: enough of them have waited in vain. Since when.
    pub(super) fn given_up(&self) -> Option<Instant> {
        self.since.filter(|_| self.vain >= self.most_failures)
    }

    /// Records that a call has waited in vain.
    pub(super) fn waited_in_vain(&mut self, now: Instant) {
        self.vain = self.vain.saturating_add(1);
        self.since.get_or_insert(now);
        self.read = None;
    }

    /// Records that an instance has answered on a new connection.
    pub(super) fn reached(&mut self, path: &Path) {
        (self.vain, self.since) = (0, None);
        if let Some(instance) = self.find(path) {
            (instance.away, instance.silent) = (None, false);
        }
    }

    /// Records that an instance that was chosen could not be reached.
    pub(super) fn unreachable(
        &mut self,
        path: &Path,
        what: Unreachable,
        why: String,
        now: Instant,
        random: f64,
    ) {
        self.read = None;
        let Some(instance) = self.find(path) else { return };
        instance.in_use = instance.in_use.saturating_sub(1);
        instance.idle.clear();
        let tries = instance.away.map_or(1, |(_, tries)| tries);
        instance.away = Some((after(now, pause(tries, random)), tries));
        (instance.why, instance.silent) = (why, what == Unreachable::Silent);
        if what == Unreachable::Silent || instance.circuit.passage(now) != Passage::Free {
            instance.circuit.failed(now);
        }
    }

    /// Records that an instance has replied on a connection that stays in use.
    pub(super) fn answered(&mut self, path: &Path) {
        if let Some(instance) = self.find(path) {
            instance.circuit.succeeded();
            instance.away = None;
        }
    }

    /// Records that an instance has replied, and keeps the connection for further calls.
    pub(super) fn replied(&mut self, path: &Path, generation: u64, client: Box<Client>) {
        self.budget.earn();
        self.answered(path);
        let Some(instance) = self.find(path) else { return };
        instance.in_use = instance.in_use.saturating_sub(1);
        if instance.generation == generation {
            instance.idle.push(client);
        }
    }

    /// Records that a connection that was in use is of no use any more.
    pub(super) fn lost(&mut self, path: &Path, generation: u64, end: End, why: String, now: Instant) {
        let Some(instance) = self.find(path) else { return };
        instance.in_use = instance.in_use.saturating_sub(1);
        instance.why = why;
        let is_first = instance.generation == generation;
        let is_probe = instance.circuit.passage(now) != Passage::Free;
        match end {
            End::TimedOut => instance.circuit.failed(now),
            End::HungUp if is_first || is_probe => instance.circuit.failed(now),
            End::HungUpUnread if is_probe => instance.circuit.failed(now),
            End::HungUp | End::HungUpUnread => {}
        }
        if end != End::TimedOut && is_first {
            instance.generation += 1;
            instance.idle.clear();
            self.read = None;
        }
    }

    /// Records that a connection that was in use has ended as it should.
    pub(super) fn ended(&mut self, path: &Path) {
        if let Some(instance) = self.find(path) {
            instance.in_use = instance.in_use.saturating_sub(1);
        }
    }

    /// Describes the latest failure of each instance; empty if there is none.
    pub(super) fn why(&self) -> String {
        let all = self.all.iter().filter(|instance| !instance.why.is_empty());
        all.map(|instance| instance.why.as_str()).collect::<Vec<_>>().join("; ")
    }

    /// Whether a process listens somewhere that does not answer.
    pub(super) fn is_silent(&self) -> bool {
        self.all.iter().any(|instance| instance.silent)
    }

    fn find(&mut self, path: &Path) -> Option<&mut Instance> {
        self.all.iter_mut().find(|instance| instance.path == path)
    }
}

impl Instance {
    /// Whether calls may use it.
    fn is_usable(&self, now: Instant) -> bool {
        self.away.is_none() && self.circuit.passage(now) == Passage::Free
    }

    /// Lets one call find out whether it is back; others do not until it is known, or until some time has passed.
    fn begin_try(&mut self, now: Instant, random: f64) {
        if self.circuit.passage(now) == Passage::Probe {
            self.circuit.probe();
            self.idle.clear();
        }
        if let Some((until, tries)) = &mut self.away {
            *tries = tries.saturating_add(1);
            *until = after(now, pause(*tries, random));
        }
    }

    fn take(&mut self, is_try: bool) -> Chosen {
        self.in_use += 1;
        Chosen { path: self.path.clone(), generation: self.generation, client: self.idle.pop(), is_try }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The instances of a client, and a clock.
    struct World {
        instances: Instances,
        start: Instant,
        milliseconds: u64,
    }

    impl World {
        fn of(names: &[&str]) -> World {
            let mut instances = Instances::new(3, 2);
            let start = Instant::now();
            instances.refresh(names.iter().map(PathBuf::from).collect(), start);
            World { instances, start, milliseconds: 0 }
        }

        fn now(&self) -> Instant {
            self.start + Duration::from_millis(self.milliseconds)
        }

        fn pick(&mut self) -> Pick {
            self.instances.pick(self.now(), 1.0)
        }

        fn chosen(&mut self) -> (String, bool) {
            match self.pick() {
                Pick::Use(chosen) => (chosen.path.display().to_string(), chosen.is_try),
                other => (format!("{other:?}"), false),
            }
        }

        fn gone(&mut self, name: &str) {
            let now = self.now();
            self.instances.unreachable(Path::new(name), Unreachable::Gone, "gone".to_owned(), now, 1.0);
        }

        fn silent(&mut self, name: &str) {
            let now = self.now();
            self.instances.unreachable(Path::new(name), Unreachable::Silent, "silent".to_owned(), now, 1.0);
        }
    }

    #[test]
    fn the_calls_of_one_client_are_spread_and_bounded() {
        let mut world = World::of(&["a", "b"]);
        let mut chosen: Vec<String> = (0..4).map(|_| world.chosen().0).collect();
        chosen.sort();
        assert_eq!(chosen, ["a", "a", "b", "b"]);
        assert!(matches!(world.pick(), Pick::Full));
        world.instances.ended(Path::new("b"));
        assert_eq!(world.chosen(), ("b".to_owned(), false));
    }

    #[test]
    fn an_instance_that_is_gone_is_left_out_until_one_call_finds_it_back() {
        let mut world = World::of(&["a"]);
        assert_eq!(world.chosen().0, "a");
        world.gone("a");
        assert!(world.instances.is_stale(world.now()));
        let Pick::Later(until) = world.pick() else { panic!("it is gone") };
        assert_eq!(until, world.now() + Duration::from_millis(4));
        world.milliseconds = 4;
        assert_eq!(world.chosen(), ("a".to_owned(), false));
        // Another call waits for what the first one finds.
        assert!(matches!(world.pick(), Pick::Later(_)));
        world.instances.reached(Path::new("a"));
        assert_eq!(world.chosen().0, "a");
    }

    #[test]
    fn others_are_called_while_one_is_gone() {
        let mut world = World::of(&["a", "b"]);
        world.gone("a");
        assert_eq!(world.chosen(), ("b".to_owned(), false));
        world.milliseconds = 10;
        assert_eq!(world.chosen(), ("a".to_owned(), true));
        world.gone("a");
        assert_eq!(world.chosen(), ("b".to_owned(), false));
    }

    #[test]
    fn an_instance_that_is_silent_is_left_alone_after_some_tries_and_then_probed_by_one_call() {
        let mut world = World::of(&["a"]);
        for _ in 0..3 {
            assert_eq!(world.chosen().0, "a");
            world.silent("a");
            world.milliseconds += 300;
        }
        let (opened, now) = (world.start + Duration::from_millis(600), world.now());
        let Pick::Barred(since, until) = world.pick() else { panic!("it is called at {now:?}") };
        assert_eq!((since, until), (opened, opened + Duration::from_secs(1)));
        world.milliseconds = 1600;
        assert_eq!(world.chosen().0, "a");
        assert!(matches!(world.pick(), Pick::Barred(..)));
        world.silent("a");
        world.milliseconds = 3599;
        assert!(matches!(world.pick(), Pick::Barred(..)));
        world.milliseconds = 3600;
        assert_eq!(world.chosen().0, "a");
        world.instances.reached(Path::new("a"));
        world.instances.answered(Path::new("a"));
        assert_eq!(world.chosen().0, "a");
    }

    #[test]
    fn what_a_process_takes_with_it_counts_once() {
        let mut world = World::of(&["a"]);
        for _ in 0..20 {
            let now = world.now();
            world.instances.lost(Path::new("a"), 0, End::HungUp, "hung up".to_owned(), now);
        }
        assert_eq!(world.chosen().0, "a");
        for generation in 1..3 {
            let now = world.now();
            world.instances.lost(Path::new("a"), generation, End::HungUp, "hung up".to_owned(), now);
        }
        assert!(matches!(world.pick(), Pick::Barred(..)));
        assert_eq!(world.instances.why(), "hung up");
    }

    #[test]
    fn calls_that_wait_in_vain_stop_waiting_until_an_instance_answers() {
        let mut world = World::of(&[]);
        assert!(matches!(world.pick(), Pick::Later(_)));
        for _ in 0..3 {
            assert_eq!(world.instances.given_up(), None);
            let now = world.now();
            world.instances.waited_in_vain(now);
        }
        assert_eq!(world.instances.given_up(), Some(world.start));
        world.instances.reached(Path::new("a"));
        assert_eq!(world.instances.given_up(), None);
    }

    #[test]
    fn the_directory_is_read_again_after_a_while_and_keeps_what_is_known() {
        let mut world = World::of(&["a", "b"]);
        assert!(!world.instances.is_stale(world.now()));
        world.milliseconds = 5001;
        assert!(world.instances.is_stale(world.now()));
        world.gone("a");
        let now = world.now();
        world.instances.refresh(["a", "c"].map(PathBuf::from).into(), now);
        assert_eq!(world.chosen().0, "c");
        assert!(matches!(world.instances.all[0].away, Some((_, 1))));
    }
}
