//! When a service is started by the clock.

use std::str::FromStr;
use std::time::Duration;

use croner::Cron;
use jiff::{Timestamp, Zoned};
use serde::Deserialize;

use super::text_or_table::{FromTable, FromText, written_as_text_or_table};
use crate::span::Span;

/// When a service is started by the clock. If it still runs then, that time is skipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Every(Duration),
    Cron(Box<Cron>),
}

/// The shortest time between two starts.
const SHORTEST: Duration = Duration::from_secs(1);

impl Schedule {
    /// Returns a schedule with a start each time this long has passed, the first one after that time; at least a second.
    pub fn every(period: Duration) -> Self {
        Schedule(Kind::Every(period.max(SHORTEST)))
    }

    /// Returns a schedule of cron(8) in local time: minute, hour, day of the month, month, day of the week; or with a
    /// second before them.
    ///
    /// # Errors
    ///
    /// If that is no such schedule.
    pub fn cron(pattern: &str) -> crate::Result<Self> {
        cron(pattern).map_err(crate::Error::new)
    }

    /// Returns the next start after a time; `None` if there is none.
    pub(crate) fn next(&self, from: &Zoned) -> Option<Start> {
        match &self.0 {
            Kind::Every(period) => Some(Start::After(*period)),
            Kind::Cron(cron) => {
                cron.find_next_occurrence(from, false).ok().map(|next| Start::At(next.timestamp()))
            }
        }
    }
}

/// When a schedule starts a service next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// After this time has passed.
    After(Duration),
    /// When the clock on the wall, which can be set, shows this time.
    At(Timestamp),
}

fn cron(pattern: &str) -> Result<Schedule, String> {
    match Cron::from_str(pattern) {
        Ok(cron) => Ok(Schedule(Kind::Cron(Box::new(cron)))),
        Err(error) => {
            let pattern = crate::brief::brief(pattern);
            Err(format!("`{pattern}` is no schedule of cron: {error}; write such as \"0 3 * * *\""))
        }
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleTable {
    every: Option<Span>,
    cron: Option<String>,
}

impl FromText for Schedule {
    const EXPECTED: &'static str = "`{ every = \"1h\" }` or `{ cron = \"0 3 * * *\" }`";

    fn from_text(_: &str) -> Result<Self, String> {
        Err(format!("write {}", Self::EXPECTED))
    }
}

impl FromTable for Schedule {
    type Table = ScheduleTable;

    fn from_table(table: ScheduleTable) -> Result<Self, String> {
        match table {
            ScheduleTable { every: Some(every), cron: None } if *every >= SHORTEST => {
                Ok(Schedule::every(every.into()))
            }
            ScheduleTable { every: Some(_), cron: None } => Err("`every` is at least \"1s\"".to_owned()),
            ScheduleTable { every: None, cron: Some(pattern) } => cron(&pattern),
            _ => Err(format!("write {}", Self::EXPECTED)),
        }
    }
}

written_as_text_or_table!(Schedule, ScheduleTable);
