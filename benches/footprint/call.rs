//! One call and its reply, compared byte by byte.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::common::Outcome;
use crate::common::contender::Contender;

const PATIENCE: Duration = Duration::from_secs(5);

/// Calls `contender` over `stream` and returns how long the right reply took.
pub(crate) fn call(stream: &mut UnixStream, contender: &Contender) -> Outcome<Duration> {
    let (request, reply) = ((contender.request)(1), (contender.reply)(1));
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let start = Instant::now();
    stream.write_all(request.as_bytes())?;
    let mut answer = vec![0; reply.len()];
    stream
        .read_exact(&mut answer)
        .map_err(|cause| format!("{} did not answer within {PATIENCE:?}: {cause}", contender.name))?;
    let time = start.elapsed();
    if answer != reply.as_bytes() {
        return Err(format!("{} answered {:?}", contender.name, String::from_utf8_lossy(&answer)).into());
    }
    Ok(time)
}
