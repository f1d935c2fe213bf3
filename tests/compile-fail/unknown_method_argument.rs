#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(nam = "my.echo", hiden)]
    fn echo(&self) {}
}

fn main() {}
