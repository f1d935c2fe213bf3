use daemon_core::prelude::*;

#[daemon(version = "1.2", help = "Echoes")]
#[derive(Default)]
struct Echo {
    #[flag(help = "Text in front")]
    prefix: String,
}

#[daemon]
impl Echo {
    #[rpc_method(help = "Reply", description = "Reply")]
    fn up(&mut self, #[param(help = "what", default = 1)] what: u8) {}

    #[rpc_method(doc = "Reply")]
    fn down(&mut self) {}
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
