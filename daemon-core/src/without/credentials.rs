//! Replaces credentials without the feature `tokens`: callers cannot show anything.

#[cfg(daemon)]
#[path = "../credentials/guesses.rs"]
mod guesses;

#[cfg(daemon)]
pub(crate) use self::daemon::Credentials;
#[cfg(daemon)]
pub(crate) use self::guesses::{Guesser, Guesses, MOST_OF_CONNECTION};

/// Whether tokens are compiled in.
#[cfg(daemon)]
pub(crate) const HAS_TOKENS: bool = false;

/// Makes nothing: there is no secret.
#[cfg(daemon)]
pub(crate) fn make_secret(_: &std::path::Path) -> crate::error::Result<std::path::PathBuf> {
    Err(crate::error::Error::new("this needs the feature `tokens` of daemon-core"))
}

/// Returns the secret of a suite: none.
pub(crate) fn secret(_: &std::path::Path) -> crate::error::Result<String> {
    Err(crate::error::Error::not_running("this needs the feature `tokens` of daemon-core"))
}

/// Replaces no secret: there is none.
pub(crate) fn rotate_secret(
    _: &std::path::Path,
    _: std::time::Duration,
    _: std::time::SystemTime,
) -> crate::error::Result<()> {
    Err(crate::error::Error::usage("this needs the feature `tokens` of daemon-core"))
}

/// The side of a daemon.
#[cfg(daemon)]
mod daemon {
    use std::path::PathBuf;
    use std::time::Instant;

    use super::Shown;
    use crate::error::Result;

    /// The credentials that a daemon knows: none.
    #[derive(Default)]
    pub(crate) struct Credentials {}

    impl Credentials {
        pub(crate) fn open(_: Option<PathBuf>, _: Option<PathBuf>) -> Result<Self> {
            Ok(Credentials {})
        }

        pub(crate) fn has_tokens(&self) -> bool {
            false
        }

        pub(crate) fn reload(&mut self) -> Option<String> {
            None
        }

        pub(crate) fn refresh(&mut self, _: Instant) {}

        pub(crate) fn check(&mut self, _: &str, _: Option<u32>, _: &Shown) -> Option<Shown> {
            None
        }
    }
}

/// What a caller has shown: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {}

impl Shown {
    pub(crate) fn checked_elsewhere(_: Option<&str>, _: bool, _: bool) -> Self {
        Shown {}
    }

    pub(crate) fn without_rights(&self) -> Self {
        Shown {}
    }

    pub(crate) fn demand(&mut self) {}

    pub(crate) fn is_demanded(&self) -> bool {
        false
    }

    pub(crate) fn is_missing(&self) -> bool {
        false
    }

    pub(crate) fn is_anything(&self) -> bool {
        false
    }

    pub(crate) fn is_valid(&self) -> bool {
        false
    }

    pub(crate) fn token(&self) -> Option<&str> {
        None
    }

    pub(crate) fn is_member(&self) -> bool {
        false
    }

    pub(crate) fn has_dropped_rights(&self) -> bool {
        false
    }

    pub(crate) fn is_same(&self, _: &Shown) -> bool {
        true
    }
}
