#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1, message = "no such item: {nmae}")]
    Unknown { name: String },
    #[fault(code = 2, message = "{1} is too much")]
    TooMuch(u8),
    #[fault(code = 3, message = "{0}")]
    Full,
    #[fault(code = 4, message = "half { open")]
    Empty,
}

fn main() {}
