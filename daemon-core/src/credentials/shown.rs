//! What a caller has shown, as long as it is valid.

use std::cell::Cell;
use std::rc::Rc;
use std::time::SystemTime;

/// What a caller has shown: a token, the secret of the suite, both or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    known: Option<Rc<Known>>,
    /// Whether the socket serves only callers that show something.
    needed: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    token: Option<Rc<Named>>,
    is_member: bool,
    /// Whether it has given up the rights of its user.
    has_dropped_rights: bool,
}

/// A token that the daemon knows. Callers that have shown it share it with the list of the daemon, which withdraws it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: Box<str>,
    pub(super) expires: Option<SystemTime>,
    withdrawn: Cell<bool>,
}

impl Named {
    pub(super) fn new(name: &str, expires: Option<SystemTime>) -> Rc<Self> {
        Rc::new(Named { name: name.into(), expires, withdrawn: Cell::new(false) })
    }

    /// Takes it from all who have shown it: it was revoked, or is no longer valid.
    pub(super) fn withdraw(&self) {
        self.withdrawn.set(true);
    }

    /// Whether it is still valid.
    pub(super) fn is_valid(&self) -> bool {
        !self.withdrawn.get()
    }
}

impl Shown {
    /// Returns what another process has checked.
    pub(crate) fn checked_elsewhere(token: Option<&str>, is_member: bool, has_dropped_rights: bool) -> Self {
        let token = token.map(|name| Named::new(name, None));
        let known = Known { token, is_member, has_dropped_rights };
        let is_anything = known != Known::default();
        Shown { known: is_anything.then(|| Rc::new(known)), needed: false }
    }

    /// Returns this and a token.
    pub(super) fn with_token(&self, token: Rc<Named>) -> Self {
        self.with(|known| known.token = Some(token))
    }

    /// Returns this and the secret of the suite.
    pub(super) fn with_secret(&self) -> Self {
        self.with(|known| known.is_member = true)
    }

    /// Returns this without the rights of its user.
    pub(crate) fn without_rights(&self) -> Self {
        self.with(|known| known.has_dropped_rights = true)
    }

    /// Whether it has given up the rights of its user.
    pub(crate) fn has_dropped_rights(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.has_dropped_rights)
    }

    fn with(&self, change: impl FnOnce(&mut Known)) -> Self {
        let mut known = self.known.as_deref().cloned().unwrap_or_default();
        change(&mut known);
        Shown { known: Some(Rc::new(known)), needed: self.needed }
    }

    /// Makes something that is shown the condition for being served.
    pub(crate) fn demand(&mut self) {
        self.needed = true;
    }

    /// Whether the socket serves only callers that show something.
    pub(crate) fn is_demanded(&self) -> bool {
        self.needed
    }

    /// Whether the caller must show something first, to be served at all.
    #[inline]
    pub(crate) fn is_missing(&self) -> bool {
        self.needed && !self.is_valid()
    }

    /// Whether anything was shown, valid or not.
    #[inline]
    pub(crate) fn is_anything(&self) -> bool {
        self.known.is_some()
    }

    /// Whether anything was shown that is still valid.
    pub(crate) fn is_valid(&self) -> bool {
        self.is_member() || self.token().is_some()
    }

    /// The name of the token, if it is still valid.
    pub(crate) fn token(&self) -> Option<&str> {
        let token = self.known.as_ref()?.token.as_ref()?;
        token.is_valid().then_some(&token.name)
    }

    /// Whether the secret of the suite was shown.
    pub(crate) fn is_member(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.is_member)
    }

    /// Whether both are the very same.
    #[inline]
    pub(crate) fn is_same(&self, other: &Shown) -> bool {
        match (&self.known, &other.known) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_may_have_a_token_and_be_a_member_and_loses_only_what_is_withdrawn() {
        let named = Named::new("ci", None);
        let token = Shown::default().with_token(Rc::clone(&named));
        let both = token.with_secret();
        assert_eq!((token.token(), token.is_member()), (Some("ci"), false));
        assert_eq!((both.token(), both.is_member()), (Some("ci"), true));
        named.withdraw();
        assert_eq!((token.token(), token.is_valid(), token.is_anything()), (None, false, true));
        assert_eq!((both.token(), both.is_valid()), (None, true));
    }

    #[test]
    fn a_socket_may_demand_that_something_is_shown() {
        let mut shown = Shown::default();
        assert!(!shown.is_missing());
        shown.demand();
        assert!(shown.is_missing() && !shown.with_secret().is_missing());
    }

    #[test]
    fn what_was_checked_elsewhere_is_believed() {
        let shown = Shown::checked_elsewhere(Some("ci"), true, false);
        assert_eq!((shown.token(), shown.is_member()), (Some("ci"), true));
        assert_eq!(Shown::checked_elsewhere(None, false, false), Shown::default());
    }
}
