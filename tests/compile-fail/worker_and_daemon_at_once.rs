#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[worker]
#[derive(Default)]
struct Echo {}

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
#[daemon]
impl Copier {}

fn main() {}
