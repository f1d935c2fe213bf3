//! A watched descriptor: what arrives on a UDP socket is counted by name.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;

use daemon_core::prelude::*;
use daemon_core::{Readiness, WatchId};

/// Counts the datagrams that arrive.
#[daemon(name = "datagrams")]
#[derive(Default)]
struct Counter {
    /// Where to receive datagrams
    #[flag(default = "127.0.0.1:0")]
    bind: String,
    address: Option<SocketAddr>,
    watch: Option<WatchId>,
    counts: BTreeMap<String, u64>,
}

#[daemon]
impl Counter {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        let socket = UdpSocket::bind(&self.bind)?;
        socket.set_nonblocking(true)?;
        self.address = Some(socket.local_addr()?);
        self.watch = Some(context.watch(socket, Readiness::Read, |counter: &mut Counter, socket, _| {
            let mut datagram = [0; 64];
            if let Ok(length) = socket.recv(&mut datagram) {
                let name = String::from_utf8_lossy(&datagram[..length]).into_owned();
                *counter.counts.entry(name).or_default() += 1;
            }
        })?);
        Ok(())
    }

    /// Where datagrams are received.
    #[rpc_method]
    fn address(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }

    /// How many datagrams have arrived, by name.
    #[rpc_method]
    fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    /// Close the socket.
    #[rpc_method]
    fn close(&mut self, context: &mut Context) {
        if let Some(watch) = self.watch.take() {
            context.unwatch(watch);
        }
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Counter>()
}
