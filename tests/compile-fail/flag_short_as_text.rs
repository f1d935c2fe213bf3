#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(short = "p")]
    prefix: String,
}

fn main() {}
