//! How often a caller may call a method.
//!
//! Reads no clock: the dispatcher passes the time.

use core::net::IpAddr;
use std::time::{Duration, Instant};

use foldhash::HashMap;

use crate::caller::Caller;

/// The most callers that are remembered. Beyond that, new ones are refused until others have been silent for a while.
const MOST: usize = 16 * 1024;

/// So many calls in a time, for each caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many calls.
    pub calls: u32,
    /// In how much time.
    pub per: Duration,
}

/// Who calls which method. A caller is a user, or an address: another connection does not help.
type Key = (usize, Identity);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    User(u32),
    Address(IpAddr),
    Nobody,
}

/// When each caller has used up its calls, as a leaky bucket: the generic cell rate algorithm (ITU-T I.371, annex A).
#[derive(Debug, Default)]
pub(super) struct Rates {
    used_until: HashMap<Key, Instant>,
}

impl Rates {
    /// Counts a call.
    ///
    /// # Errors
    ///
    /// If it is one too many: how long the caller has to wait.
    pub(super) fn count(
        &mut self,
        method: usize,
        rate: Rate,
        caller: Option<&Caller>,
        now: Instant,
    ) -> Result<(), Duration> {
        if self.used_until.len() >= MOST {
            self.used_until.retain(|_, until| *until > now);
        }
        let key = (method, identity(caller));
        let full = self.used_until.len() >= MOST && !self.used_until.contains_key(&key);
        let each = rate.per / rate.calls.max(1);
        let until = self.used_until.get(&key).map_or(now, |until| (*until).max(now)) + each;
        match until.saturating_duration_since(now).checked_sub(rate.per) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ if full => Err(rate.per),
            _ => {
                self.used_until.insert(key, until);
                Ok(())
            }
        }
    }
}

fn identity(caller: Option<&Caller>) -> Identity {
    let Some(caller) = caller else { return Identity::Nobody };
    let user = caller.uid().map(Identity::User);
    user.or_else(|| caller.address().map(|address| Identity::Address(address.ip())))
        .unwrap_or(Identity::Nobody)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::{ConnectionId, Peer};

    const RATE: Rate = Rate { calls: 2, per: Duration::from_secs(10) };

    fn caller(connection: u64, host: u8) -> Caller {
        Caller::new(ConnectionId(connection), Peer::Inet(([127, 0, 0, host], 1).into()))
    }

    #[test]
    fn a_caller_has_so_many_calls_in_a_time_and_is_told_how_long_to_wait() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let mut call =
            |seconds| rates.count(0, RATE, Some(&caller(1, 1)), start + Duration::from_secs(seconds));
        assert_eq!(call(0), Ok(()));
        assert_eq!(call(0), Ok(()));
        assert_eq!(call(0), Err(Duration::from_secs(5)));
        assert_eq!(call(4), Err(Duration::from_secs(1)));
        assert_eq!(call(5), Ok(()));
        assert_eq!(call(5), Err(Duration::from_secs(5)));
        assert_eq!(call(60), Ok(()));
        assert_eq!(call(60), Ok(()), "what was not used is not saved up");
        assert!(call(60).is_err());
    }

    #[test]
    fn callers_and_methods_are_counted_apart_but_connections_are_not() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        let mut call =
            |method, connection, host| rates.count(method, RATE, Some(&caller(connection, host)), now);
        assert_eq!((call(0, 1, 1), call(0, 2, 1)), (Ok(()), Ok(())));
        assert!(call(0, 3, 1).is_err());
        assert_eq!((call(1, 3, 1), call(0, 3, 2)), (Ok(()), Ok(())));
    }

    #[test]
    fn callers_beyond_the_bound_are_refused_until_others_are_silent() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        for method in 0..MOST {
            assert_eq!(rates.count(method, RATE, None, now), Ok(()));
        }
        assert!(rates.count(MOST, RATE, None, now).is_err());
        assert_eq!(rates.count(0, RATE, None, now), Ok(()), "one that is known");
        assert_eq!(rates.count(MOST, RATE, None, now + RATE.per), Ok(()));
    }
}
