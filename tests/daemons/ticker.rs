//! Sends items to all who subscribe, as many as a test asks for.

#![allow(clippy::panic, reason = "a method that panics")]

use std::process::ExitCode;

use daemon_core::prelude::*;

/// Sends numbers.
#[daemon(name = "ticker")]
#[derive(Default)]
struct Ticker {
    subscribers: Subscribers<Number>,
    kept: Vec<Subscription<u64>>,
    stopped: usize,
}

/// A number, and so many bytes beside it.
#[rpc_type]
struct Number {
    number: u64,
    beside: String,
}

#[daemon(client = TickerClient)]
impl Ticker {
    /// Send every number that is published.
    #[rpc_method]
    fn watch(&mut self, subscription: Subscription<Number>) {
        self.subscribers.add(subscription);
    }

    /// Publish so many numbers from 1 on, with so many bytes beside each; return how many listen.
    #[rpc_method]
    fn publish(&mut self, count: u64, #[param(default = 0)] bytes: usize) -> usize {
        let beside = "x".repeat(bytes);
        for number in 1..=count {
            self.subscribers.publish(&Number { number, beside: beside.clone() });
        }
        self.subscribers.len()
    }

    /// Send the numbers up to this one, and end.
    #[rpc_method]
    fn count(&self, to: u64, subscription: Subscription<u64>) {
        for number in 1..=to {
            let _ = subscription.send(&number);
        }
    }

    /// Send one number, and fail.
    #[rpc_method]
    fn fail(&self, subscription: Subscription<u64>) {
        let _ = subscription.send(&1);
        subscription.fail(Fault::new(7, "no more"));
    }

    /// Send a number that JSON cannot represent.
    #[rpc_method]
    fn infinity(&self, subscription: Subscription<f64>) {
        let _ = subscription.send(&1.5);
        let _ = subscription.send(&f64::INFINITY);
    }

    /// Refuse to begin, and keep the subscription.
    #[rpc_method]
    fn refuse(&mut self, subscription: Subscription<u64>) -> Result<(), String> {
        let _ = subscription.send(&1);
        self.kept.push(subscription);
        Err("not now".to_owned())
    }

    /// Panic, and keep the subscription.
    #[rpc_method]
    fn panic(&mut self, subscription: Subscription<u64>) {
        self.kept.push(subscription);
        panic!("as asked");
    }

    /// How many of the kept subscriptions have ended.
    #[rpc_method]
    fn kept(&self) -> usize {
        self.kept.iter().filter(|subscription| subscription.is_ended()).count()
    }

    /// How many threads have stopped because nobody listened.
    #[rpc_method]
    fn stopped(&self) -> usize {
        self.stopped
    }

    /// Count in a thread until nobody listens.
    #[rpc_method(thread)]
    fn count_in_thread(handle: Handle<Self>, subscription: Subscription<u64>) -> Result<()> {
        let _ = (1..).find(|number| subscription.send(number).is_err());
        handle.run(|state, _| state.stopped += 1)
    }

    /// Count to three in a thread, and fail.
    #[rpc_method(thread)]
    fn fail_in_thread(subscription: Subscription<u64>) -> Result<(), String> {
        for number in 1..=3 {
            subscription.send(&number).map_err(|ended| ended.to_string())?;
        }
        Err("that is all".to_owned())
    }

    #[on(stop)]
    fn farewell(&mut self) {
        self.subscribers.publish(&Number { number: 0, beside: "farewell".to_owned() });
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Ticker>()
}
