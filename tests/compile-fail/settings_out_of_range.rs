#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(mode = 0o1777, nice = 20, umask = -1)]
#[derive(Default)]
struct Echo {}

fn main() {}
