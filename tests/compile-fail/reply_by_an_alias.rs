use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

type Answer = Reply<u64>;

#[daemon]
impl Echo {
    #[rpc_method]
    fn up(&mut self, reply: Answer) {
        reply.send(1);
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
