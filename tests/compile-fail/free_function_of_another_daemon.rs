#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

struct Other;

#[rpc_method(daemon = Echo)]
fn extra(state: &mut Other) {}

fn main() {}
