#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(nmae = "echo")]
#[derive(Default)]
struct Echo {}

fn main() {}
