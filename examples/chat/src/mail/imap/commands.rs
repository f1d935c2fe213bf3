//! What each command does.

use imap_next::imap_types::command::{Command, CommandBody};
use imap_next::imap_types::core::{AString, QuotedChar, Tag};
use imap_next::imap_types::fetch::MessageDataItem;
use imap_next::imap_types::flag::{Flag, FlagNameAttribute, StoreResponse, StoreType};
use imap_next::imap_types::mailbox::{ListMailbox, Mailbox};
use imap_next::imap_types::response::{Code, Data, StatusKind};
use imap_next::imap_types::sequence::SequenceSet;
use imap_next::imap_types::status::{StatusDataItem, StatusDataItemName};

use super::fetch::Fetch;
use super::login::{capabilities, may_log_in};
use super::view::View;
use super::words::{code, count, flag_list, kept_flags, list, number, permanent_flags, with_flags};
use super::{Imap, folders, search};
use crate::mail::session::{Desk, Encryption, Next};
use crate::mailbox::{Flags, Folder, MailboxError};

/// A command STORE.
struct Store {
    kind: StoreType,
    flags: Vec<Flag<'static>>,
    is_silent: bool,
    by_uid: bool,
}

impl Imap {
    /// Executes a command that is allowed at any time, or passes it on.
    pub(super) fn execute(&mut self, command: Command<'static>, desk: &mut Desk<'_>) {
        let Command { tag, body } = command;
        match body {
            CommandBody::Capability => {
                self.data(Data::Capability(capabilities(self.opening)));
                self.ok(tag, None, "listed");
            }
            CommandBody::Noop | CommandBody::Check => match self.refresh(desk) {
                Ok(()) => self.ok(tag, None, "done"),
                Err(error) => self.failed(tag, &error),
            },
            CommandBody::Logout => {
                self.say_bye("you log out");
                self.ok(tag, None, "bye");
            }
            CommandBody::StartTLS => self.start_tls(tag),
            CommandBody::Login { username, password } => {
                self.log_in(tag, &username, password.declassify(), desk);
            }
            _ if !self.is_logged_in => self.bad(tag, "log in first"),
            body => self.execute_for_owner(tag, body, desk),
        }
    }

    fn start_tls(&mut self, tag: Tag<'static>) {
        match self.opening.encryption {
            Encryption::Offered => {
                self.ok(tag, None, "begin TLS");
                self.then = Some(Next::Encrypt);
            }
            Encryption::Active => self.bad(tag, "TLS is on"),
            Encryption::Unavailable => self.bad(tag, "there is no certificate"),
        }
    }

    fn log_in(&mut self, tag: Tag<'static>, user: &AString<'_>, password: &AString<'_>, desk: &mut Desk<'_>) {
        if self.is_logged_in {
            return self.bad(tag, "you are logged in");
        }
        if !may_log_in(self.opening) {
            let code = Some(code("PRIVACYREQUIRED"));
            return self.status(Some(tag), StatusKind::No, code, "use STARTTLS first");
        }
        let user = String::from_utf8_lossy(user.as_ref()).into_owned();
        let (kind, code, words) = self.admit(&user, password.as_ref(), desk);
        self.status(Some(tag), kind, code, &words);
    }

    fn execute_for_owner(&mut self, tag: Tag<'static>, body: CommandBody<'static>, desk: &mut Desk<'_>) {
        match body {
            CommandBody::List { reference, mailbox_wildcard } => {
                self.list_folders(tag, &reference, &mailbox_wildcard, false);
            }
            CommandBody::Lsub { reference, mailbox_wildcard } => {
                self.list_folders(tag, &reference, &mailbox_wildcard, true);
            }
            CommandBody::Status { mailbox, item_names } => {
                self.folder_status(tag, &mailbox, &item_names, desk);
            }
            CommandBody::Select { mailbox } => self.select(tag, &mailbox, false, desk),
            CommandBody::Examine { mailbox } => self.select(tag, &mailbox, true, desk),
            CommandBody::Subscribe { mailbox } | CommandBody::Unsubscribe { mailbox } => {
                match folders::named(&mailbox) {
                    Some(_) => self.ok(tag, None, "both folders are always subscribed"),
                    None => self.no_such_folder(tag),
                }
            }
            CommandBody::Create { .. } | CommandBody::Delete { .. } | CommandBody::Rename { .. } => {
                self.cannot(tag, "there are two folders, INBOX and Sent");
            }
            CommandBody::Append { .. } => {
                self.cannot(tag, "send messages over SMTP; those that were sent are in Sent already");
            }
            CommandBody::Copy { .. } | CommandBody::Move { .. } => {
                self.cannot(tag, "a message stays in its folder");
            }
            body => self.execute_in_folder(tag, body, desk),
        }
    }

