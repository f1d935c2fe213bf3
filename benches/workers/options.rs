//! The options of the bench, from its arguments.

use crate::common::Outcome;

/// The options of a whole bench.
pub(crate) struct Options {
    /// How often the two take turns.
    pub(crate) pairs: usize,
    /// How many workers are killed.
    pub(crate) losses: usize,
    parts: Vec<Part>,
}

/// A part of the bench.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Loss,
    Pool,
    Idle,
    Trip,
}

impl Part {
    /// The round trip comes last: it pins this thread, and processes started after that would inherit it.
    const ALL: [Part; 4] = [Part::Loss, Part::Pool, Part::Idle, Part::Trip];

    fn of(name: &str) -> Option<Self> {
        match name {
            "loss" => Some(Part::Loss),
            "pool" => Some(Part::Pool),
            "idle" => Some(Part::Idle),
            "trip" => Some(Part::Trip),
            _ => None,
        }
    }
}

impl Options {
    /// Reads the arguments after the program's name.
    pub(crate) fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self { pairs: 7, losses: 1000, parts: Vec::new() };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--pairs" => options.pairs = value()?.parse::<usize>()?.max(1),
                "--losses" => options.losses = value()?.parse::<usize>()?.max(1),
                // cargo passes this to every bench.
                "--bench" => {}
                _ => options.parts.push(Part::of(&name).ok_or_else(|| unknown(&name))?),
            }
        }
        Ok(options)
    }

    /// Returns what to run: all parts, unless some were chosen.
    pub(crate) fn parts(&self) -> &[Part] {
        if self.parts.is_empty() { &Part::ALL } else { &self.parts }
    }
}

fn unknown(option: &str) -> String {
    format!("unknown option {option}: there are --pairs, --losses, loss, pool, idle, trip")
}
