#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {}

#[rpc_method(daemon = Copier)]
fn copy(state: &mut Copier) {}

fn main() {}
