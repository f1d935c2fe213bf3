#![allow(unused)]

use daemon_core::prelude::*;

#[rpc_type(rename = "x")]
struct A {}

#[rpc_type]
#[derive(Debug, serde::Serialize)]
struct B {}

#[rpc_type]
union C {
    a: u8,
}

fn main() {}
