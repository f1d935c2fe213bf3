use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo<'a> {
    last: &'a str,
}

#[daemon]
impl<'a> Echo<'a> {
    #[rpc_method]
    fn last(&self) -> u8 {
        1
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo<'_>>()
}
