//! A daemon that speaks every dialect on every socket, and counts what it is asked.

use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use daemon_core::prelude::*;

/// I count.
#[daemon(name = "teller", dialects(json, http, mcp, varlink, xml))]
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
    #[rpc_method(read_only)]
    fn served(&self) -> u64 {
        self.served
    }

    /// Reply what was counted, and continue from another number.
    ///
    /// Nobody can undo this.
    #[rpc_method(destructive)]
    fn reset(
        &mut self,
        /// Where to begin
        #[param(default = 0, range(max = 1000))]
        from: u64,
    ) -> Total {
        let before = self.served;
        self.served = from;
        Total { before, from }
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

    /// Send the numbers up to this one, each after so many milliseconds.
    #[rpc_method]
    fn drip(&self, to: u32, milliseconds: u64, numbers: Subscription<u32>, context: &mut Context) {
        let numbers = Rc::new(numbers);
        for number in 1..=to {
            let numbers = Rc::clone(&numbers);
            let delay = number * Duration::from_millis(milliseconds);
            context.after(delay, move |_: &mut Teller, _| {
                let _ = numbers.send(&number);
            });
        }
    }

    /// Send nothing, and never end.
    #[rpc_method]
    fn silence(&self, nothing: Subscription<u64>, context: &mut Context) {
        context.after(Duration::from_secs(3600), move |_: &mut Teller, _| drop(nothing));
    }

    /// Only those who know it.
    #[rpc_method(hidden)]
    fn inner(&self) {}

    /// Only the superuser on a unix socket may.
    #[rpc_method(allow(uid = 0))]
    fn secret(&self) -> bool {
        true
    }
}

/// What was counted.
#[rpc_type]
struct Total {
    /// Before it was set
    before: u64,
    from: u64,
}

fn main() -> ExitCode {
    daemon_core::main::<Teller>()
}
