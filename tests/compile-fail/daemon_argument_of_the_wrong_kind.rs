#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(name = echo, nice = "low", mode = "0660", pid_file = 7)]
#[derive(Default)]
struct Echo {}

fn main() {}
