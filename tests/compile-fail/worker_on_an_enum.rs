#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
enum Copier {
    #[default]
    Idle,
    Busy,
}

#[worker]
#[derive(Default)]
struct Pair(u8, u8);

fn main() {}
