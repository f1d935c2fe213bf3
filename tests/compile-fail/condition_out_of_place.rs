#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn echo(&self, #[cfg(unix)] message: String) {}

    #[cfg(unix)]
    fn setup(&mut self) {}
}

fn main() {}
