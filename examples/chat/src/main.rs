//! A peer-to-peer chat of several daemons in one program.
//!
//! ```sh
//! chat kernel -d
//! chat cronjob -d --node chat.example.org:25000
//! chat info
//! chat cronjob stop
//! chat kernel stop
//! ```

use std::process::ExitCode;

use chat::cronjob::{self, Cronjob};
use chat::kernel::Kernel;

fn main() -> ExitCode {
    let cronjob = daemon_core::builder::<Cronjob>().subcommand(cronjob::once(), cronjob::run_once);
    daemon_core::suite().add::<Kernel>().add_built(cronjob).main()
}
