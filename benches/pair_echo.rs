//! The baseline for calls in `workers.rs`: an echo over a socketpair, which is its standard input.
//!
//! It blocks in a read and writes back what it read: a round trip costs each side two system calls and one wake-up. Two
//! processes that sleep cannot do with less.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

fn main() -> std::io::Result<()> {
    let mut stream = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length])?,
        }
    }
}
