use daemon_core::prelude::*;

#[daemon(name = "an echo")]
#[derive(Default)]
struct Echo {
    served: u64,
}

#[daemon]
impl Echo {
    #[rpc_method(nmae = "my.echo")]
    fn echo(&mut self, message: &str) {}

    fn helper(&mut self, unused: u8) {
        self.served += 1;
    }
}

#[rpc_method]
fn extra(state: &mut Echo, message: &str) {}

#[daemon]
#[derive(Default)]
enum Other {
    #[default]
    One,
    Two(u8),
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
