#![allow(unused)]

use daemon_core::prelude::*;

struct Opaque;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, reply: Reply<u8, Opaque>) {
        reply.fail(Opaque);
    }

    #[rpc_method]
    fn b(&self, reply: Reply<u8>) {
        reply.send(1);
    }
}

fn main() {}
