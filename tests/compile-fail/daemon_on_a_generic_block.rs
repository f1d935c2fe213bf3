#![allow(unused)]

use daemon_core::prelude::*;

struct Echo<T>(T);

#[daemon]
impl<T> Echo<T> {
    #[rpc_method]
    fn echo(&self) {}
}

fn main() {}
