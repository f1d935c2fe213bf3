//! Memory that is made at the start: so many slots, of so many bytes each.

use crate::text::{Text, integer};

/// The size of a pool as given on the command line: `N[xM]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) slots: i64,
    pub(crate) bytes: Option<i64>,
}

/// What a pool may have, and what it is called.
pub(crate) struct Limits {
    pub(crate) what: &'static str,
    pub(crate) slots: (i64, i64),
    pub(crate) bytes: (i64, i64),
    pub(crate) default: i64,
}

pub(crate) const HANDLES: Limits = Limits { what: "fd", slots: (7, 1024), bytes: (32, 4096), default: 96 };
pub(crate) const SERVICES: Limits =
    Limits { what: "service", slots: (1, 65535), bytes: (64, 65536), default: 512 };

impl Size {
    /// Reads `N[xM]`, where M may have a unit.
    pub(crate) fn read(text: &[u8]) -> Option<Size> {
        let mut parts = text.splitn(2, |byte| *byte == b'x');
        let slots = integer(parts.next()?)?;
        let bytes = parts.next().map(|size| bytes(size).ok_or(())).transpose().ok()?;
        Some(Size { slots, bytes })
    }

    /// Moves it into the limits, and reports what was moved.
    pub(crate) fn fit(self, limits: &Limits, mut report: impl FnMut(Text<96>)) -> (usize, usize) {
        let what = limits.what;
        let (least, most) = limits.slots;
        if self.slots < least {
            let text = format_args!("At least {least} {what} objects required; using minimum");
            report(Text::format(text));
        }
        if self.slots > most {
            let text = format_args!("{what} objects limited to maximum of {most}");
            report(Text::format(text));
        }
        let bytes = self.bytes.unwrap_or(limits.default);
        let (smallest, largest) = limits.bytes;
        if bytes < smallest {
            let text = format_args!("{what} obj size must be at least {smallest}; using minimum");
            report(Text::format(text));
        }
        if bytes > largest {
            let text = format_args!("{what} obj size limited to maximum of {largest}");
            report(Text::format(text));
        }
        let fit = |value: i64, (least, most): (i64, i64)| usize::try_from(value.clamp(least, most));
        (fit(self.slots, limits.slots).unwrap_or_default(), fit(bytes, limits.bytes).unwrap_or_default())
    }
}

/// Reads a number of bytes with a unit.
fn bytes(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
    let (number, unit) = text.split_at(digits);
    let power = match unit.first().map(u8::to_ascii_lowercase) {
        None | Some(b'b') => 0,
        Some(b'k') => 1,
        Some(b'm') => 2,
        Some(b'g') => 3,
        Some(_) => return None,
    };
    let base: i64 = match (power, unit.get(1..).unwrap_or_default()) {
        (_, b"") => 1024,
        (1.., b"B") => 1000,
        (1.., b"iB") => 1024,
        _ => return None,
    };
    integer(number)?.checked_mul(base.pow(power))
}

/// Buffers for the texts of objects: as many as there are slots, each made with its full size; or any number, which grow.
pub(crate) struct Pool {
    /// `None` if there is no limit.
    spare: Option<Vec<Vec<u8>>>,
    /// The most bytes that a buffer takes.
    pub(crate) bytes: usize,
}

impl Pool {
    /// Buffers that grow, without a limit but memory.
    pub(crate) fn growing() -> Self {
        Pool { spare: None, bytes: usize::MAX }
    }

    pub(crate) fn fixed(slots: usize, bytes: usize) -> Self {
        Pool { spare: Some((0..slots).map(|_| Vec::with_capacity(bytes)).collect()), bytes }
    }

    /// Whether this many buffers can be taken.
    pub(crate) fn has(&self, count: usize) -> bool {
        self.spare.as_ref().is_none_or(|spare| spare.len() >= count)
    }

    /// Takes an empty buffer; `None` if all are in use.
    pub(crate) fn take(&mut self) -> Option<Vec<u8>> {
        self.spare.as_mut().map_or_else(|| Some(Vec::new()), Vec::pop)
    }

    /// Takes a buffer back.
    pub(crate) fn put(&mut self, mut buffer: Vec<u8>) {
        if let Some(spare) = &mut self.spare {
            buffer.clear();
            spare.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_with_units() {
        for (text, slots, bytes) in [
            ("8", 8, None),
            ("8x64", 8, Some(64)),
            ("8x64b", 8, Some(64)),
            ("8x1k", 8, Some(1024)),
            ("8x1K", 8, Some(1024)),
            ("8x1kB", 8, Some(1000)),
            ("8x1kiB", 8, Some(1024)),
            ("8x1KiB", 8, Some(1024)),
            ("8x2m", 8, Some(2 << 20)),
            ("8x1gB", 8, Some(1_000_000_000)),
            ("-1x-1", -1, Some(-1)),
        ] {
            assert_eq!(Size::read(text.as_bytes()), Some(Size { slots, bytes }), "{text}");
        }
        for text in ["", "x", "8x", "x8", "8y8", "8x1kb", "8x1bB", "8x1x", "8x1 k", "a", "8x1t"] {
            assert_eq!(Size::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_outside_the_limits_is_moved_and_reported() {
        let fit = |text: &str| {
            let mut said = Vec::new();
            let size = Size::read(text.as_bytes()).unwrap();
            let fitted =
                size.fit(&HANDLES, |text| said.push(String::from_utf8_lossy(text.as_bytes()).into()));
            (fitted, said)
        };
        assert_eq!(fit("8x96"), ((8, 96), Vec::<String>::new()));
        assert_eq!(fit("8"), ((8, 96), vec![]));
        let least = "At least 7 fd objects required; using minimum".to_owned();
        let largest = "fd obj size limited to maximum of 4096".to_owned();
        assert_eq!(fit("1x5k"), ((7, 4096), vec![least, largest]));
        assert_eq!(fit("2000x1").0, (1024, 32));
    }

    #[test]
    fn a_fixed_pool_has_so_many_buffers_and_uses_them_again() {
        let mut pool = Pool::fixed(2, 10);
        let (first, second) = (pool.take().unwrap(), pool.take().unwrap());
        assert!(pool.take().is_none() && first.capacity() >= 10);
        pool.put(second);
        assert!(pool.has(1) && !pool.has(2));
        assert!(Pool::growing().has(1000));
    }
}
