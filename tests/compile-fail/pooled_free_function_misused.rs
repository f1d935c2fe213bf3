#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[rpc_method(daemon = Echo, worker = "pool")]
fn a(state: &mut Echo) {}

#[rpc_method(worker = "pool")]
fn b(n: u64) {}

#[rpc_method(daemon = Echo, timeout = "5s")]
fn c(state: &mut Echo) {}

#[rpc_method(daemon = Echo, worker = "pool")]
fn d(reply: Reply<u64>) {}

fn main() {}
