//! The methods about nodes and connections, and about the stamps that they are paid with.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use daemon_core::prelude::*;

use super::{Kernel, now};
use crate::api::{NodeInfo, Refused};
use crate::identity::Id;
use crate::node::Packet;
use crate::stamp;

/// How many nodes are near, and how many are connected to at once.
const NEAR: usize = 20;

/// How many nodes are asked for others.
const ASKED: usize = 8;

/// The most stamps that are kept.
const MOST_STAMPS: u32 = 1000;

#[daemon(more, client = NodesClient)]
impl Kernel {
    /// List the nodes that are known, the nearest ones first.
    #[rpc_method(name = "nodes.list", read_only)]
    fn list_nodes(&self) -> Vec<NodeInfo> {
        self.table.all().into_iter().map(|(id, node)| self.describe_node(id, node)).collect()
    }

    /// List the nodes that are nearest to an id, by default this node's.
    #[rpc_method(name = "nodes.nearest", read_only)]
    fn nearest_nodes(
        &self,
        id: Option<&str>,
        #[param(default = NEAR, range(max = 1000))] count: usize,
    ) -> Result<Vec<NodeInfo>, Refused> {
        let id = id.map_or(Ok(self.identity.id()), |id| self.resolve(id))?;
        Ok(self.table.nearest(id, count).into_iter().map(|(id, node)| self.describe_node(id, node)).collect())
    }

    /// Connect to another node; return its id.
    #[rpc_method(name = "connect", thread, timeout = "30s", allow(owner, root))]
    fn connect(
        handle: Handle<Kernel>,
        /// Its name or its address
        host: String,
        #[param(default = 25000)] port: u16,
    ) -> Result<String, Refused> {
        let failed = |error: String| Refused::Connect {
            reason: format!("cannot connect to {host}, port {port}: {error}"),
        };
        // The system may ask a name server, which takes long.
        let mut addresses =
            (host.as_str(), port).to_socket_addrs().map_err(|error| failed(error.to_string()))?;
        let address = addresses.next().ok_or_else(|| failed("it has no address".to_owned()))?;
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        handle
            .with(move |kernel, context| kernel.connect_to(address, sender, context))
            .wait()
            .map_err(|error| failed(error.to_string()))?
            .map_err(|error| failed(error.to_string()))?;
        let met = receiver
            .recv_timeout(Duration::from_secs(25))
            .map_err(|_| failed("it does not answer".to_owned()))?;
        met.map(|id| id.to_string()).map_err(failed)
    }

    /// Close the connection to a node; return whether there was one.
    #[rpc_method(name = "disconnect", allow(owner, root))]
    fn disconnect(&mut self, node: &str, context: &mut Context) -> Result<bool, Refused> {
        let link = self.link_to(self.resolve(node)?);
        link.into_iter().for_each(|link| self.close_link(link, context));
        Ok(link.is_some())
    }

    /// Remember the addresses of nodes, to be connected to; return how many are new.
    #[rpc_method(name = "nodes.add", allow(owner, root))]
    fn add_nodes(&mut self, addresses: Vec<String>) -> Result<usize, Refused> {
        let mut added = Vec::new();
        for text in &addresses {
            let not_one = || Refused::Invalid {
                reason: format!("`{text}` is not an address, such as 192.0.2.1:25000"),
            };
            let address: SocketAddr = text.parse().map_err(|_| not_one())?;
            let is_known = self.table.all().iter().any(|(_, node)| node.address == Some(address));
            added.extend(if is_known { None } else { self.table.add_new(None, Some(address)) });
        }
        let table = &self.table;
        self.store.write(|change| {
            let new = table.news().filter(|(key, _)| added.contains(key));
            new.into_iter().try_for_each(|(key, new)| change.put_new_node(key, new))
        })?;
        Ok(added.len())
    }

    /// Ask the nearest nodes, and those that have not shown their keys, whether they are there; return how many.
    #[rpc_method(name = "nodes.ping", allow(owner, root))]
    fn ping_nodes(&mut self, context: &mut Context) -> usize {
        let near = self.table.nearest(self.identity.id(), NEAR).into_iter().map(|(id, _)| id);
        let nodes: Vec<Id> = near.chain(self.table.unconfirmed(NEAR)).collect();
        for node in &nodes {
            match self.link_to(*node) {
                Some(link) => drop(self.send(link, &Packet::Ping(0), context)),
                None => drop(self.reach(*node, context)),
            }
        }
        nodes.len()
    }

