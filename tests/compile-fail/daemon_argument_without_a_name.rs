#![allow(unused)]

use daemon_core::prelude::*;

#[daemon("echo")]
#[derive(Default)]
struct Echo {}

fn main() {}
