#![allow(unused)]

use daemon_core::prelude::*;

struct Echo {}

impl Echo {
    #[rpc_method]
    fn echo(&self) {}
}

fn main() {}
