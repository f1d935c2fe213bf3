#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
enum Echo {
    #[default]
    Quiet,
}

fn main() {}
