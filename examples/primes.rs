//! A pool: methods of the daemon that run in their own processes, on all cores, and cannot block the daemon.
//!
//! ```sh
//! primes -d
//! primes count --below 1000000
//! primes stop
//! ```

use daemon_core::prelude::*;

/// Counts prime numbers.
#[daemon(name = "primes", pool(name = "sieve", timeout = "1min"))]
#[derive(Default)]
struct Primes {
    /// The largest number that is accepted
    #[flag(default = "100000000")]
    largest: u64,
}

#[daemon]
impl Primes {
    /// Count the primes below a number, starting from another one.
    #[rpc_method(name = "count", worker = "sieve")]
    fn count(config: &Self, below: u64, #[param(default = 2)] from: u64) -> Result<u64, String> {
        if below > config.largest {
            return Err(format!("{below} is too large; --largest is {}", config.largest));
        }
        Ok((from..below).filter(|number| is_prime(*number)).map(|_| 1).sum())
    }
}

fn is_prime(number: u64) -> bool {
    let roots = (2..).take_while(|divisor| divisor * divisor <= number);
    number > 1 && roots.into_iter().all(|divisor| !number.is_multiple_of(divisor))
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Primes>()
}
