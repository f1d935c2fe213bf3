//! A peer-to-peer chat of several daemons in one program.
//!
//! ```sh
//! chat up -d                              # all daemons, or one by one:
//! chat kernel -d
//! chat cronjob -d --node chat.example.org:25000
//! chat cronjob -c                         # or all jobs once, for cron
//! chat info
//! chat cronjob stop
//! chat kernel stop
//! ```

use std::process::ExitCode;

use chat::cronjob::Cronjob;
use chat::info;
use chat::kernel::Kernel;
use chat::mail::imap_daemon::ImapDaemon;
use chat::mail::smtp_daemon::SmtpDaemon;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "info") {
        return info::main(arguments);
    }
    daemon_core::suite("chat").add::<Kernel>().add::<Cronjob>().add::<ImapDaemon>().optional().add::<SmtpDaemon>().optional().main()
}
