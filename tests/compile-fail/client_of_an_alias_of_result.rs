use daemon_core::prelude::*;

type Res<T> = std::result::Result<T, String>;

#[rpc_type]
struct Point {
    x: u64,
}

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon(client = EchoClient)]
impl Echo {
    #[rpc_method]
    fn up(&mut self) -> Res<u64> {
        Ok(1)
    }

    #[rpc_method]
    fn point(&mut self, point: Point) -> Point {
        point
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
