#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
fn echo() {}

fn main() {}
