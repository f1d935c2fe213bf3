#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused {
    Full,
    #[fault(message = "empty")]
    Empty,
}

fn main() {}
