#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(env = "MY-VAR")]
    prefix: String,
}

fn main() {}
