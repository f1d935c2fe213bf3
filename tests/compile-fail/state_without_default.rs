#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
struct Echo {}

#[daemon]
impl Echo {}

fn main() {}
