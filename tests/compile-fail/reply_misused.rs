#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, reply: Reply<u8>) -> u8 {
        1
    }

    #[rpc_method]
    fn b(&self, one: Reply<u8>, two: Reply<u8>) {}

    #[rpc_method]
    fn d(&self, reply: &Reply<u8>) {}
}

fn main() {}
