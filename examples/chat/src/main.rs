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
use chat::info;
use chat::kernel::Kernel;
use chat::mail::imap_daemon::ImapDaemon;
use chat::mail::smtp_daemon::SmtpDaemon;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "info") {
        return info::main(arguments);
    }
    let cronjob = daemon_core::builder::<Cronjob>().subcommand(cronjob::once(), cronjob::run_once);
    daemon_core::suite().add::<Kernel>().add_built(cronjob).add::<ImapDaemon>().add::<SmtpDaemon>().main()
}
