//! What is done at intervals: each job is a few calls of the kernel. Jobs may take long; they never run on a loop.

use std::net::ToSocketAddrs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use daemon_core::Client;
use daemon_core::prelude::*;

use crate::identity::Id;
use crate::kernel::{KernelClient, MessagesClient, NodesClient};
use crate::{kernel_address, stamp};

/// How long a call to the kernel may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How many messages the kernel tries in one call.
const CYCLE: usize = 100;

/// How many stamps are minted before the kernel gets them.
const BATCH: u32 = 10;

/// A job.
#[rpc_type]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Job {
    /// Adds the nodes to begin with.
    Bootstrap,
    /// Pings the nearest nodes, and those that have not shown their keys.
    Ping,
    /// Connects to new nodes, and asks for others.
    Meet,
    /// Mints the stamps that are missing.
    Mint,
    /// Sends messages.
    Send,
    /// Has the kernel save its counters.
    Save,
    /// Has the kernel forget old nodes.
    Clean,
}

/// What the jobs need to know.
pub(super) struct Order {
    pub(super) kernel: Option<String>,
    pub(super) nodes: Vec<String>,
    pub(super) stamps: u32,
    pub(super) bits: u32,
}

impl Job {
    /// Does the job; returns what was done.
    pub(super) fn run(self, order: &Order) -> Result<String> {
        let mut client = kernel_address::connect(order.kernel.as_deref())?;
        client.set_timeout(Some(TIMEOUT))?;
        let client = &mut client;
        Ok(match self {
            Job::Bootstrap => format!("{} new nodes", bootstrap(client, &order.nodes)?),
            Job::Ping => format!("{} nodes", NodesClient(client).ping_nodes()?),
            Job::Meet => format!("{} new nodes", NodesClient(client).meet_nodes()?),
            Job::Mint => format!("{} stamps", mint(client, order)?),
            Job::Send => format!("{} messages", send(client)?),
            Job::Save => format!("{}", KernelClient(client).save()?),
            Job::Clean => format!("{} nodes are forgotten", NodesClient(client).clean_nodes()?),
        })
    }
}

/// Adds the nodes to begin with. A name server may take its time, so the kernel gets only addresses.
fn bootstrap(client: &mut Client, nodes: &[String]) -> Result<usize> {
    let mut addresses = Vec::new();
    for node in nodes {
        match node.to_socket_addrs() {
            Ok(found) => addresses.extend(found.map(|address| address.to_string())),
            Err(error) => tracing::warn!("`{node}` has no address: {error}"),
        }
    }
    NodesClient(client).add_nodes(&addresses)
}

fn send(client: &mut Client) -> Result<usize> {
    let mut sent = 0;
    // Each call takes other messages first, but all may fail again and again.
    for _ in 0..CYCLE {
        let tried = MessagesClient(&mut *client).send_messages()?;
        sent += tried;
        if tried < CYCLE {
            break;
        }
    }
    Ok(sent)
}

fn mint(client: &mut Client, order: &Order) -> Result<u32> {
    let info = KernelClient(&mut *client).info()?;
    let node: Id = info.id.parse().map_err(|error| format!("the kernel has no id: {error}"))?;
    let missing = order.stamps.saturating_sub(info.stamps);
    let mut minted = 0;
    while minted < missing {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let batch = BATCH.min(missing - minted);
        let stamps: Vec<String> = (0..batch).map(|_| stamp::mint(node, order.bits, now)).collect();
        NodesClient(&mut *client).add_stamps(&stamps)?;
        minted += batch;
    }
    Ok(minted)
}
