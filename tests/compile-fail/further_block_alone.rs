#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon(more)]
impl Echo {
    #[rpc_method]
    fn echo(&self) {}
}

fn main() {}
