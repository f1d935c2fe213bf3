#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[param(default = 1)]
    count: u8,
}

fn main() {}
