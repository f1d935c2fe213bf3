#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, reply: Reply<u8, ()>) {
        reply.fail(());
    }
}

fn main() {}
