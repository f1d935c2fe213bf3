#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn echo(&self) {}
}

#[daemon]
impl Echo {
    #[rpc_method]
    fn more(&self) {}
}

#[daemon(client = EchoClient)]
impl Echo {
    fn setup(&mut self) {}
}

#[worker]
#[derive(Default)]
struct Hands {}

#[worker]
impl Hands {}

#[worker]
impl Hands {
    fn tick(&mut self) {}
}

mod alternatives {
    use daemon_core::prelude::*;

    #[daemon]
    #[derive(Default)]
    struct Echo {}

    #[cfg(unix)]
    #[daemon]
    impl Echo {}

    #[cfg(not(unix))]
    #[daemon]
    impl Echo {
        fn setup(&mut self) {}
    }
}

fn main() {}
