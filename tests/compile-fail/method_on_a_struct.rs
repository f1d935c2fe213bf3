#![allow(unused)]

use daemon_core::prelude::*;

#[rpc_method]
struct Echo {}

fn main() {}
