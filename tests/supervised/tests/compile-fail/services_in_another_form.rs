//! The argument itself is wrong.

#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(services = "web")]
#[derive(Default)]
struct Host {}

#[daemon(name = "other", services(web = "sleep 60"))]
#[derive(Default)]
struct Other {}

fn main() {}
