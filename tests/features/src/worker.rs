//! A daemon with a worker and a pool; without the feature `workers` each of them is a mistake that names it.

use daemon_core::prelude::*;

/// I work.
#[cfg_attr(any(feature = "named-memory", feature = "misused"), worker(name = "hand", memory = "named"))]
#[cfg_attr(not(any(feature = "named-memory", feature = "misused")), worker(name = "hand"))]
#[derive(Default)]
pub struct Hand {}

#[worker]
impl Hand {
    /// Add one.
    #[rpc_method]
    fn next(&mut self, number: u64) -> u64 {
        number + 1
    }
}

/// I have it worked.
#[daemon(name = "office", workers(Hand), pool(name = "pool", count = 1))]
#[derive(Default)]
pub struct Office {}

#[daemon]
impl Office {
    /// Add two.
    #[rpc_method(worker = "pool")]
    fn second(number: u64) -> u64 {
        number + 2
    }
}