    fn execute_in_folder(&mut self, tag: Tag<'static>, body: CommandBody<'static>, desk: &mut Desk<'_>) {
        let Some(view) = &self.view else {
            return self.bad(tag, "this needs a selected folder, or is not supported");
        };
        match body {
            CommandBody::Fetch { sequence_set, macro_or_item_names, uid } => {
                let messages = view.chosen(&sequence_set, uid);
                let fetch = Fetch::new(tag, messages, macro_or_item_names, uid);
                if fetch.is_foreign() {
                    return self.bad(fetch.tag, "BINARY is not supported");
                }
                self.fetch = Some(fetch);
            }
            CommandBody::Search { charset, criteria, uid } => {
                if charset.is_some_and(|charset| !search::is_known(&charset)) {
                    let code = Some(Code::BadCharset { allowed: Vec::new() });
                    return self.status(Some(tag), StatusKind::No, code, "use UTF-8");
                }
                match search::search(&criteria, view, desk.mailbox) {
                    Ok(found) => {
                        let numbers =
                            found.into_iter().map(|(place, number)| if uid { number } else { place });
                        self.data(Data::Search(numbers.map(number).collect()));
                        self.ok(tag, None, "searched");
                    }
                    Err(error) => self.failed(tag, &error),
                }
            }
            CommandBody::Store { sequence_set, kind, response, flags, uid } => {
                let is_silent = response == StoreResponse::Silent;
                let store = Store { kind, flags, is_silent, by_uid: uid };
                self.finish(tag, "stored", |imap| imap.store(&sequence_set, &store, desk));
            }
            CommandBody::Expunge => self.finish(tag, "deleted", |imap| imap.expunge(None, false, desk)),
            CommandBody::ExpungeUid { sequence_set } => {
                self.finish(tag, "deleted", |imap| imap.expunge(Some(&sequence_set), false, desk));
            }
            CommandBody::Close if view.read_only => self.unselect(tag),
            CommandBody::Close => match self.expunge(None, true, desk) {
                Ok(()) => self.unselect(tag),
                Err(error) => self.failed(tag, &error),
            },
            CommandBody::Unselect => self.unselect(tag),
            _ => self.bad(tag, "this command is not supported"),
        }
    }

    /// Runs a command that changes the folder.
    fn finish(
        &mut self,
        tag: Tag<'static>,
        words: &str,
        run: impl FnOnce(&mut Imap) -> Result<(), MailboxError>,
    ) {
        if self.view.as_ref().is_some_and(|view| view.read_only) {
            return self.cannot(tag, "the folder is read-only: use SELECT");
        }
        match run(self) {
            Ok(()) => self.ok(tag, None, words),
            Err(error) => self.failed(tag, &error),
        }
    }

    fn unselect(&mut self, tag: Tag<'static>) {
        self.view = None;
        self.ok(tag, None, "closed");
    }

    fn no_such_folder(&mut self, tag: Tag<'static>) {
        let code = Some(code("NONEXISTENT"));
        self.status(Some(tag), StatusKind::No, code, "there are two folders, INBOX and Sent");
    }

    fn list_folders(
        &mut self,
        tag: Tag<'static>,
        reference: &Mailbox<'_>,
        pattern: &ListMailbox<'_>,
        subscribed: bool,
    ) {
        let delimiter = QuotedChar::try_from('/').ok();
        let mut found: Vec<(Vec<FlagNameAttribute<'static>>, Mailbox<'static>)> =
            folders::matching(reference, pattern)
                .into_iter()
                .map(|folder| (folders::attributes_of(folder), folders::name_of(folder)))
                .collect();
        if folders::is_empty(pattern)
            && let Ok(root) = Mailbox::try_from("")
        {
            found = vec![(vec![FlagNameAttribute::Noselect], root)];
        }
        for (items, mailbox) in found {
            self.data(if subscribed {
                Data::Lsub { items, delimiter, mailbox }
            } else {
                Data::List { items, delimiter, mailbox }
            });
        }
        self.ok(tag, None, "listed");
    }

    fn folder_status(
        &mut self,
        tag: Tag<'static>,
        name: &Mailbox<'_>,
        items: &[StatusDataItemName],
        desk: &mut Desk<'_>,
    ) {
        let Some(folder) = folders::named(name) else { return self.no_such_folder(tag) };
        match status_of(folder, items, desk) {
            Ok(items) => {
                self.data(Data::Status { mailbox: folders::name_of(folder), items: items.into() });
                self.ok(tag, None, "done");
            }
            Err(error) => self.failed(tag, &error),
        }
    }

