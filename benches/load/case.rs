//! A case of the load program, and the default cases.

use std::fmt;
use std::str::FromStr;

/// A number of connections, each with a number of calls in flight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) connections: usize,
    pub(crate) depth: usize,
}

/// The default cases, each with the share of the bare server's rate to reach.
const TARGETS: [(Case, f64); 7] = [
    (Case::new(1, 1), 0.90),
    (Case::new(16, 1), 0.90),
    (Case::new(64, 1), 0.90),
    (Case::new(1, 16), 0.75),
    (Case::new(1, 64), 0.50),
    (Case::new(16, 16), 0.40),
    (Case::new(16, 64), 0.25),
];

impl Case {
    const fn new(connections: usize, depth: usize) -> Self {
        Self { connections, depth }
    }

    pub(crate) fn usual() -> Vec<Self> {
        TARGETS.iter().map(|(case, _)| *case).collect()
    }

    /// The ratio to reach, for a case that has one.
    pub(crate) fn target(&self) -> Option<f64> {
        TARGETS.iter().find(|(case, _)| case == self).map(|(_, target)| *target)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}x{}", self.connections, self.depth))
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        text.split_once('x')
            .and_then(|(connections, depth)| Some(Self::new(number(connections)?, number(depth)?)))
            .ok_or_else(|| format!("`{text}` is not a case: write CONNECTIONSxDEPTH, as in 16x64"))
    }
}
