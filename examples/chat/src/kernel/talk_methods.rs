//! The methods about talks, and how a talk goes on.

use daemon_core::prelude::*;

use super::links::Link;
use super::{Kernel, now};
use crate::api::{ChatEvent, Refused};
use crate::identity::Id;
use crate::node::talk::{Step, Talk};
use crate::node::{LONGEST_LINE, Packet, is_line};
use crate::store::book::Contact;

#[daemon(more, client = TalkClient)]
impl Kernel {
    /// Ask a node for a talk; return its id.
    #[rpc_method(name = "talk.request", allow(owner, root))]
    fn request_talk(&mut self, node: &str, context: &mut Context) -> Result<String, Refused> {
        let id = self.resolve(node)?;
        self.act(id, Step::Request, context)?;
        Ok(id.to_string())
    }

    /// List the ids of the nodes that ask for a talk.
    #[rpc_method(name = "talk.requests", read_only, allow(owner, root))]
    fn list_requests(&self) -> Vec<String> {
        let asking = self.links.values().filter(|link| link.talk == Talk::Asking);
        asking.filter_map(|link| Some(link.peer?.to_string())).collect()
    }

    /// Accept the request of a node for a talk, and put the node into the address book.
    #[rpc_method(name = "talk.accept", allow(owner, root))]
    fn accept_talk(&mut self, node: &str, context: &mut Context) -> Result<String, Refused> {
        let id = self.resolve(node)?;
        self.act(id, Step::Respond(true), context)?;
        Ok(id.to_string())
    }

    /// Decline the request of a node for a talk.
    #[rpc_method(name = "talk.decline", allow(owner, root))]
    fn decline_talk(&mut self, node: &str, context: &mut Context) -> Result<String, Refused> {
        let id = self.resolve(node)?;
        self.act(id, Step::Respond(false), context)?;
        Ok(id.to_string())
    }

    /// Say a line in a talk.
    #[rpc_method(name = "talk.say", allow(owner, root))]
    fn say(&mut self, node: &str, text: String, context: &mut Context) -> Result<(), Refused> {
        let link = self.link_to(self.resolve(node)?).ok_or(Refused::NotConnected)?;
        if self.links.get(&link).is_none_or(|link| link.talk != Talk::Talking) {
            return Err(Refused::Talk { reason: "you do not talk with this node" });
        }
        if !is_line(&text) {
            let reason =
                format!("a line of a talk has {LONGEST_LINE} bytes at most, and no control characters");
            return Err(Refused::Invalid { reason });
        }
        if !self.send(link, &Packet::TalkLine(text), context) {
            return Err(Refused::Full { reason: "the node reads too slowly" });
        }
        Ok(())
    }

    /// End a talk, or take back a request.
    #[rpc_method(name = "talk.close", allow(owner, root))]
    fn close_talk(&mut self, node: &str, context: &mut Context) -> Result<(), Refused> {
        let id = self.resolve(node)?;
        self.act(id, Step::Close, context)
    }
}

impl Kernel {
    /// The user takes a step in a talk.
    fn act(&mut self, id: Id, step: Step, context: &mut Context) -> Result<(), Refused> {
        let link = self.link_to(id).ok_or(Refused::NotConnected)?;
        let before = self.links.get(&link).map_or(Talk::None, |link| link.talk);
        let after = before.after(step).ok_or(Refused::Talk { reason: misfit(before) })?;
        // If both ask, one's request answers that of the other.
        let packet = match (before, step) {
            (Talk::Asking, Step::Request) => Packet::TalkResponse(true),
            (_, Step::Request) => Packet::TalkRequest,
            (_, Step::Respond(accepted)) => Packet::TalkResponse(accepted),
            (_, Step::Close | Step::PeerRequests | Step::PeerResponds(_) | Step::PeerCloses) => {
                Packet::TalkClose
            }
        };
        if !self.send(link, &packet, context) {
            return Err(Refused::Full { reason: "the node reads too slowly" });
        }
        self.set_talk(link, after);
        Ok(())
    }

    /// The node takes a step in a talk. One that does not fit changes nothing.
    pub(super) fn step(&mut self, number: u64, step: Step, _context: &mut Context) {
        let Some(link) = self.links.get(&number) else { return };
        let (Some(id), before, nick) = (link.peer, link.talk, link.nick.clone()) else { return };
        let Some(after) = before.after(step) else { return };
        self.set_talk(number, after);
        let node = id.to_string();
        self.publish(&match step {
            Step::PeerRequests if after == Talk::Asking => ChatEvent::TalkRequest { node, nick },
            Step::PeerResponds(accepted) => ChatEvent::TalkResponse { node, nick, accepted },
            // Both have asked.
            Step::PeerRequests => ChatEvent::TalkResponse { node, nick, accepted: true },
            Step::PeerCloses | Step::Request | Step::Respond(_) | Step::Close => {
                ChatEvent::TalkClosed { node, nick }
            }
        });
    }

    fn set_talk(&mut self, number: u64, talk: Talk) {
        let Some(Link { peer: Some(id), nick, talk: current, .. }) = self.links.get_mut(&number) else {
            return;
        };
        *current = talk;
        let (id, contact) = (*id, Contact { nick: nick.clone(), added: now() });
        if talk == Talk::Talking && !matches!(self.store.contact(id), Ok(Some(_))) {
            let kept = self.store.write(|change| change.put_contact(id, &contact));
            self.attempt(kept);
        }
    }
}

fn misfit(talk: Talk) -> &'static str {
    match talk {
        Talk::None => "there is no talk with this node, and it has not asked for one",
        Talk::Asked => "the node was asked already, and has not answered",
        Talk::Asking => "the node asks for a talk; accept or decline it",
        Talk::Talking => "you talk with this node already",
    }
}
