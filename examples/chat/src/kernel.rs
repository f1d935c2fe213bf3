//! The kernel: it owns all state, and every other process of the chat asks it.
//!
//! It also talks to other nodes, on its one thread: nothing here may take long. What does, the daemon `cronjob` does.

mod book_methods;
mod delivery;
mod incoming;
mod links;
mod mailing;
mod message_methods;
mod node_methods;
mod offers;
mod options;
mod talk_methods;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::time::{SystemTime, UNIX_EPOCH};

use daemon_core::WatchId;
use daemon_core::prelude::*;

pub use self::book_methods::BookClient;
use self::links::Link;
pub use self::message_methods::MessagesClient;
pub use self::node_methods::NodesClient;
pub use self::options::Options;
pub use self::talk_methods::TalkClient;
use crate::api::{ChatEvent, Info, Link as LinkInfo, LinkState, Refused};
use crate::home::Home;
use crate::identity::{Id, Identity};
use crate::message::{Outgoing, Record};
use crate::node::talk::Talk;
use crate::node::{Packet, is_nick};
use crate::store::Store;
use crate::table::Table;

/// I hold the chat together.
///
/// I keep the messages, the address book and the nodes, and talk to other nodes.
#[daemon(name = "kernel", workers())]
pub struct Kernel {
    options: Options,
    identity: Rc<Identity>,
    nick: String,
    store: Store,
    table: Table,
    /// The mailbox, by number, and what was opened of it.
    mail: BTreeMap<u32, Record>,
    heads: BTreeMap<u32, Head>,
    /// Messages on their way, by number.
    outbox: BTreeMap<u64, Outgoing>,
    /// Receipts that senders must still get: messages by sender.
    owed: BTreeMap<Id, BTreeSet<Id>>,
    /// Messages to send to nodes that are being connected.
    wanted: BTreeMap<Id, BTreeSet<u64>>,
    /// Stamps that are to be spent next; they are not in the database any more.
    purse: VecDeque<String>,
    listens: Option<SocketAddr>,
    accepting: Option<WatchId>,
    links: BTreeMap<u64, Link>,
    links_ever: u64,
    /// Who waits for the node at the other end of a connection.
    connecting: BTreeMap<u64, Met>,
    /// How many bytes have come and gone, ever.
    traffic: (u64, u64),
    subscribers: Subscribers<ChatEvent>,
    /// The number of the latest change of the mailbox, and who waits for the next one.
    change: u64,
    waiting: BTreeMap<u64, Reply<u64, Refused>>,
    waited: u64,
}

/// Where the node goes that was connected to, or the reason why there is none.
type Met = SyncSender<Result<Id, String>>;

/// What is shown of a message in a list.
#[derive(Clone, Default)]
struct Head {
    subject: String,
    nick: String,
}

#[daemon(client = KernelClient)]
impl Kernel {
    fn setup(options: Options, context: &mut Context) -> Result<Self> {
        let home = Home::open(&options.directory())?;
        let identity = Rc::new(home.identity()?);
        let store = Store::open(move || home.database())?;
        let table = Table::new(identity.id(), store.nodes()?, store.new_nodes()?);
        let mut owed = BTreeMap::<Id, BTreeSet<Id>>::new();
        for (message, sender) in store.owed()? {
            owed.entry(sender).or_default().insert(message);
        }
        let mut kernel = Kernel {
            identity,
            nick: store.nick()?,
            table,
            mail: store.mail()?.into_iter().collect(),
            heads: BTreeMap::new(),
            outbox: store.outgoing()?.into_iter().collect(),
            owed,
            wanted: BTreeMap::new(),
            purse: VecDeque::new(),
            listens: None,
            accepting: None,
            links: BTreeMap::new(),
            links_ever: 0,
            connecting: BTreeMap::new(),
            traffic: store.traffic()?,
            subscribers: Subscribers::default(),
            // A number that no earlier kernel has used.
            change: now().saturating_mul(1000),
            waiting: BTreeMap::new(),
            waited: 0,
            store,
            options,
        };
        kernel.listen(context)?;
        Ok(kernel)
    }

