//! The kernel: it owns all state, and every other process of the chat asks it.

use daemon_core::prelude::*;

/// I hold the chat together.
#[daemon(name = "kernel", workers())]
#[derive(Default)]
pub struct Kernel {}

#[daemon(client = KernelClient)]
impl Kernel {}
