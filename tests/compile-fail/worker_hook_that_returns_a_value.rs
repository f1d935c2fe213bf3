#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {
    fn tick(&mut self) -> u8 {
        0
    }
}

fn main() {}
