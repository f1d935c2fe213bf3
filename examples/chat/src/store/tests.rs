//! The database, in a file of a temporary directory.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::outbox::Parcel;
use super::seen::Seen;
use super::*;
use crate::home::Home;
use crate::identity::Id;
use crate::mailbox::{Flags, Status};
use crate::message::Record;

fn open_in(directory: &Path) -> Store {
    let home = Home::open(&directory.join("home")).unwrap();
    Store::open(move || home.database()).unwrap()
}

fn record() -> Record {
    let id = Id([1; 16]);
    let (created, received, relays, size) = (1, 2, 3, 4);
    Record {
        id,
        from: id,
        to: id,
        created,
        received,
        status: Status::Unread,
        relays,
        size,
        flags: Flags::default(),
    }
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    let uid = store.write(|change| change.add_mail(&record(), b"text")).unwrap();
    let validity = store.uid_validity().unwrap();
    drop(store);
    let store = open_in(directory.path());
    assert_eq!(store.mail().unwrap().len(), 1);
    assert_eq!(store.text(uid).unwrap().unwrap(), b"text");
    assert_eq!((uid, store.next_uid().unwrap(), store.uid_validity().unwrap()), (1, 2, validity));
}

#[test]
fn a_number_of_the_mailbox_is_never_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    for expected in 1..4 {
        let uid = store.write(|change| change.add_mail(&record(), b"text")).unwrap();
        assert_eq!(uid, expected);
        assert!(store.write(|change| change.remove_mail(uid)).unwrap());
    }
    assert_eq!(store.next_uid().unwrap(), 4);
    assert!(store.text(3).unwrap().is_none());
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    let failed = store.write(|change| {
        change.set_nick("bob")?;
        Err::<(), _>(failed(redb::Error::Corrupted("no".to_owned())))
    });
    assert!(failed.is_err());
    assert_eq!(store.nick().unwrap(), "");
}

#[test]
fn a_stamp_is_spent_once_and_an_old_one_never() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    let stamps = [("old", 10), ("late", 30), ("soon", 20)];
    store
        .write(|change| stamps.iter().try_for_each(|(stamp, expires)| change.add_stamp(stamp, *expires)))
        .unwrap();
    assert_eq!(store.stamps(15).unwrap(), 2);
    let take = || store.write(|change| change.take_stamp(15)).unwrap();
    assert_eq!([take(), take(), take()], [Some("soon".to_owned()), Some("late".to_owned()), None]);
    let spend = |stamp| store.write(|change| change.spend(stamp, 20)).unwrap();
    assert_eq!([spend("a"), spend("a"), spend("b")], [true, false, true]);
    store.write(|change| change.forget_spent(21)).unwrap();
    assert!(spend("a"), "it has expired, and nobody takes it");
}

#[test]
fn the_latest_thousand_lines_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    let lines = book::LONGEST_HISTORY + 5;
    store.write(|change| (0..lines).try_for_each(|line| change.add_history(&line.to_string()))).unwrap();
    let history = store.history().unwrap();
    assert_eq!((history.len(), history[0].as_str(), history.last().unwrap().as_str()), (1000, "5", "1004"));
}

#[test]
fn a_message_on_its_way_is_kept_until_it_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    let parcel = Parcel::Waiting { nonce: [7; 16], locked: b"locked".to_vec() };
    let id = Id([1; 16]);
    let (sent, uid) = (Default::default(), Some(1));
    let outgoing = crate::message::Outgoing {
        id,
        from: id,
        to: id,
        created: 1,
        relays: 0,
        waits: true,
        sent,
        cycles: 0,
        uid,
        limit: false,
    };
    let number = store.write(|change| change.add_outgoing(&outgoing, &parcel)).unwrap();
    assert_eq!(store.outgoing().unwrap()[0].0, number);
    assert!(
        matches!(store.parcel(number).unwrap(), Some(Parcel::Waiting { locked, .. }) if locked == b"locked")
    );
    store.write(|change| change.remove_outgoing(number)).unwrap();
    assert!(store.outgoing().unwrap().is_empty() && store.parcel(number).unwrap().is_none());
}

#[test]
fn what_was_seen_is_forgotten_when_nobody_takes_it_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_in(directory.path());
    let (old, new) = (Id([1; 16]), Id([2; 16]));
    store
        .write(|change| {
            change.put_seen(old, &Seen::new(0))?;
            change.put_seen(new, &Seen { owed: Some(Id([3; 16])), ..Seen::new(1000) })
        })
        .unwrap();
    store.write(|change| change.forget_seen(Seen::new(0).expires + 1)).unwrap();
    assert!(store.seen(old).unwrap().is_none());
    assert_eq!(store.owed().unwrap(), [(new, Id([3; 16]))]);
}
