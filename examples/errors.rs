//! Typed errors: each variant has its own code and message, and introspection lists them.

use std::collections::BTreeMap;
use std::process::ExitCode;

use daemon_core::prelude::*;

/// Why an account refuses.
#[derive(Debug, Fault)]
enum Refused {
    #[fault(code = 1, message = "there is no account {name}")]
    Unknown { name: String },
    /// The account has too little.
    #[fault(code = 2)]
    Overdrawn {
        #[fault(data)]
        missing: u64,
    },
}

/// Keeps accounts.
#[daemon(name = "errors")]
#[derive(Default)]
struct Bank {
    accounts: BTreeMap<String, u64>,
}

#[daemon]
impl Bank {
    /// Put money into an account; open it if necessary.
    #[rpc_method]
    fn deposit(&mut self, name: String, amount: u64) -> u64 {
        let balance = self.accounts.entry(name).or_default();
        *balance = balance.saturating_add(amount);
        *balance
    }

    /// Take money out.
    #[rpc_method]
    fn withdraw(&mut self, name: &str, amount: u64) -> Result<u64, Refused> {
        let balance =
            self.accounts.get_mut(name).ok_or_else(|| Refused::Unknown { name: name.to_owned() })?;
        *balance =
            balance.checked_sub(amount).ok_or_else(|| Refused::Overdrawn { missing: amount - *balance })?;
        Ok(*balance)
    }

    /// Read the balance from a file; where no code is needed, any error type works.
    #[rpc_method]
    fn import(&mut self, name: String, path: String) -> Result<u64> {
        let amount =
            std::fs::read_to_string(&path)?.trim().parse().map_err(|error| format!("`{path}`: {error}"))?;
        Ok(self.deposit(name, amount))
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Bank>()
}
