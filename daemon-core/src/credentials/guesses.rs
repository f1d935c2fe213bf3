//! Wrong tokens: how long a caller waits for its fault that has shown one.
//!
//! Pure: it reads no clock. A caller is known by its user or its address, so that another connection does not help. Right
//! tokens are not slowed down: who shows one is not asked here.

use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

use foldhash::{HashMap, HashMapExt};

/// How long the first wrong one takes; each further one takes twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// How long it takes at most.
const LONGEST: Duration = Duration::from_secs(8);
/// How long a wrong one is remembered.
const MEMORY: Duration = Duration::from_secs(600);
/// The most callers that are remembered; of more, the one that has been quiet for longest is forgotten.
const MOST: usize = 1024;
/// The most connections of one caller that wait for such a fault. On another one, nothing is checked that is shown, and it
/// is closed: otherwise it would not have to wait.
const MOST_WAITING: u32 = 16;
/// After so many wrong ones, a connection is closed.
pub(crate) const MOST_OF_CONNECTION: u8 = 3;

/// Who guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Guesser {
    User(u32),
    Address(IpAddr),
}

impl Guesser {
    /// Returns the guesser at an address. One host has many addresses of the sixth version: a network is taken for one.
    pub(crate) fn at(address: IpAddr) -> Self {
        Guesser::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

#[derive(Debug)]
struct Row {
    mistakes: u32,
    /// How many connections wait.
    waiting: u32,
    last: Instant,
}

/// The callers that have shown something wrong.
#[derive(Debug)]
pub(crate) struct Guesses(HashMap<Guesser, Row>);

impl Default for Guesses {
    fn default() -> Self {
        Guesses(HashMap::new())
    }
}

impl Guesses {
    /// Whether what this caller shows is checked at all.
    pub(crate) fn may_try(&self, guesser: Guesser) -> bool {
        self.0.get(&guesser).is_none_or(|row| row.waiting < MOST_WAITING)
    }

    /// Records a wrong one; returns how long the connection waits, until [`has_waited`](Guesses::has_waited).
    pub(crate) fn record(&mut self, guesser: Guesser, now: Instant) -> Duration {
        self.0.retain(|_, row| row.waiting > 0 || now.saturating_duration_since(row.last) < MEMORY);
        if self.0.len() >= MOST && !self.0.contains_key(&guesser) {
            self.forget_quietest();
        }
        let row = self.0.entry(guesser).or_insert(Row { mistakes: 0, waiting: 0, last: now });
        let wait = FIRST.saturating_mul(1 << row.mistakes.min(10)).min(LONGEST);
        row.mistakes = row.mistakes.saturating_add(1);
        row.waiting += 1;
        row.last = now;
        wait
    }

    /// Records that a connection does not wait any more.
    pub(crate) fn has_waited(&mut self, guesser: Guesser) {
        if let Some(row) = self.0.get_mut(&guesser) {
            row.waiting = row.waiting.saturating_sub(1);
        }
    }

    fn forget_quietest(&mut self) {
        let quiet = self.0.iter().filter(|(_, row)| row.waiting == 0);
        let quietest = quiet.min_by_key(|(_, row)| row.last).map(|(guesser, _)| *guesser);
        // Those that wait are connections, of which there are only so many.
        quietest.and_then(|guesser| self.0.remove(&guesser));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, start: Instant) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn each_wrong_one_takes_longer_up_to_a_bound_whatever_the_connection() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        let waits: Vec<_> = (0..7)
            .map(|count| {
                let wait = guesses.record(Guesser::User(7), after(10 * count, start));
                guesses.has_waited(Guesser::User(7));
                wait.as_millis()
            })
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(guesses.record(Guesser::User(8), start), FIRST, "another user");
        assert_eq!(guesses.record(Guesser::User(7), after(60, start) + MEMORY), FIRST, "long ago");
    }

    #[test]
    fn a_caller_with_many_connections_is_not_asked_more_often() {
        let (mut guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..MOST_WAITING {
            assert!(guesses.may_try(Guesser::User(7)));
            guesses.record(Guesser::User(7), now);
        }
        assert!(!guesses.may_try(Guesser::User(7)) && guesses.may_try(Guesser::User(8)));
        guesses.has_waited(Guesser::User(7));
        assert!(guesses.may_try(Guesser::User(7)));
    }

    #[test]
    fn only_so_many_callers_are_remembered() {
        let (mut guesses, start) = (Guesses::default(), Instant::now());
        let many = u32::try_from(MOST).unwrap() * 2;
        for user in 0..many {
            guesses.record(Guesser::User(user), start + Duration::from_millis(user.into()));
            guesses.has_waited(Guesser::User(user));
        }
        assert_eq!(guesses.0.len(), MOST);
        assert!(
            guesses.0.contains_key(&Guesser::User(many - 1)) && !guesses.0.contains_key(&Guesser::User(0))
        );
    }

    #[test]
    fn a_network_of_the_sixth_version_is_one_caller() {
        let at = |text: &str| Guesser::at(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_ne!(at("10.0.0.1"), at("10.0.0.2"));
        assert_eq!(at("10.0.0.1"), at("::ffff:10.0.0.1"));
    }
}
