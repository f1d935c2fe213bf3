#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1)]
    Full(#[fault(data)] u8, #[fault(data)] u8),
    #[fault(code = 2)]
    Empty(#[fault(date)] u8),
}

fn main() {}
