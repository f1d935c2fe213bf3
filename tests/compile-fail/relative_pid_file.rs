#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(pid_file = "echo.pid")]
#[derive(Default)]
struct Echo {}

fn main() {}
