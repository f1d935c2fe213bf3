//! The mailbox of a kernel, as the daemons for mail programs use it.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use std::time::Duration;

use chat::mailbox::{Draft, Flags, Folder, KernelMailbox, Mailbox, MailboxError, Status};
use harness::Endpoint;
use support::{Node, Place};

fn mailbox(node: &Node) -> KernelMailbox {
    let Endpoint::Unix(path) = &node.kernel.endpoints()[0] else {
        unreachable!("it listens on a unix socket")
    };
    KernelMailbox::new(Some(format!("unix:{}", path.display())))
}

fn draft(to: &[&str], body: String) -> Draft {
    let recipients = to.iter().map(ToString::to_string).collect();
    Draft { recipients, subject: "Grüße".to_owned(), body, key: None }
}

#[test]
fn a_mailbox_sends_lists_flags_and_deletes() {
    let [mut alice, mut bob] = [Place::new(), Place::new()];
    let (mut alice_node, bob_node) = (alice.start("alice"), bob.start("bob"));
    alice_node.pay(3);
    alice_node.connect(&bob_node);
    let (mut from, mut to) = (mailbox(&alice_node), mailbox(&bob_node));
    assert_eq!(from.owner().unwrap().nick, "alice");
    let change = to.wait_for_change(0, Duration::ZERO).unwrap();
    assert_eq!(to.wait_for_change(change, Duration::from_millis(20)), Ok(change), "nothing has come");
    let next = to.uid_next().unwrap();
    let ids = from.submit(&draft(&[&bob_node.id, &alice_node.id], "Hello\n".to_owned())).unwrap();
    assert_eq!(ids.len(), 2);
    assert_ne!(to.wait_for_change(change, Duration::from_secs(30)).unwrap(), change);
    let inbox = to.list(Folder::Inbox).unwrap();
    assert_eq!((inbox.len(), inbox[0].subject.as_str(), inbox[0].status), (1, "Grüße", Status::Unread));
    assert!(inbox[0].uid >= next && ids.contains(&inbox[0].id));
    assert_eq!(to.fetch(inbox[0].uid).unwrap().unwrap().body, "Hello\n");
    let flags = Flags { seen: true, flagged: true, ..Flags::default() };
    assert_eq!(to.set_flags(inbox[0].uid, flags), Ok(true));
    let seen = to.list(Folder::Inbox).unwrap().remove(0);
    assert_eq!((seen.flags, seen.status), (flags, Status::Read));
    assert_eq!(to.delete(&[seen.uid, 4711]), Ok(vec![seen.uid]));
    assert_eq!((to.list(Folder::Inbox), to.fetch(seen.uid)), (Ok(vec![]), Ok(None)));
    // The message of alice to herself is in her inbox, the other one is not.
    assert_eq!((from.list(Folder::Inbox).unwrap().len(), from.list(Folder::Sent).unwrap().len()), (1, 1));
    drop((from, to));
    alice_node.stop();
    bob_node.stop();
}

#[test]
fn what_is_submitted_again_with_its_key_is_no_second_message() {
    let mut alice = Place::new();
    let alice_node = alice.start("alice");
    let (id, other) = (alice_node.id.clone(), "0123456789abcdef0123456789abcdef");
    let mut from = mailbox(&alice_node);
    let keyed = Draft { key: Some("1@client".to_owned()), ..draft(&[&id, other], "a".to_owned()) };
    let ids = from.submit(&keyed).unwrap();
    assert_eq!(from.submit(&keyed), Ok(ids.clone()));
    // Also if the kernel was away meanwhile, and if the message was deleted.
    alice_node.kill();
    let alice_node = alice.start("alice");
    let inbox = from.list(Folder::Inbox).unwrap();
    assert_eq!(from.delete(&[inbox[0].uid]).unwrap().len(), 1);
    assert_eq!(from.submit(&keyed), Ok(ids));
    let count = |from: &mut KernelMailbox| {
        [Folder::Inbox, Folder::Sent].map(|folder| from.list(folder).unwrap().len())
    };
    assert_eq!(count(&mut from), [0, 1]);
    // Another key, another text or another recipient is another message.
    let more = [
        Draft { key: Some("2@client".to_owned()), ..keyed.clone() },
        Draft { body: "b".to_owned(), ..keyed.clone() },
        draft(&[other], "a".to_owned()),
    ];
    more.iter().for_each(|draft| drop(from.submit(draft).unwrap()));
    assert_eq!(count(&mut from), [2, 4]);
    drop(from);
    alice_node.stop();
}

#[test]
fn what_the_kernel_refuses_is_told_from_a_kernel_that_is_away() {
    let mut alice = Place::new();
    let alice_node = alice.start("alice");
    let mut mailbox = mailbox(&alice_node);
    let (id, validity) = (alice_node.id.clone(), mailbox.uid_validity().unwrap());
    for wrong in
        [draft(&["somebody"], String::new()), draft(&[], String::new()), draft(&[&id], "a".repeat(49_153))]
    {
        let refused = mailbox.submit(&wrong).unwrap_err();
        assert!(matches!(refused, MailboxError::Refused(_)), "{refused:?}");
    }
    alice_node.kill();
    let gone = mailbox.list(Folder::Inbox).unwrap_err();
    assert!(matches!(gone, MailboxError::Unavailable(_)), "{gone:?}");
    let alice_node = alice.start("alice");
    assert_eq!(mailbox.uid_validity(), Ok(validity), "it is found again");
    drop(mailbox);
    alice_node.stop();
}
