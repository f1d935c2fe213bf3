//! A function that makes another type than the state.

use daemon_core::prelude::*;

#[settings]
#[derive(Default)]
struct Options {}

#[daemon]
struct Wrong {}

#[daemon]
impl Wrong {
    fn setup(_: Options) -> Result<u32> {
        Ok(3)
    }
}

fn main() {}
