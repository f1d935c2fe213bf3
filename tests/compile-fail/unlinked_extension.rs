#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(extensions(no_such_crate))]
#[derive(Default)]
struct Echo {}

fn main() {}
