#![allow(unused)]

use daemon_core::prelude::*;

#[rpc_method(name = "my.extra")]
fn extra() {}

fn main() {}
