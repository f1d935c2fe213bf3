#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {}

fn main() {}