    fn select(&mut self, tag: Tag<'static>, name: &Mailbox<'_>, read_only: bool, desk: &mut Desk<'_>) {
        self.view = None;
        let Some(folder) = folders::named(name) else { return self.no_such_folder(tag) };
        let opened =
            View::open(folder, read_only, desk.mailbox).and_then(|view| Ok((view, desk.mailbox.uid_next()?)));
        match opened {
            Ok((view, next)) => {
                self.describe(&view, next);
                self.view = Some(view);
                let code = if read_only { Code::ReadOnly } else { Code::ReadWrite };
                self.ok(tag, Some(code), "selected");
            }
            Err(error) => self.failed(tag, &error),
        }
    }

    fn describe(&mut self, view: &View, next: u32) {
        self.data(Data::Flags(kept_flags()));
        self.data(Data::Exists(view.exists()));
        self.data(Data::Recent(0));
        let mut note = |code, words: &str| self.status(None, StatusKind::Ok, Some(code), words);
        if let Some(place) = view.first_unseen() {
            note(Code::Unseen(number(place)), "the first that is not seen");
        }
        note(Code::PermanentFlags(permanent_flags(view.read_only)), "these are kept");
        note(Code::UidValidity(number(view.validity)), "numbers are valid");
        note(Code::UidNext(number(next)), "the next number");
    }

    fn store(&mut self, set: &SequenceSet, store: &Store, desk: &mut Desk<'_>) -> Result<(), MailboxError> {
        let Some(view) = &mut self.view else { return Ok(()) };
        let mut responses = Vec::new();
        for (place, uid) in view.chosen(set, store.by_uid) {
            let Some(old) = view.flags_of(uid) else { continue };
            let flags = match store.kind {
                StoreType::Replace => with_flags(Flags::default(), &store.flags, true),
                StoreType::Add => with_flags(old, &store.flags, true),
                StoreType::Remove => with_flags(old, &store.flags, false),
            };
            if view.set_flags(uid, flags, desk.mailbox)? && !store.is_silent {
                let uid = store.by_uid.then(|| MessageDataItem::Uid(number(uid)));
                let items = list(MessageDataItem::Flags(flag_list(flags)), uid);
                responses.push(Data::Fetch { seq: number(place), items });
            }
        }
        responses.into_iter().for_each(|response| self.data(response));
        Ok(())
    }

    /// Deletes the messages that are flagged so, of a set or all.
    fn expunge(
        &mut self,
        set: Option<&SequenceSet>,
        silent: bool,
        desk: &mut Desk<'_>,
    ) -> Result<(), MailboxError> {
        let Some(view) = &self.view else { return Ok(()) };
        let is_chosen = |place: u32, uid: u32| set.is_none_or(|set| view.is_in(set, true, place, uid));
        let doomed: Vec<u32> = view
            .messages()
            .filter(|(place, envelope)| envelope.flags.deleted && is_chosen(*place, envelope.uid))
            .map(|(_, envelope)| envelope.uid)
            .collect();
        if !doomed.is_empty() {
            desk.mailbox.delete(&doomed)?;
        }
        if silent { Ok(()) } else { self.refresh(desk) }
    }
}

fn status_of(
    folder: Folder,
    items: &[StatusDataItemName],
    desk: &mut Desk<'_>,
) -> Result<Vec<StatusDataItem>, MailboxError> {
    let messages = desk.mailbox.list(folder)?;
    let validity = desk.mailbox.uid_validity()?;
    let next = desk.mailbox.uid_next()?;
    let many = |is: fn(Flags) -> bool| count(messages.iter().filter(|message| is(message.flags)).count());
    let item = |name: &StatusDataItemName| match name {
        StatusDataItemName::Messages => StatusDataItem::Messages(count(messages.len())),
        StatusDataItemName::Recent => StatusDataItem::Recent(0),
        StatusDataItemName::UidNext => StatusDataItem::UidNext(number(next)),
        StatusDataItemName::UidValidity => StatusDataItem::UidValidity(number(validity)),
        StatusDataItemName::Unseen => StatusDataItem::Unseen(many(|flags| !flags.seen)),
        StatusDataItemName::Deleted => StatusDataItem::Deleted(many(|flags| flags.deleted)),
        StatusDataItemName::DeletedStorage => StatusDataItem::DeletedStorage(0),
    };
    Ok(items.iter().map(item).collect())
}
