use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn up(state: &mut Echo) {}

    #[rpc_method]
    fn down(state: &Self, text: &str) {}

    #[rpc_method]
    fn left(state: &mut Echo, text: &[u8]) {}
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
