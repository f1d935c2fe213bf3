//! Tokens and the secret of a suite: what callers show beside what the kernel says about them.
//!
//! A [`token`] is a random text with a name; its hash is in a file ([`store`]). A suite has one [`secret`], which its
//! members show to each other. [`Credentials`] is what a daemon checks both with, and [`Guesses`] decides how long a caller
//! waits that has shown a wrong one. Who may do what is not decided here.

mod token;
mod file;
mod secret;
#[cfg(daemon)]
mod store;
#[cfg(children)]
mod shown;
#[cfg(daemon)]
mod guesses;
#[cfg(daemon)]
mod holder;

#[cfg(daemon)]
pub(crate) use self::guesses::{Guesser, Guesses, MOST_OF_CONNECTION};
#[cfg(daemon)]
pub(crate) use self::holder::Credentials;
pub(crate) use self::secret::secret;
#[cfg(daemon)]
pub(crate) use self::secret::{make_secret, rotate_secret};
#[cfg(children)]
pub(crate) use self::shown::Shown;
#[cfg(daemon)]
pub(crate) use self::store::{Token, add, list, revoke};

/// Whether tokens are compiled in.
#[cfg(daemon)]
pub(crate) const HAS_TOKENS: bool = true;
