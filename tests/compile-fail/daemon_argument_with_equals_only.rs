#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(name = , nice = 1)]
#[derive(Default)]
struct Echo {}

fn main() {}
