#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1)]
    Number(#[from] std::num::ParseIntError),
    #[fault(code = 2)]
    Count(#[from] std::num::ParseIntError),
    #[fault(code = 3)]
    Disk {
        #[from]
        error: std::io::Error,
        path: String,
    },
    #[fault(code = 4)]
    Text(#[from] std::fmt::Error, #[from] std::str::Utf8Error),
    #[fault(code = 5)]
    #[from]
    Time(std::time::SystemTimeError),
    #[fault(code = 6)]
    Float(#[from(f64)] std::num::ParseFloatError),
}

fn read(path: &str) -> std::result::Result<i32, Refused> {
    Ok(std::fs::read_to_string(path)?.parse()?)
}

fn main() {}
