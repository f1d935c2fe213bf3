#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1)]
    Full,
    #[fault(code = 1)]
    Empty,
}

fn main() {}
