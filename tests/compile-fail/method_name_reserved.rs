#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(name = "system.stop")]
    fn a(&self) {}

    #[rpc_method(alias = "rpc.b")]
    fn b(&self) {}
}

fn main() {}
