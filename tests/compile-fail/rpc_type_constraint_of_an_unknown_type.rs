#![allow(unused)]

use daemon_core::prelude::*;

type Name = String;

#[rpc_type]
struct Item {
    #[schemars(range(min = 1, max = 2))]
    name: Name,
}

fn main() {}
