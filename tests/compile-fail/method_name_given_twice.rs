#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(name = "my.echo")]
    fn echo(&self) {}

    #[rpc_method(name = "my.echo")]
    fn other(&self) {}

    #[rpc_method(alias = "my.echo")]
    fn third(&self) {}
}

fn main() {}
