#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a<T>(&self, value: T) {}

    #[rpc_method]
    fn b<'a, const N: usize>(&self, value: &'a str) {}

    #[rpc_method]
    fn c(&self, value: impl ToString) {}

    #[rpc_method]
    fn d(&self) -> impl ToString {
        1
    }
}

fn main() {}
