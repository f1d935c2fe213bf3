//! The options of the load program, from its arguments.

use std::time::Duration;

use crate::case::Case;
use crate::common::Outcome;
use crate::common::cores::Placement;

/// The options of a whole bench.
pub(crate) struct Options {
    /// How often each contender runs in each case.
    pub(crate) pairs: usize,
    /// How long a run is counted.
    pub(crate) run: Duration,
    /// Whether XML-RPC is compared with JSON-RPC, instead of the daemon with a bare server.
    pub(crate) xml: bool,
    cases: Vec<Case>,
    placement: Option<Placement>,
}

impl Options {
    /// Reads the arguments after the program's name.
    pub(crate) fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let run = Duration::from_millis(700);
        let mut options = Self { pairs: 7, run, xml: false, cases: Vec::new(), placement: None };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--pairs" => options.pairs = value()?.parse::<usize>()?.max(1),
                "--seconds" => options.run = Duration::try_from_secs_f64(value()?.parse()?)?,
                "--case" => options.cases.push(value()?.parse()?),
                "--xml" => options.xml = true,
                // cargo passes this to every bench.
                "--bench" => {}
                _ => options.placement = Some(Placement::from_option(&name).ok_or_else(|| unknown(&name))?),
            }
        }
        Ok(options)
    }

    /// Returns what to run: a single connection both ways, unless a placement was chosen.
    pub(crate) fn plan(&self) -> Vec<(Case, Placement)> {
        let usual = Case::usual();
        let cases = if self.cases.is_empty() { &usual } else { &self.cases };
        let mut plan = Vec::new();
        for case in cases {
            match self.placement {
                Some(placement) => plan.push((*case, placement)),
                None if case.connections > 1 => plan.push((*case, Placement::Apart)),
                None => plan.extend([(*case, Placement::Apart), (*case, Placement::Together)]),
            }
        }
        plan
    }
}

fn unknown(option: &str) -> String {
    format!(
        "unknown option {option}: there are --pairs, --seconds, --case, --xml, --apart, --together, --no-pin"
    )
}
