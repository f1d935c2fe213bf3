//! The table of routes without the feature `http`: the macros refuse routes.

use super::methods::Entry;
use crate::error::Result;

/// No routes.
pub(crate) struct Routes;

impl Routes {
    pub(crate) fn new<S>(_: &[Entry<S>]) -> Result<Self> {
        Ok(Routes)
    }
}
