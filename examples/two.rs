//! Two daemons in one program.
//!
//! ```sh
//! two echo -d
//! two echo echo.say hello
//! two counter -d
//! two counter counter.next
//! two counter stop
//! two echo stop
//! ```

use std::process::ExitCode;

use daemon_core::prelude::*;

/// I reply your data.
#[daemon(name = "echo", workers())]
#[derive(Default)]
struct Echo {
    /// Text put in front of every reply
    #[flag(short = 'p', default = "")]
    prefix: String,
}

#[daemon]
impl Echo {
    /// Reply the message.
    #[rpc_method]
    fn say(&mut self, message: &str) -> String {
        format!("{}{message}", self.prefix)
    }

    /// Reply the message in capitals; a worker does that.
    #[rpc_method(worker = "pool")]
    fn shout(config: &Self, message: &str) -> String {
        format!("{}{}", config.prefix, message.to_uppercase())
    }
}

/// I count.
#[daemon(name = "counter", workers())]
#[derive(Default)]
struct Counter {
    /// Where to start
    #[flag(default = "0")]
    from: u64,
}

#[daemon]
impl Counter {
    /// Count on.
    #[rpc_method]
    fn next(&mut self) -> u64 {
        self.from += 1;
        self.from
    }

    /// Add up the numbers from 1 to `n`; a worker does that.
    #[rpc_method(worker = "pool")]
    fn sum(n: u64) -> u64 {
        (1..=n).sum()
    }
}

fn main() -> ExitCode {
    daemon_core::suite("two").add::<Echo>().add::<Counter>().main()
}
