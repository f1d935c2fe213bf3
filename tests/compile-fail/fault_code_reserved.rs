#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = -32000)]
    Full,
    #[fault(code = 4000000000)]
    Empty,
    #[fault(code = "1")]
    Half,
}

fn main() {}
