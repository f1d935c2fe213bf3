use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(default = "half an hour")]
    wait: Duration,
    #[flag(default = "maybe")]
    loud: bool,
    #[flag(default = "abc")]
    count: u64,
    #[flag(default = "300")]
    small: u8,
    #[flag(default = "-1")]
    many: Vec<usize>,
    #[flag(default = "0")]
    most: Option<NonZeroU16>,
    #[flag(default = "a half")]
    share: f32,
    #[flag(default = "ab")]
    mark: char,
    #[flag(default = "localhost")]
    host: Option<IpAddr>,
    #[flag(default = "127.0.0.1")]
    address: Option<SocketAddr>,
}

#[daemon]
impl Echo {}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
