//! What runs beside the loop for a call, how many of it may run, and the runtime of the futures.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::Fault;

/// Something that runs for a call. Dropping this asks it to stop, which does nothing if it has ended.
pub(crate) struct Task {
    /// How long the caller waits for it.
    pub(crate) timeout: Option<Duration>,
    stop: Option<Box<dyn FnOnce()>>,
}

impl Task {
    /// A task that cannot be stopped.
    pub(crate) fn endless(timeout: Option<Duration>) -> Self {
        Task { timeout, stop: None }
    }

    /// A task that `stop` stops.
    #[cfg(feature = "tokio")]
    pub(crate) fn new(timeout: Option<Duration>, stop: impl FnOnce() + 'static) -> Self {
        Task { timeout, stop: Some(Box::new(stop)) }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

/// How many calls may run beside the loop at a time, and how many do.
#[derive(Debug)]
pub(crate) struct Permits {
    pub(crate) threads: usize,
    #[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "there are no futures"))]
    pub(crate) futures: usize,
    thread: Permit,
    #[cfg(feature = "tokio")]
    future: Permit,
}

/// Held by each that runs: the number of copies is how many do.
type Permit = Arc<()>;

impl Default for Permits {
    fn default() -> Self {
        Permits {
            threads: usize::MAX,
            futures: usize::MAX,
            thread: Permit::default(),
            #[cfg(feature = "tokio")]
            future: Permit::default(),
        }
    }
}

impl Permits {
    /// Allows one more thread, as long as the permit is held.
    pub(crate) fn thread(&self) -> Result<Permit, Fault> {
        permit(&self.thread, self.threads, "threads")
    }

    /// Allows one more future, as long as the permit is held.
    #[cfg(feature = "tokio")]
    pub(crate) fn future(&self) -> Result<Permit, Fault> {
        permit(&self.future, self.futures, "futures")
    }
}

fn permit(permit: &Permit, most: usize, limit: &str) -> Result<Permit, Fault> {
    if Arc::strong_count(permit) > most {
        return Err(Fault::transport(format!(
            "{most} such calls are running, which is the limit `{limit}`; try again later"
        )));
    }
    Ok(permit.clone())
}
