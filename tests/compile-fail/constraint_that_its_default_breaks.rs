#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(range(min = 1, max = 9), default = 10)] count: u8, #[param(range(min = 0), default = -1)] other: i8) {}

    #[rpc_method]
    fn b(&self, #[param(length(max = 2), default = "abc")] name: &str) {}

    #[rpc_method]
    fn c(&self, #[param(pattern = "^[a-z]+$", default = "A")] name: String) {}
}

fn main() {}
