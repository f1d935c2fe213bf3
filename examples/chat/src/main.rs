//! A peer-to-peer chat of several daemons in one program.
//!
//! ```sh
//! chat up -d                              # all daemons, or one by one:
//! chat kernel -d
//! chat cronjob -d --node chat.example.org:25000
//! chat cronjob -c                         # or all jobs once, for cron
//! chat info
//! chat console
//! chat cronjob stop
//! chat kernel stop
//! ```

use std::process::ExitCode;

use chat::cronjob::Cronjob;
use chat::kernel::Kernel;
use chat::mail::imap_daemon::ImapDaemon;
use chat::mail::smtp_daemon::SmtpDaemon;
use chat::{console, info};

fn main() -> ExitCode {
    daemon_core::suite("chat")
        .add::<Kernel>()
        .add::<Cronjob>()
        .add::<ImapDaemon>()
        .optional()
        .add::<SmtpDaemon>()
        .optional()
        .subcommand(console::command(), console::run)
        .subcommand(info::command(), info::run)
        .main()
}
