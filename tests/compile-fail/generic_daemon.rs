use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo<T> {
    last: T,
}

#[daemon]
impl<T> Echo<T> {
    #[rpc_method]
    fn last(&self) -> u8 {
        1
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo<u8>>()
}
