//! A peer-to-peer chat of several daemons in one program.
//!
//! ```sh
//! chat kernel -d
//! chat kernel stop
//! ```

use std::process::ExitCode;

use chat::kernel::Kernel;

fn main() -> ExitCode {
    daemon_core::suite().add::<Kernel>().main()
}
