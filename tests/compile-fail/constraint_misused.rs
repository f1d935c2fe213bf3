#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(range(minimum = 1))] count: u8, #[param(length(min = 1, equal = 2))] name: &str) {}

    #[rpc_method]
    fn b(&self, #[param(range)] count: u8, #[param(range(min = "1"))] other: u8, #[param(pattern = 1)] name: String) {}

    #[rpc_method]
    fn c(&self, #[param(range(min = 10, max = 1))] count: u8, #[param(length(min = 3, max = 2))] name: String) {}

    #[rpc_method]
    fn d(&self, #[param(length(min = -1))] name: String, #[param(length(max = 1.5))] names: Vec<String>) {}

    #[rpc_method]
    fn e(&self, #[param(pattern = "^[a-z")] id: String, #[param(pattern = r"^\p{Letter}")] other: &str) {}

    #[rpc_method]
    fn f(&self, #[param(range(min = 1), range(max = 2))] count: u8) {}

    #[rpc_method]
    fn g(&self, #[param(length(max = 2))] context: &mut Context, #[param(pattern = "a")] reply: Reply<u8>) {}

    fn plain(&self, #[param(range(max = 2))] count: u8) {}
}

fn main() {}
