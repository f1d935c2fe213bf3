#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(long = "--prefix")]
    prefix: String,
}

fn main() {}
