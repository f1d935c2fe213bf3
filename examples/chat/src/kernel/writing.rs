//! How a message of the user is accepted.

use std::collections::BTreeSet;

use daemon_core::prelude::*;

use super::{Kernel, now};
use crate::api::Refused;
use crate::identity::{Id, random};
use crate::letter::{Content, Letter, Nonce, message_id};
use crate::mailbox::{Flags, LONGEST_BODY, LONGEST_KEY, LONGEST_SUBJECT, MOST_RECIPIENTS, Status};
use crate::message::{Outgoing, Record};
use crate::store::Change;
use crate::store::book::Contact;
use crate::store::outbox::Parcel;
use crate::store::seen::Seen;

/// How many own messages may be on their way.
const MOST_OWN: usize = 10_000;

impl Kernel {
    /// Accepts a message of the user for one or several nodes; all of them are on the disk when this returns, or none. What was
    /// accepted before with the same key is not accepted again.
    pub(super) fn submit(
        &mut self,
        recipients: &BTreeSet<Id>,
        subject: String,
        body: String,
        key: Option<&str>,
        context: &mut Context,
    ) -> Result<Vec<Id>, Refused> {
        self.check_draft(recipients, &subject, &body, key)?;
        let content = Content { subject, body, nick: self.nick.clone() };
        let text = self.lock(&content)?;
        let nonce = |to| key.map_or_else(random, |key| self.nonce_of(key, to, &content));
        let mut drafts = recipients
            .iter()
            .map(|to| self.draft(*to, nonce(*to), &content, &text))
            .collect::<Result<Vec<_>>>()?;
        let ids = drafts.iter().map(|draft| draft.record.id).collect();
        if key.is_some() {
            drafts = self.without_seen(drafts)?;
        }
        let known: Vec<bool> = drafts.iter().map(|draft| self.is_contact(draft.record.to)).collect();
        let numbers = self.store.write(|change| {
            drafts
                .iter()
                .zip(known)
                .map(|(draft, known)| self.keep_draft(change, draft, known, &text))
                .collect::<Result<Vec<_>, _>>()
        })?;
        for (draft, (uid, number)) in drafts.into_iter().zip(numbers) {
            self.show(uid, draft.record, content.clone());
            if let (Some((outgoing, _)), Some(number)) = (draft.outgoing, number) {
                self.outbox.insert(number, Outgoing { uid: Some(uid), ..outgoing });
                let searched = self.search(number);
                self.attempt(searched);
                self.send_directly(number, context);
            }
        }
        Ok(ids)
    }

    /// Returns what makes the id of a message the same each time, and is known to this node only.
    fn nonce_of(&self, key: &str, to: Id, content: &Content) -> Nonce {
        self.identity.tag(&[key.as_bytes(), &to.0, content.subject.as_bytes(), content.body.as_bytes()])
    }

    fn without_seen(&self, drafts: Vec<Draft>) -> Result<Vec<Draft>> {
        let is_new = |draft: Draft| match self.store.seen(draft.record.id) {
            Ok(seen) => seen.is_none().then_some(Ok(draft)),
            Err(error) => Some(Err(error)),
        };
        drafts.into_iter().filter_map(is_new).collect()
    }

    fn check_draft(
        &self,
        recipients: &BTreeSet<Id>,
        subject: &str,
        body: &str,
        key: Option<&str>,
    ) -> Result<(), Refused> {
        let invalid = |reason: String| Err(Refused::Invalid { reason });
        if recipients.is_empty() || recipients.len() > MOST_RECIPIENTS {
            return invalid(format!("a message has between 1 and {MOST_RECIPIENTS} recipients"));
        }
        if body.len() > LONGEST_BODY {
            return invalid(format!("the text has {} bytes; the most is {LONGEST_BODY}", body.len()));
        }
        if subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) {
            return invalid(format!("a subject is one line, and has {LONGEST_SUBJECT} bytes at most"));
        }
        if key.is_some_and(|key| key.len() > LONGEST_KEY) {
            return invalid(format!("a key has {LONGEST_KEY} bytes at most"));
        }
        let own = self.outbox.values().filter(|outgoing| outgoing.is_own()).count();
        if own + recipients.len() > MOST_OWN {
            return Err(Refused::Full { reason: "too many of your messages have not arrived yet" });
        }
        Ok(())
    }

    fn draft(&self, to: Id, nonce: Nonce, content: &Content, text: &[u8]) -> Result<Draft> {
        let (from, now) = (self.identity.id(), now());
        let id = message_id(&self.identity.keys(), to, &nonce);
        let status = if to == from { Status::Unread } else { Status::Origin };
        let size = content.body.len() as u64;
        let record = Record {
            id,
            from,
            to,
            created: now,
            received: now,
            status,
            relays: 0,
            size,
            flags: Flags::default(),
        };
        if to == from {
            return Ok(Draft { record, outgoing: None });
        }
        let keys = self.table.get(to).map(|node| node.keys);
        let parcel = match keys {
            Some(keys) => Parcel::Sealed(
                Letter::write(&self.identity, &keys, now, nonce, content)
                    .ok_or_else(|| format!("cannot seal a message for {to}"))?,
            ),
            None => Parcel::Waiting { nonce, locked: text.to_vec() },
        };
        let (waits, sent) = (keys.is_none(), BTreeSet::new());
        let outgoing = Outgoing {
            id,
            from,
            to,
            created: now,
            relays: 0,
            waits,
            sent,
            cycles: 0,
            uid: None,
            limit: false,
        };
        Ok(Draft { record, outgoing: Some((outgoing, parcel)) })
    }

    /// Keeps a message of the user; returns its number in the mailbox, and that among those on their way.
    fn keep_draft(
        &self,
        change: &Change<'_>,
        draft: &Draft,
        known: bool,
        text: &[u8],
    ) -> Result<(u32, Option<u64>), crate::store::Failed> {
        let record = &draft.record;
        let uid = change.add_mail(record, text)?;
        change.put_seen(record.id, &Seen::new(record.created))?;
        let Some((outgoing, parcel)) = &draft.outgoing else { return Ok((uid, None)) };
        if !known {
            let nick = self.table.get(record.to).map(|node| node.nick.clone()).unwrap_or_default();
            change.put_contact(record.to, &Contact { nick, added: record.created })?;
        }
        let outgoing = Outgoing { uid: Some(uid), ..outgoing.clone() };
        Ok((uid, Some(change.add_outgoing(&outgoing, parcel)?)))
    }

    fn is_contact(&self, id: Id) -> bool {
        matches!(self.store.contact(id), Ok(Some(_)))
    }
}

/// A message of the user, before it is kept.
struct Draft {
    record: Record,
    /// How it is sent; `None` if it is for this node itself.
    outgoing: Option<(Outgoing, Parcel)>,
}
