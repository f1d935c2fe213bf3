//! The folder that a mail program has selected, as it knows it: a list of messages, which it names by their place in the list.
//! The list changes only when the mail program hears of it.

use imap_next::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};

use super::words::count;
use crate::mailbox::{Envelope, Flags, Folder, Mailbox, MailboxError};

/// A selected folder.
#[derive(Debug)]
pub(super) struct View {
    pub(super) folder: Folder,
    pub(super) read_only: bool,
    pub(super) validity: u32,
    envelopes: Vec<Envelope>,
}

/// What a mail program must be told: first which messages have gone, then the others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// The places of messages that have gone, the last one first.
    pub(super) gone: Vec<u32>,
    /// How many messages there are, if some are new.
    pub(super) exists: Option<u32>,
    /// The places of messages that have other flags, with these.
    pub(super) flags: Vec<(u32, Flags)>,
}

impl View {
    /// Selects a folder.
    pub(super) fn open(
        folder: Folder,
        read_only: bool,
        mailbox: &mut dyn Mailbox,
    ) -> Result<View, MailboxError> {
        let validity = mailbox.uid_validity()?;
        Ok(View { folder, read_only, validity, envelopes: mailbox.list(folder)? })
    }

    /// Returns how many messages there are.
    pub(super) fn exists(&self) -> u32 {
        count(self.envelopes.len())
    }

    /// Returns the place of the first message that is not seen.
    pub(super) fn first_unseen(&self) -> Option<u32> {
        self.envelopes.iter().position(|envelope| !envelope.flags.seen).map(|index| count(index + 1))
    }

    /// Returns the messages with their places.
    pub(super) fn messages(&self) -> impl Iterator<Item = (u32, &Envelope)> {
        self.envelopes.iter().enumerate().map(|(index, envelope)| (count(index + 1), envelope))
    }

    /// Returns the messages that a set names, by their numbers or by their places.
    pub(super) fn chosen(&self, set: &SequenceSet, by_uid: bool) -> Vec<(u32, u32)> {
        let messages = self.messages().map(|(place, envelope)| (place, envelope.uid));
        messages.filter(|&(place, uid)| self.is_in(set, by_uid, place, uid)).collect()
    }

    /// Whether a set names a message.
    pub(super) fn is_in(&self, set: &SequenceSet, by_uid: bool, place: u32, uid: u32) -> bool {
        let last_uid = self.envelopes.last().map_or(0, |envelope| envelope.uid);
        let (number, last) = if by_uid { (uid, last_uid) } else { (place, self.exists()) };
        let value = |bound: SeqOrUid| match bound {
            SeqOrUid::Value(value) => value.get(),
            SeqOrUid::Asterisk => last,
        };
        set.0.as_ref().iter().any(|sequence| match *sequence {
            Sequence::Single(bound) => value(bound) == number,
            Sequence::Range(from, to) => {
                let (from, to) = (value(from), value(to));
                (from.min(to)..=from.max(to)).contains(&number)
            }
        })
    }

    /// Returns the flags of a message.
    pub(super) fn flags_of(&self, uid: u32) -> Option<Flags> {
        self.index_of(uid).map(|index| self.envelopes[index].flags)
    }

    /// Sets the flags of a message, in the mailbox too; returns whether it is there.
    pub(super) fn set_flags(
        &mut self,
        uid: u32,
        flags: Flags,
        mailbox: &mut dyn Mailbox,
    ) -> Result<bool, MailboxError> {
        let Some(index) = self.index_of(uid) else { return Ok(false) };
        let is_there = mailbox.set_flags(uid, flags)?;
        if is_there {
            self.envelopes[index].flags = flags;
        }
        Ok(is_there)
    }

    /// Lists the folder again, and returns what has changed; `None` if it is another mailbox now.
    pub(super) fn refresh(&mut self, mailbox: &mut dyn Mailbox) -> Result<Option<Changes>, MailboxError> {
        if mailbox.uid_validity()? != self.validity {
            return Ok(None);
        }
        let fresh = mailbox.list(self.folder)?;
        Ok(Some(self.replace(fresh)))
    }

    fn replace(&mut self, fresh: Vec<Envelope>) -> Changes {
        let is_there = |uid: u32| fresh.binary_search_by_key(&uid, |envelope| envelope.uid).is_ok();
        let mut gone: Vec<u32> =
            self.messages().filter(|(_, envelope)| !is_there(envelope.uid)).map(|(place, _)| place).collect();
        gone.reverse();
        let known = self.envelopes.len() - gone.len();
        let flags = (1..).zip(&fresh).filter_map(|(place, envelope)| {
            let differs = self.flags_of(envelope.uid).is_some_and(|flags| flags != envelope.flags);
            differs.then_some((place, envelope.flags))
        });
        let flags = flags.collect();
        let exists = (fresh.len() > known).then(|| count(fresh.len()));
        self.envelopes = fresh;
        Changes { gone, exists, flags }
    }

    fn index_of(&self, uid: u32) -> Option<usize> {
        self.envelopes.binary_search_by_key(&uid, |envelope| envelope.uid).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::memory::Memory;

    #[test]
    fn places_change_only_when_changes_are_told() {
        let mut memory = Memory::new();
        for subject in ["a", "b", "c", "d"] {
            memory.arrive(subject, "");
        }
        let mut view = View::open(Folder::Inbox, false, &mut memory).unwrap();
        memory.delete(&[1, 3]).unwrap();
        memory.set_flags(4, Flags { seen: true, ..Flags::default() }).unwrap();
        memory.arrive("e", "");
        assert_eq!(view.exists(), 4);
        let changes = view.refresh(&mut memory).unwrap().unwrap();
        let seen = Flags { seen: true, ..Flags::default() };
        assert_eq!(changes, Changes { gone: vec![3, 1], exists: Some(3), flags: vec![(2, seen)] });
        assert_eq!(view.refresh(&mut memory).unwrap().unwrap(), Changes::default());
    }

    #[test]
    fn sets_name_messages_by_place_and_by_number() {
        let mut memory = Memory::new();
        for subject in ["a", "b", "c", "d"] {
            memory.arrive(subject, "");
        }
        memory.delete(&[2]).unwrap();
        let view = View::open(Folder::Inbox, false, &mut memory).unwrap();
        let cases: [(&str, bool, &[u32]); 8] = [
            ("1:*", false, &[1, 3, 4]),
            ("*", false, &[4]),
            ("3:2", false, &[3, 4]),
            ("7", false, &[]),
            ("2:3", true, &[3]),
            ("99:*", true, &[4]),
            ("1:4294967295", true, &[1, 3, 4]),
            ("1,1,4", true, &[1, 4]),
        ];
        for (set, by_uid, uids) in cases {
            let chosen = view.chosen(&SequenceSet::try_from(set).unwrap(), by_uid);
            assert_eq!(chosen.iter().map(|&(_, uid)| uid).collect::<Vec<_>>(), uids, "{set}");
        }
    }
}
