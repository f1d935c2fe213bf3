//! Flags that have the forms of the option for a single cycle.

use daemon_core::prelude::*;

#[daemon(cycle)]
#[derive(Default)]
struct Cron {
    /// Where the settings are
    #[flag(short = 'c')]
    config: String,
    /// How many
    #[flag]
    cycle: u32,
}

#[daemon]
impl Cron {}

/// Without `cycle`, both are free.
#[daemon]
#[derive(Default)]
struct Free {
    /// Where the settings are
    #[flag(short = 'c')]
    config: String,
    /// How many
    #[flag]
    cycle: u32,
}

#[daemon]
impl Free {}

fn main() {}
