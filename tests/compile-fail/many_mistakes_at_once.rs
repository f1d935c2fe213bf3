#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(name = "my echo", nice = 40, verbose = true)]
#[derive(Default)]
struct Echo {
    #[flag(short = 'd', default = "")]
    prefix: String,
    #[flag(requierd)]
    port: u16,
}

#[daemon]
impl Echo {
    #[rpc_method(name = "daemon.echo", hidden = true)]
    async fn echo(&self, text: &String, #[param(default = None)] limit: Option<u8>) -> impl ToString {
        text.len()
    }

    #[on_signal(SIGKILL, SIGHOP)]
    fn reload(&mut self, count: u8) {}

    #[every("often")]
    fn tidy() {}
}

fn main() {}
