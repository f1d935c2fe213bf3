//! A struct without flags where settings are expected.

use daemon_core::prelude::*;

#[derive(Default)]
struct Options {}

#[daemon]
struct Plain {}

#[daemon]
impl Plain {
    fn setup(_: Options) -> Self {
        Plain {}
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Plain>()
}
