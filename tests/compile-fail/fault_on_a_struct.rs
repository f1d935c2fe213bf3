#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
struct Refused {}

fn main() {}
