//! A state that is made from settings, and has flags that nothing would set.

use daemon_core::prelude::*;

#[settings]
#[derive(Default)]
struct Options {}

#[daemon]
struct Both {
    #[flag]
    most: usize,
}

#[daemon]
impl Both {
    fn setup(_: Options) -> Self {
        Both { most: 1 }
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Both>()
}
