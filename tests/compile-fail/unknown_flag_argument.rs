#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(shrot = 'p')]
    prefix: String,
}

fn main() {}