    /// Connect to new nodes, and ask for others; return how many are new.
    #[rpc_method(name = "nodes.meet", allow(owner, root))]
    fn meet_nodes(&mut self, context: &mut Context) -> Result<usize, Refused> {
        let news: Vec<_> = self.table.news().map(|(key, new)| (key.clone(), new.clone())).collect();
        let unconfirmed = self.table.unconfirmed(NEAR);
        let (mut tried, mut sought) = (0, vec![self.identity.id()]);
        for (key, new) in &news {
            match (new.address, new.id) {
                (Some(address), _) if tried < NEAR => {
                    tried += 1;
                    self.try_new(key, address, context);
                }
                (None, Some(id)) => {
                    self.table.change_new(key, |new| new.finds += 1);
                    sought.push(id);
                }
                (Some(_) | None, _) => {}
            }
        }
        for node in &unconfirmed {
            self.reach(*node, context);
        }
        self.ask_for(&sought, context);
        self.keep_news()?;
        Ok(news.len() + unconfirmed.len())
    }

    /// Forget nodes that were away for too long, and what nobody asks for any more; return how many nodes.
    #[rpc_method(name = "nodes.clean", allow(owner, root))]
    fn clean_nodes(&mut self) -> Result<usize, Refused> {
        let now = now();
        let forgotten = self.table.clean(now);
        self.store.write(|change| {
            change.forget_seen(now)?;
            change.forget_spent(now)?;
            forgotten.iter().try_for_each(|id| change.remove_node(*id))
        })?;
        Ok(forgotten.len())
    }

    /// Add stamps that were minted; return how many can be spent now.
    #[rpc_method(name = "stamps.add", allow(owner, root))]
    fn add_stamps(&mut self, stamps: Vec<String>, context: &mut Context) -> Result<u32, Refused> {
        let (own, now) = (self.identity.id(), now());
        let checked = stamps.iter().map(|text| match stamp::check(text, own, now) {
            Ok(stamp) => Ok((text, stamp.expires)),
            Err(refusal) => {
                Err(Refused::Invalid { reason: format!("`{text}` is not a stamp of this node: {refusal:?}") })
            }
        });
        let checked = checked.collect::<Result<Vec<_>, _>>()?;
        if self.store.stamps(now)? >= MOST_STAMPS {
            return Err(Refused::Full { reason: "there are enough stamps" });
        }
        self.store.write(|change| {
            checked.iter().try_for_each(|(stamp, expires)| change.add_stamp(stamp, *expires))
        })?;
        self.offer_all(context);
        Ok(self.store.stamps(now)?)
    }
}

impl Kernel {
    fn connect_to(
        &mut self,
        address: SocketAddr,
        met: super::Met,
        context: &mut Context,
    ) -> std::io::Result<()> {
        let number = self.dial(address, None, context)?;
        self.connecting.insert(number, met);
        Ok(())
    }

    fn try_new(&mut self, key: &str, address: SocketAddr, context: &mut Context) {
        if self.links.values().any(|link| link.address == address) {
            return;
        }
        if self.dial(address, None, context).is_err() {
            self.table.change_new(key, |new| new.connects += 1);
        }
    }

    /// Asks connected nodes for others.
    fn ask_for(&mut self, sought: &[Id], context: &mut Context) {
        for id in sought {
            let mut links: Vec<(u128, u64)> = self
                .links
                .iter()
                .filter_map(|(number, link)| Some((link.peer?.distance(*id), *number)))
                .collect();
            links.sort_unstable();
            for (_, link) in links.into_iter().take(ASKED) {
                let sent = self.send(link, &Packet::FindNode(*id), context);
                if let Some(link) = self.links.get_mut(&link).filter(|_| sent) {
                    link.asked.insert(*id);
                }
            }
        }
    }

    /// Drops new nodes that were tried often enough, and keeps the others.
    fn keep_news(&mut self) -> Result<()> {
        let dropped = self.table.clean_new();
        let table = &self.table;
        self.store.write(|change| {
            dropped.iter().try_for_each(|key| change.remove_new_node(key))?;
            table.news().try_for_each(|(key, new)| change.put_new_node(key, new))
        })
    }

    fn describe_node(&self, id: Id, node: &crate::table::Node) -> NodeInfo {
        NodeInfo {
            id: id.to_string(),
            nick: node.nick.clone(),
            address: node.address.map(|address| address.to_string()),
            confirmed: node.confirmed,
            connected: self.link_to(id).is_some(),
            failed: node.failed,
            seen: node.seen,
        }
    }
}
