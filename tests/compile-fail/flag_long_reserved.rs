#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(long = "socket")]
    prefix: String,
    #[flag]
    version: u8,
    #[flag]
    limit: u8,
}

fn main() {}
