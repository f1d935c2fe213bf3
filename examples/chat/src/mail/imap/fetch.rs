//! FETCH: what a mail program asks of messages, one message after the other.

use std::collections::VecDeque;

use imap_next::imap_types::IntoStatic as _;
use imap_next::imap_types::core::Tag;
use imap_next::imap_types::fetch::{MacroOrMessageDataItemNames, MessageDataItem, MessageDataItemName};
use imap_next::imap_types::response::Data;

use super::parts::{envelope_of, piece, section_of, structure_of};
use super::view::View;
use super::words::{count, date, flag_list, list, nstring, number};
use crate::mail::letter::Letter;
use crate::mailbox::{Flags, Mail, Mailbox, MailboxError};

/// A FETCH that is being executed.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) tag: Tag<'static>,
    /// The places and numbers of the messages to come.
    messages: VecDeque<(u32, u32)>,
    items: Vec<MessageDataItemName<'static>>,
}

impl Fetch {
    /// Returns a FETCH of these messages.
    pub(super) fn new(
        tag: Tag<'static>,
        messages: Vec<(u32, u32)>,
        items: MacroOrMessageDataItemNames<'static>,
        by_uid: bool,
    ) -> Fetch {
        let mut items = match items {
            MacroOrMessageDataItemNames::Macro(short) => short.expand().into_static(),
            MacroOrMessageDataItemNames::MessageDataItemNames(items) => items,
        };
        if by_uid && !items.contains(&MessageDataItemName::Uid) {
            items.insert(0, MessageDataItemName::Uid);
        }
        Fetch { tag, messages: messages.into(), items }
    }

    /// Whether an item is of an extension that is not offered.
    pub(super) fn is_foreign(&self) -> bool {
        let is_binary = |item: &MessageDataItemName<'_>| {
            matches!(item, MessageDataItemName::Binary { .. } | MessageDataItemName::BinarySize { .. })
        };
        self.items.iter().any(is_binary)
    }

    /// Returns what is asked of the next message; `None` if there is no further one. Messages that have gone are passed over.
    pub(super) fn next(
        &mut self,
        view: &mut View,
        mailbox: &mut dyn Mailbox,
    ) -> Result<Option<Data<'static>>, MailboxError> {
        while let Some((place, uid)) = self.messages.pop_front() {
            let Some(flags) = view.flags_of(uid) else { continue };
            // The flags come from the view, and need no question to the kernel.
            let mail = if self.items.iter().all(|item| item == &MessageDataItemName::Uid || is_flags(item)) {
                None
            } else {
                let Some(mail) = mailbox.fetch(uid)? else { continue };
                Some(mail)
            };
            let becomes_seen = !flags.seen && !view.read_only && self.items.iter().any(marks_seen);
            let flags = Flags { seen: flags.seen || becomes_seen, ..flags };
            if becomes_seen {
                view.set_flags(uid, flags, mailbox)?;
            }
            let mut items = self.items_of(uid, flags, mail.as_ref());
            if becomes_seen && !self.items.iter().any(is_flags) {
                items.push(MessageDataItem::Flags(flag_list(flags)));
            }
            let mut items = items.into_iter();
            if let Some(first) = items.next() {
                return Ok(Some(Data::Fetch { seq: number(place), items: list(first, items) }));
            }
        }
        Ok(None)
    }

    fn items_of(&self, uid: u32, flags: Flags, mail: Option<&Mail>) -> Vec<MessageDataItem<'static>> {
        let letter = mail.map(Letter::of);
        let item = |name: &MessageDataItemName<'static>| match name {
            MessageDataItemName::Uid => Some(MessageDataItem::Uid(number(uid))),
            MessageDataItemName::Flags => Some(MessageDataItem::Flags(flag_list(flags))),
            name => letter_item(name, mail?, letter.as_ref()?),
        };
        self.items.iter().filter_map(item).collect()
    }
}

fn letter_item(
    name: &MessageDataItemName<'static>,
    mail: &Mail,
    letter: &Letter,
) -> Option<MessageDataItem<'static>> {
    Some(match name {
        MessageDataItemName::InternalDate => MessageDataItem::InternalDate(date(mail.envelope.received)),
        MessageDataItemName::Envelope => MessageDataItem::Envelope(envelope_of(letter)),
        MessageDataItemName::Body => MessageDataItem::Body(structure_of(letter)),
        MessageDataItemName::BodyStructure => MessageDataItem::BodyStructure(structure_of(letter)),
        MessageDataItemName::Rfc822 => MessageDataItem::Rfc822(nstring(letter.bytes())),
        MessageDataItemName::Rfc822Header => MessageDataItem::Rfc822Header(nstring(letter.header())),
        MessageDataItemName::Rfc822Text => MessageDataItem::Rfc822Text(nstring(letter.text())),
        MessageDataItemName::Rfc822Size => MessageDataItem::Rfc822Size(count(letter.bytes().len())),
        MessageDataItemName::BodyExt { section, partial, .. } => {
            let bytes = section_of(letter, section.as_ref());
            let whole = bytes.as_deref();
            let data = match partial {
                Some((offset, length)) => whole.map(|bytes| piece(bytes, *offset, length.get())),
                None => whole,
            };
            MessageDataItem::BodyExt {
                section: section.clone(),
                origin: partial.map(|(offset, _)| offset),
                data: data.map_or_else(Default::default, nstring),
            }
        }
        MessageDataItemName::Uid
        | MessageDataItemName::Flags
        | MessageDataItemName::Binary { .. }
        | MessageDataItemName::BinarySize { .. } => return None,
    })
}

fn is_flags(item: &MessageDataItemName<'_>) -> bool {
    matches!(item, MessageDataItemName::Flags)
}

/// Whether a message that this was read of has been seen.
fn marks_seen(item: &MessageDataItemName<'_>) -> bool {
    matches!(
        item,
        MessageDataItemName::Rfc822
            | MessageDataItemName::Rfc822Text
            | MessageDataItemName::BodyExt { peek: false, .. }
    )
}
