#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(name = "")]
    fn a(&self) {}

    #[rpc_method(name = "my echo")]
    fn b(&self) {}

    #[rpc_method("my.echo")]
    fn c(&self) {}
}

fn main() {}
