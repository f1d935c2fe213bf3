#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on(started)]
    fn a(&mut self) {}

    #[on]
    fn b(&mut self) {}

    #[on = "start"]
    fn c(&mut self) {}
}

fn main() {}
