#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn dial(&self, socket: u8, #[param(long = "help")] topic: u8, timeout: Option<u8>) {}

    #[rpc_method]
    fn write(&self, output: u8, #[param(long = "--file")] file: u8) {}

    #[rpc_method]
    fn same(&self, a_b: u8, #[param(long = "a-b")] c: u8) {}

    #[rpc_method(call_only)]
    fn read(&self, socket: u8) {}

    fn plain(&self, #[param(long = "b")] a: u8) {}
}

fn main() {}
