use daemon_core::prelude::*;

#[daemon(name = "echo")]
#[derive(Default)]
struct Echo;

#[daemon]
impl Echo {
    #[rpc_method(read_only, destructive)]
    fn forget(&self) {}
}

fn main() {}
