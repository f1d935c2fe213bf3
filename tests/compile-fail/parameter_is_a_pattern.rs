#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, (x, y): (u8, u8)) {}

    #[rpc_method]
    fn b(&self, _: u8) {}
}

fn main() {}
