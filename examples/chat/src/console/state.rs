//! What the console knows between two lines: with whom the user talks, and what the user writes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::draft::Draft;

/// What is known; the thread that shows events changes it, too.
#[derive(Default)]
pub(super) struct State(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    talk: Option<Partner>,
    draft: Option<Draft>,
}

/// The other side of a talk.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Partner {
    /// The id of the node.
    pub(super) id: String,
    /// Its nickname; may be empty.
    pub(super) nick: String,
}

impl State {
    /// Returns the prompt.
    pub(super) fn prompt(&self) -> String {
        let inner = self.lock();
        match (&inner.draft, &inner.talk) {
            (Some(draft), _) => draft.prompt().to_owned(),
            (None, Some(Partner { id, nick })) => format!("{}:> ", called(nick, id)),
            (None, None) => "chat:> ".to_owned(),
        }
    }

    /// Returns with whom the user talks.
    pub(super) fn talk(&self) -> Option<Partner> {
        self.lock().talk.clone()
    }

    /// The user talks with somebody.
    pub(super) fn begin_talk(&self, id: &str, nick: &str) {
        self.lock().talk = Some(Partner { id: id.to_owned(), nick: nick.to_owned() });
    }

    /// A talk with a node is over, or with no node in particular.
    pub(super) fn end_talk(&self, id: Option<&str>) {
        let mut inner = self.lock();
        if id.is_none_or(|id| inner.talk.as_ref().is_some_and(|talk| talk.id == id)) {
            inner.talk = None;
        }
    }

    /// A node has another nickname.
    pub(super) fn rename(&self, id: &str, nick: &str) {
        if let Some(talk) = self.lock().talk.as_mut().filter(|talk| talk.id == id) {
            nick.clone_into(&mut talk.nick);
        }
    }

    pub(super) fn is_writing(&self) -> bool {
        self.lock().draft.is_some()
    }

    /// Changes what the user writes, if anything.
    pub(super) fn set_draft(&self, draft: Option<Draft>) {
        self.lock().draft = draft;
    }

    pub(super) fn take_draft(&self) -> Option<Draft> {
        self.lock().draft.take()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns how a node is called: by its nickname, or by the begin of its id.
pub(super) fn called(nick: &str, id: &str) -> String {
    if nick.is_empty() { id.chars().take(8).collect() } else { nick.to_owned() }
}
