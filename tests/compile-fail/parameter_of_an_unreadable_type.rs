#![allow(unused)]

use daemon_core::prelude::*;

struct Opaque;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn echo(&self, what: Opaque) {}
}

fn main() {}
