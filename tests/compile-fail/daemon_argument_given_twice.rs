#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(name = "echo", name = "other")]
#[derive(Default)]
struct Echo {}

fn main() {}
