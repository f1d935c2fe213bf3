#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(short = 'p')]
    prefix: String,
    #[flag(short = 'p', long = "prefix")]
    port: u16,
}

fn main() {}
