#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn echo(message: &str) -> String {
        message.to_owned()
    }

    #[rpc_method]
    fn eat(self) {}
}

fn main() {}
