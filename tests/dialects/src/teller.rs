//! A daemon that speaks every dialect on every socket, and counts what it is asked.

use std::process::ExitCode;
use std::time::Duration;

use daemon_core::prelude::*;

/// I count.
#[daemon(name = "teller", dialects(json, http, xml, varlink))]
#[derive(Default)]
struct Teller {
    served: u64,
}

#[daemon]
impl Teller {
    /// Reply the text.
    #[rpc_method]
    fn echo(&mut self, text: String) -> String {
        self.served += 1;
        text
    }

    /// Reply how many texts were echoed.
    #[rpc_method]
    fn served(&self) -> u64 {
        self.served
    }

    /// Reply the text after so many milliseconds.
    #[rpc_method]
    fn later(&self, text: String, milliseconds: u64, reply: Reply<String>, context: &mut Context) {
        let delay = Duration::from_millis(milliseconds);
        context.after(delay, move |_: &mut Teller, _| reply.send(text));
    }

    /// Send the numbers up to this one.
    #[rpc_method]
    fn count(&self, to: u64, numbers: Subscription<u64>) {
        let _ = (1..=to).try_for_each(|number| numbers.send(&number));
    }

    /// Send nothing, and never end.
    #[rpc_method]
    fn silence(&self, nothing: Subscription<u64>, context: &mut Context) {
        context.after(Duration::from_secs(3600), move |_: &mut Teller, _| drop(nothing));
    }

    /// Only the superuser on a unix socket may.
    #[rpc_method(allow(uid = 0))]
    fn secret(&self) -> bool {
        true
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Teller>()
}
