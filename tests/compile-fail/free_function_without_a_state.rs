#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[rpc_method(daemon = Echo)]
fn a() {}

#[rpc_method(daemon = Echo)]
fn b(message: &str) {}

#[rpc_method(daemon = Echo)]
fn c(state: Echo) {}

#[rpc_method(daemon = "Echo")]
fn d(state: &Echo) {}

fn main() {}