    #[every(options.tick)]
    fn tick(&mut self, context: &mut Context) {
        self.pass_time(context);
    }

    #[on(stop)]
    fn say_goodbye(&mut self, context: &mut Context) {
        if let Some(watch) = self.accepting.take() {
            context.unwatch(watch);
        }
        for number in self.links.keys().copied().collect::<Vec<_>>() {
            self.close_link(number, context);
        }
        self.publish(&ChatEvent::Stopping);
        self.subscribers = Subscribers::default();
        std::mem::take(&mut self.waiting).into_values().for_each(|reply| reply.send(self.change));
    }

    fn teardown(&mut self) -> Result<()> {
        self.save_counters()
    }

    /// Return what is known about this node.
    #[rpc_method(name = "info", read_only)]
    fn info(&self) -> Result<Info, Refused> {
        let ready = self.links.values().filter(|link| link.connection.is_ready()).count();
        Ok(Info {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            id: self.identity.id().to_string(),
            fingerprint: self.identity.keys().fingerprint(),
            listens: self.listens.map(|address| address.to_string()),
            nick: self.nick.clone(),
            connections: count(ready),
            connections_ever: self.links_ever,
            nodes: count(self.table.all().len()),
            stamps: self.store.stamps(now())?.saturating_add(count(self.purse.len())),
            received: self.traffic.0,
            sent: self.traffic.1,
        })
    }

    /// Return the nickname; set it, if one is given.
    #[rpc_method(name = "nick", allow(owner, root))]
    fn nick(&mut self, name: Option<&str>, context: &mut Context) -> Result<String, Refused> {
        if let Some(name) = name {
            if !is_nick(name) {
                let reason =
                    "a nickname has letters, digits, `-`, `_` and `.`, and 256 characters at most".to_owned();
                return Err(Refused::Invalid { reason });
            }
            self.store.write(|change| change.set_nick(name))?;
            name.clone_into(&mut self.nick);
            for number in self.links.keys().copied().collect::<Vec<_>>() {
                self.send(number, &Packet::Nick(self.nick.clone()), context);
            }
        }
        Ok(self.nick.clone())
    }

    /// List the connections to other nodes.
    #[rpc_method(name = "connections", read_only)]
    fn connections(&self) -> Vec<LinkInfo> {
        self.links.iter().map(|(number, link)| describe(*number, link)).collect()
    }

    /// Send what happens: messages, talks, connections.
    #[rpc_method(name = "watch", allow(owner, root))]
    fn watch(&mut self, subscription: Subscription<ChatEvent>) {
        self.subscribers.add(subscription);
    }

    /// Write to the disk what is kept only in memory: the counters of bytes, and how nodes were reached. All else is there
    /// already.
    #[rpc_method(name = "save", allow(owner, root))]
    fn save(&mut self) -> Result<bool, Refused> {
        self.save_counters()?;
        Ok(true)
    }
}

impl Kernel {
    fn save_counters(&self) -> Result<()> {
        let (table, traffic) = (&self.table, self.traffic);
        self.store.write(|change| {
            change.set_traffic(traffic)?;
            table.all().into_iter().try_for_each(|(id, node)| change.put_node(id, node))?;
            table.news().try_for_each(|(key, new)| change.put_new_node(key, new))
        })
    }

    /// Logs an error of something that nobody has asked for.
    fn attempt<T>(&self, result: Result<T>) -> Option<T> {
        result.inspect_err(|error| tracing::error!("{}", error.report())).ok()
    }
}

fn describe(number: u64, link: &Link) -> LinkInfo {
    let state = match (link.connection.is_ready(), link.talk) {
        (false, _) => LinkState::Opening,
        (true, Talk::None) => LinkState::Ready,
        (true, Talk::Asked | Talk::Asking) => LinkState::Request,
        (true, Talk::Talking) => LinkState::Talking,
    };
    LinkInfo {
        number,
        address: link.address.to_string(),
        outbound: link.outbound,
        state,
        node: link.peer.map(|id| id.to_string()),
        nick: link.nick.clone(),
        received: link.received,
        sent: link.sent,
        age: link.since.elapsed().into(),
    }
}

/// The time, in seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
