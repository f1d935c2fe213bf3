#![allow(unused)]

use std::time::Duration;

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(default = "half an hour")]
    wait: Duration,
    #[flag(default = "maybe")]
    loud: bool,
}

fn main() {}
