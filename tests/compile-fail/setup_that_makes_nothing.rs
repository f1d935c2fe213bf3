//! A function that is called first, and neither prepares the state nor makes it.

use daemon_core::prelude::*;

#[settings]
#[derive(Default)]
struct Options {}

#[daemon]
struct Blind {}

#[daemon]
impl Blind {
    fn setup(_context: &mut Context) -> Self {
        Blind {}
    }
}

fn main() {}
