//! The two folders, by their names: `INBOX` and `Sent`.

use imap_next::imap_types::core::{Atom, IString};
use imap_next::imap_types::flag::FlagNameAttribute;
use imap_next::imap_types::mailbox::{ListMailbox, Mailbox};

use crate::mailbox::Folder;

/// All folders.
const ALL: [Folder; 2] = [Folder::Inbox, Folder::Sent];

/// Returns the folder of this name.
pub(super) fn named(name: &Mailbox<'_>) -> Option<Folder> {
    match name {
        Mailbox::Inbox => Some(Folder::Inbox),
        Mailbox::Other(name) => (name.as_ref() == b"Sent").then_some(Folder::Sent),
    }
}

/// Returns the name of a folder.
pub(super) fn name_of(folder: Folder) -> Mailbox<'static> {
    match folder {
        Folder::Inbox => Mailbox::Inbox,
        Folder::Sent => Mailbox::try_from("Sent").unwrap_or(Mailbox::Inbox),
    }
}

/// Returns what a folder is for, as RFC 6154 says it.
pub(super) fn attributes_of(folder: Folder) -> Vec<FlagNameAttribute<'static>> {
    let mut attributes = vec![FlagNameAttribute::Noinferiors];
    if folder == Folder::Sent {
        attributes.push(FlagNameAttribute::from(Atom::unvalidated("Sent")));
    }
    attributes
}

/// Returns the folders that a pattern means, below a reference.
pub(super) fn matching(reference: &Mailbox<'_>, pattern: &ListMailbox<'_>) -> Vec<Folder> {
    let reference = match reference {
        Mailbox::Inbox => b"INBOX".to_vec(),
        Mailbox::Other(name) => name.as_ref().to_vec(),
    };
    let pattern = [reference.as_slice(), pattern_bytes(pattern)].concat();
    ALL.into_iter().filter(|&folder| matches(&pattern, folder)).collect()
}

/// Whether a pattern is empty: it asks for the separator of names, and for no folder.
pub(super) fn is_empty(pattern: &ListMailbox<'_>) -> bool {
    pattern_bytes(pattern).is_empty()
}

fn pattern_bytes<'a>(pattern: &'a ListMailbox<'_>) -> &'a [u8] {
    match pattern {
        ListMailbox::Token(token) => token.as_ref(),
        ListMailbox::String(IString::Literal(literal)) => literal.as_ref(),
        ListMailbox::String(IString::Quoted(quoted)) => quoted.as_ref().as_bytes(),
    }
}

fn matches(pattern: &[u8], folder: Folder) -> bool {
    match folder {
        // The name of the inbox has no case.
        Folder::Inbox => fits(&pattern.to_ascii_uppercase(), b"INBOX"),
        Folder::Sent => fits(pattern, b"Sent"),
    }
}

/// Whether a name fits a pattern, in which `*` and `%` mean any characters: no name has a separator. The work is at most the
/// product of the lengths.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for &byte in pattern {
        if matches!(byte, b'*' | b'%') {
            let first = reached.iter().position(|&is| is).unwrap_or(reached.len());
            reached[first..].fill(true);
        } else {
            for at in (0..name.len()).rev() {
                reached[at + 1] = reached[at] && name[at] == byte;
            }
            reached[0] = false;
        }
    }
    reached[name.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_folders() {
        let all = ALL.to_vec();
        let cases: [(&str, &str, &[Folder]); 10] = [
            ("", "*", &all),
            ("", "%", &all),
            ("", "inbox", &[Folder::Inbox]),
            ("", "In%", &[Folder::Inbox]),
            ("", "*ent", &[Folder::Sent]),
            ("", "S%n%t", &[Folder::Sent]),
            ("", "sent", &[]),
            ("Se", "nt", &[Folder::Sent]),
            ("Sent/", "%", &[]),
            ("", "****%%%%*******z", &[]),
        ];
        for (reference, pattern, folders) in cases {
            let reference = Mailbox::try_from(reference).unwrap();
            let found = matching(&reference, &ListMailbox::try_from(pattern).unwrap());
            assert_eq!(found, folders, "{pattern}");
        }
    }
}
