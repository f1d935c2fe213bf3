#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(name = "my echo")]
#[derive(Default)]
struct Echo {}

fn main() {}
