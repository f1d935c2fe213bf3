#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(socket("/run/echo.sock", "tcp:7000"))]
#[derive(Default)]
struct Echo {}

fn main() {}
