#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(allow(ownr, uid = "www", user = 5, gid = -1))]
    fn a(&self) {}

    #[rpc_method(allow = owner)]
    fn b(&self) {}

    #[rpc_method(allow())]
    fn c(&self) {}
}

fn main() {}
