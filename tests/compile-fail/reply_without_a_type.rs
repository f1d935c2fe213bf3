use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn up(&mut self, reply: Reply) {
        reply.send(1);
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
