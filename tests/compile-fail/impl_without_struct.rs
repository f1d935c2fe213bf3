#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

fn main() {}
