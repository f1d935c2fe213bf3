//! What callers show: it is checked here, and holds for the calls that follow on the connection.

use super::{Dispatcher, Server};
use crate::credentials::Shown;
use crate::fault::Fault;
use crate::rpc::call::{Completion, Outcome};
use crate::rpc::output::Output;
use crate::rpc::param::Param;
use crate::rpc::params::{Params, Text};

/// The parameters of `auth`.
pub(crate) const PARAMS: &[Param] =
    &[Param { doc: "The token, or the secret of the suite", ..Param::of::<Text<'static>>("token") }];

/// What becomes of a connection on which something wrong was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It waits.
    Waits,
    /// It is closed: too many connections of the caller wait already, so nothing was checked.
    Ends,
}

impl<S> Dispatcher<S> {
    /// Takes what has become of the connection that is being served, if something wrong was shown.
    #[inline]
    pub(crate) fn take_wrong(&mut self) -> Option<Wrong> {
        self.wrong.take()
    }

    /// Forgets whether an earlier call was refused because its caller has shown no token.
    pub(crate) fn forget_token_needed(&mut self) {
        self.token_needed = false;
    }

    /// Takes whether a call was refused because its caller has shown no token.
    pub(crate) fn take_token_needed(&mut self) -> bool {
        std::mem::take(&mut self.token_needed)
    }

    /// Whether something wrong was shown.
    #[inline]
    pub(crate) fn has_wrong(&self) -> bool {
        self.wrong.is_some()
    }
}

impl<S> Server<'_, S> {
    /// Checks what the caller shows, and records it.
    ///
    /// # Errors
    ///
    /// If it is wrong. The connection must then wait.
    pub(crate) fn show(&mut self, text: &str) -> Result<(), Fault> {
        let Some(caller) = self.context.caller() else { return Err(Fault::invalid_token()) };
        if !self.dispatcher.guesses.may_try(caller.guesser()) {
            self.dispatcher.wrong = Some(Wrong::Ends);
            return Err(Fault::transport("too many connections of this caller have shown wrong tokens"));
        }
        match self.dispatcher.credentials.check(text, caller.uid(), &caller.shown) {
            Some(shown) => {
                self.context.set_shown(shown);
                Ok(())
            }
            None => {
                self.dispatcher.wrong = Some(Wrong::Waits);
                Err(Fault::invalid_token())
            }
        }
    }

    /// Returns what the caller has shown so far.
    pub(crate) fn shown(&self) -> Shown {
        self.context.caller().map(|caller| caller.shown.clone()).unwrap_or_default()
    }

    /// Whether the caller must show something before anything is served.
    pub(crate) fn lacks_token(&self) -> bool {
        self.context.caller().is_some_and(|caller| caller.shown.is_missing())
    }

    /// Looks at what the caller has shown before a call: it may be invalid by now, or not enough.
    #[inline]
    pub(super) fn check_shown(&mut self) -> Result<(), Fault> {
        let Some(caller) = self.context.caller() else { return Ok(()) };
        if caller.shown.is_anything() {
            self.dispatcher.credentials.refresh(self.dispatcher.now);
        }
        match caller.shown.is_missing() {
            true => Err(Fault::token_needed()),
            false => Ok(()),
        }
    }

    /// `daemon.drop_rights`: from the next call on, the caller has no user.
    pub(super) fn drop_rights(&mut self, params: &Params<'_>, output: &mut Output) -> Outcome {
        params.read::<()>()?;
        let shown = self.shown().without_rights();
        self.context.set_shown(shown);
        output.json(&true)?;
        Ok(Completion::Written)
    }

    /// `auth`: what is shown holds from the next call on.
    pub(super) fn authenticate(&mut self, params: &Params<'_>, output: &mut Output) -> Outcome {
        let (token,) = params.read::<(Text<'_>,)>()?;
        self.show(&token)?;
        output.json(&true)?;
        Ok(Completion::Written)
    }
}
