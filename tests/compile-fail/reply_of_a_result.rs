use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn up(&mut self, reply: Reply<std::result::Result<u64, Fault>>) {
        reply.send(Ok(1));
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
