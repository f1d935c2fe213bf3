#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[every("1s")]
    #[on(start)]
    fn a(&mut self, event: &Event) {}
}

fn main() {}
