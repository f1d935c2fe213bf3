#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[flag]
    fn a(&self) {}

    #[param(default = 1)]
    fn b(&self) {}
}

fn main() {}
