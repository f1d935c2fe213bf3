//! The options of the bench, from its arguments.

use std::time::Duration;

use crate::case::Case;
use crate::common::Outcome;
use crate::contender::{ALL, BASELINE, Contender};

/// The options of a whole bench.
pub(crate) struct Options {
    /// How often each contender runs in each case.
    pub(crate) pairs: usize,
    /// How long a run is counted.
    pub(crate) run: Duration,
    pub(crate) cases: Vec<Case>,
    /// The baseline comes first.
    pub(crate) contenders: Vec<&'static Contender>,
}

impl Options {
    /// Reads the arguments after the program's name.
    pub(crate) fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let (mut pairs, mut run) = (5, Duration::from_millis(500));
        let (mut cases, mut only) = (Vec::new(), Vec::new());
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--pairs" => pairs = value()?.parse::<usize>()?.max(1),
                "--seconds" => run = Duration::try_from_secs_f64(value()?.parse()?)?,
                "--case" => cases.push(value()?.parse()?),
                "--only" => only.push(Contender::named(&value()?)?),
                _ => return Err(format!("unknown option {name}: {KNOWN}").into()),
            }
        }
        if cases.is_empty() {
            cases.extend(Case::USUAL);
        }
        if only.is_empty() {
            only.extend(ALL);
        }
        let wanted = |name| name == BASELINE || only.iter().any(|one| one.name == name);
        let contenders = ALL.iter().filter(|one| wanted(one.name)).collect();
        Ok(Self { pairs, run, cases, contenders })
    }
}

const KNOWN: &str = "there are --pairs, --seconds, --case, --only";
