#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(short = 'v')]
    prefix: String,
    #[flag(short)]
    quick: bool,
}

fn main() {}
