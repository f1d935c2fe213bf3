#![allow(unused)]

use daemon_core::prelude::*;

struct Opaque;

#[derive(Fault)]
enum Refused {
    #[fault(code = 1, message = "not {0}")]
    Other(Opaque),
}

fn main() {}
