//! The settings of the kernel.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use daemon_core::prelude::*;

use crate::home;
use crate::node::Timing;

/// The settings of the kernel.
#[settings]
#[derive(Default)]
pub struct Options {
    /// The data directory; made at the first start
    #[flag(value_name = "DIRECTORY", env = "CHAT_DATA")]
    pub data: Option<PathBuf>,
    /// The address to listen at for other nodes
    #[flag(short = 'a', env = "CHAT_ADDRESS", default = "0.0.0.0")]
    pub address: Option<IpAddr>,
    /// The port to listen at for other nodes; 0 for any
    #[flag(short = 'p', env = "CHAT_PORT", default = "25000")]
    pub port: u16,
    /// The most connections to other nodes
    #[flag(default = "100")]
    pub connections: usize,
    /// The most messages of others that are kept and passed on
    #[flag(default = "10000")]
    pub relayed: usize,
    /// How long a node may take to show who it is
    #[flag(default = "10s")]
    pub handshake: Duration,
    /// How often a silent node is asked whether it is there
    #[flag(default = "25s")]
    pub ping: Duration,
    /// When a silent node is given up
    #[flag(default = "5min")]
    pub dead: Duration,
    /// How long the key of a connection is used
    #[flag(default = "5min")]
    pub renew: Duration,
    /// How often connections are looked at
    #[flag(default = "1s")]
    pub tick: Duration,
}

impl Options {
    /// The data directory.
    pub(super) fn directory(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(home::default_directory)
    }

    /// How long things may take on a connection.
    pub(super) fn timing(&self) -> Timing {
        let Options { handshake, ping, dead, renew, .. } = *self;
        Timing { handshake, ping, dead, renew, renew_after: 100 }
    }
}
