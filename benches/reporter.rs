//! The service that `supervisors.rs` has looked after: it says that it runs, and waits.
//!
//! It connects to the socket that `REPORT_TO` names, sends its name and its number, and ends when the far side closes: so
//! none outlives the bench. Its name is its argument, or that of the directory that it starts in.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::{env, process};

fn main() -> io::Result<()> {
    let socket = env::var_os("REPORT_TO").ok_or_else(|| io::Error::other("REPORT_TO is not set"))?;
    let directory = || env::current_dir().ok()?.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = env::args().nth(1).or_else(directory).unwrap_or_default();
    let mut stream = UnixStream::connect(socket)?;
    stream.write_all(format!("{name} {}\n", process::id()).as_bytes())?;
    stream.read(&mut [0]).map(drop)
}
