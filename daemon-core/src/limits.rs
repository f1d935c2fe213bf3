//! The limits of a daemon: every bound that a user may set, with its default and what happens when it is reached.

use std::time::Duration;

use crate::error::{Error, Result};

/// Every limit, by name: `--limit NAME=VALUE` or `#[daemon(limits(NAME = VALUE))]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of one frame. A longer one gets a fault, and its connection is closed: there is no telling where the next
    /// one starts.
    pub(crate) frame: usize,
    /// Levels of arrays and objects in one frame, at most [`DEEPEST`]. A deeper one gets a fault.
    pub(crate) nesting: usize,
    /// Calls in one batch or multicall. A longer one gets a fault.
    pub(crate) batch: usize,
    /// Connections at a time. One more is told so and closed.
    pub(crate) connections: usize,
    /// Bytes that may wait to be sent on a connection before nothing more is read from it; and for how long, before it
    /// is cut.
    pub(crate) output_soft: usize,
    pub(crate) output_soft_time: Duration,
    /// Bytes that the reply to one frame may take. A longer one becomes a fault.
    pub(crate) output_hard: usize,
    /// How long a connection may be silent before it is cut.
    pub(crate) idle: Duration,
    /// How long a frame may take from its first byte to its last before the connection is cut.
    pub(crate) half_frame: Duration,
    /// How long a stop waits for replies that are owed, and for peers to take them.
    pub(crate) drain: Duration,
}

/// How many levels of arrays and objects can be read: what parameters are read with goes as deep as they do.
const DEEPEST: usize = 128;

/// How long a connection that was told to go may take to hang up before it is cut.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

impl Default for Limits {
    fn default() -> Self {
        Limits {
            frame: 1024 * 1024,
            nesting: 64,
            batch: 100,
            connections: 1024,
            output_soft: 64 * 1024,
            output_soft_time: Duration::from_secs(5),
            output_hard: 1024 * 1024,
            idle: Duration::from_secs(600),
            half_frame: Duration::from_secs(10),
            drain: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// Sets a limit by its name.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if there is no such limit or the value is not of its kind.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "frame" => self.frame = number(name, value)?,
            "nesting" => self.nesting = at_most(DEEPEST, name, value)?,
            "batch" => self.batch = number(name, value)?,
            "connections" => self.connections = number(name, value)?,
            "output_soft" => self.output_soft = number(name, value)?,
            "output_soft_time" => self.output_soft_time = duration(name, value)?,
            "output_hard" => self.output_hard = number(name, value)?,
            "idle" => self.idle = duration(name, value)?,
            "half_frame" => self.half_frame = duration(name, value)?,
            "drain" => self.drain = duration(name, value)?,
            _ => {
                return Err(Error::usage(format!(
                    "there is no limit `{name}`; there are frame, nesting, batch, connections, output_soft, \
                     output_soft_time, output_hard, idle, half_frame and drain"
                )));
            }
        }
        Ok(())
    }
}

fn number(name: &str, value: &str) -> Result<usize> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::usage(format!("limit `{name}`: `{value}` is not a number above zero")))
}

fn at_most(most: usize, name: &str, value: &str) -> Result<usize> {
    let number = number(name, value)?;
    if number > most {
        return Err(Error::usage(format!(
            "limit `{name}`: `{value}` is more than {most}, and deeper cannot be read"
        )));
    }
    Ok(number)
}

fn duration(name: &str, value: &str) -> Result<Duration> {
    humantime::parse_duration(value).map_err(|error| {
        Error::usage(format!("limit `{name}`: `{value}` is not a duration such as `30s`: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_by_name_or_refused_with_what_there_is() {
        let mut limits = Limits::default();
        limits.set("connections", "7").unwrap();
        limits.set("idle", "1m 30s").unwrap();
        assert_eq!((limits.connections, limits.idle), (7, Duration::from_secs(90)));
        limits.set("nesting", "128").unwrap();
        for (name, value) in
            [("conections", "7"), ("batch", "0"), ("batch", "many"), ("idle", "30"), ("nesting", "129")]
        {
            assert!(limits.set(name, value).unwrap_err().is_usage(), "{name}={value}");
        }
    }
}
