//! Settings of daemons and workers whose states have no `Default`.

use std::fs::File;

use daemon_core::prelude::*;

#[settings]
#[derive(Default)]
struct Options {
    #[flag(default = "2")]
    most: usize,
    kept: Vec<String>,
}

#[daemon(pool(name = "pool", count = 1))]
struct Infallible {
    most: usize,
}

#[daemon]
impl Infallible {
    fn setup(options: Options) -> Self {
        Infallible { most: options.most + options.kept.len() }
    }

    #[rpc_method]
    fn most(&self) -> usize {
        self.most
    }

    #[rpc_method(worker = "pool")]
    fn pooled(config: &Options, by: usize) -> usize {
        config.most * by
    }
}

#[rpc_method(daemon = Infallible)]
fn more(state: &mut Infallible) -> usize {
    state.most += 1;
    state.most
}

#[settings]
#[derive(Default)]
struct Source {}

#[worker]
struct Reader {
    _file: File,
}

#[worker]
impl Reader {
    fn spinup(context: &mut Context, _: Source) -> std::io::Result<Self> {
        context.stop();
        Ok(Reader { _file: File::open("/dev/null")? })
    }

    fn tick(&mut self) {}
}

fn main() {
    let _ = daemon_core::main::<Infallible>;
}
