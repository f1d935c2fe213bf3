#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on(start)]
    fn a(&mut self) -> u8 {
        1
    }
}

fn main() {}
