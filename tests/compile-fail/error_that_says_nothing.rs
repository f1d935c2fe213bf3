use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn up(&mut self) -> std::result::Result<u64, ()> {
        Err(())
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
