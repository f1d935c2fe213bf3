#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, data: &[u8]) {}

    #[rpc_method]
    fn b(&self, texts: Vec<&str>) {}

    #[rpc_method]
    fn c(&self, text: &mut String) {}
}

fn main() {}
