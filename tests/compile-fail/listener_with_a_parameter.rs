#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on(start)]
    fn a(&mut self, name: &str) {}

    #[on(start)]
    fn b(&mut self, event: Event) {}

    #[on(start)]
    fn c() {}
}

fn main() {}
