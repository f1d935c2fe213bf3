//! The runtime on which futures run: tokio's, in one thread beside the loop.

use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::{OrError, Result};

/// A running runtime. Dropping it drops the futures that have not ended.
pub(crate) struct Runtime {
    handle: Handle,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Runtime {
    /// Starts the thread. Only a process that will not fork any more may do this.
    pub(crate) fn start() -> Result<Self> {
        let what = || "cannot start the runtime for `async` methods".to_owned();
        let runtime = Builder::new_current_thread().enable_all().build().or_error(what)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let handle = runtime.handle().clone();
        let run = move || {
            // Either end of the channel is enough.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        };
        thread::Builder::new().name("async".to_owned()).spawn(run).or_error(what)?;
        Ok(Runtime { handle, _stop: stop })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}
