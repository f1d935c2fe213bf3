//! The current date, as HTTP writes it (RFC 9110, section 5.6.7). It is written once a second, as hyper does it as well.

use std::cell::RefCell;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// How many bytes a date has.
const LENGTH: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

/// A second, as text.
struct Written {
    text: [u8; LENGTH],
    start: SystemTime,
}

thread_local! {
    static LATEST: RefCell<Written> = const { RefCell::new(Written { text: [b' '; LENGTH], start: UNIX_EPOCH }) };
}

/// Passes the current date to `write`.
pub(crate) fn with_date(write: impl FnOnce(&[u8])) {
    LATEST.with_borrow_mut(|latest| write(latest.at(SystemTime::now())));
}

impl Written {
    fn at(&mut self, now: SystemTime) -> &[u8; LENGTH] {
        // The clock may have been set back.
        let is_current = now.duration_since(self.start).is_ok_and(|age| age < Duration::from_secs(1));
        if !is_current {
            let nanos = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
            self.start = now - Duration::from_nanos(nanos.into());
            // A date has this length, always.
            let _ = write!(&mut self.text[..], "{}", HttpDate::from(self.start.max(UNIX_EPOCH)));
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_that_of_its_second_whether_the_clock_goes_on_or_back() {
        let mut written = Written { text: [b' '; LENGTH], start: UNIX_EPOCH };
        for (seconds, nanos, expected) in [
            (784_111_777, 5, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (784_111_777, 999_999_999, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (784_111_778, 0, "Sun, 06 Nov 1994 08:49:38 GMT"),
            (784_111_777, 1, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1, 0, "Thu, 01 Jan 1970 00:00:01 GMT"),
        ] {
            let text = written.at(UNIX_EPOCH + Duration::new(seconds, nanos));
            assert_eq!(std::str::from_utf8(text), Ok(expected));
        }
    }
}
