#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on_signal(SIGHUB, HUP, SIGNAL)]
    fn a(&mut self) {}

    #[on_signal("SIGHUP")]
    fn b(&mut self) {}

    #[on_signal]
    fn c(&mut self) {}
}

fn main() {}
