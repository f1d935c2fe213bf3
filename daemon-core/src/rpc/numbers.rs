//! Numbers as JSON text, where Rust's types are too strict or lose digits.
//!
//! In JSON Schema, 1.0 and 1e2 are integers; Rust's integer types refuse them. And where any value is allowed, an
//! integer beyond 64 bits becomes a double, which loses digits. Nothing here turns invalid JSON into valid JSON.

use std::ops::Range;

/// The digits of the largest integer that a type can hold.
const DIGITS: usize = 39;

/// Writes every number whose value is an integer in integer form; `None` if that changes nothing.
///
/// Numbers that would make the text longer than about four times its length stay as they are.
pub(crate) fn with_plain_integers(text: &str) -> Option<String> {
    let longest = 4 * text.len() + 64;
    let (mut written, mut copied) = (String::new(), 0);
    for place in numbers(text) {
        let Some(plain) = plain(&text[place.clone()]) else { continue };
        if written.len() + plain.len() + text.len() - copied > longest {
            break;
        }
        written.push_str(&text[copied..place.start]);
        written.push_str(&plain);
        copied = place.end;
    }
    (copied > 0).then(|| written + &text[copied..])
}

/// Returns the first integer that an untyped value cannot hold: neither in 64 bits, nor exactly as a double.
pub(crate) fn inexact(text: &str) -> Option<&str> {
    numbers(text).map(|place| &text[place]).find(|number| is_inexact(number))
}

fn is_inexact(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.len() < 19 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let fits = number.parse::<u64>().is_ok() || number.parse::<i64>().is_ok();
    !fits && number.parse::<f64>().is_ok_and(|double| double.is_finite() && format!("{double:.0}") != number)
}

/// Converts a number that has a fraction or an exponent, or is -0, to the integer with the same value.
fn plain(number: &str) -> Option<String> {
    let (minus, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_json = is_number(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && (is_number(fraction) || !mantissa.contains('.'))
        && is_number(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    if !is_json || (whole.len() == rest.len() && number != "-0") {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    let exponent: i64 = exponent.parse().ok()?;
    let shift = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let length = usize::try_from(i64::try_from(digits.len()).ok()?.checked_add(shift)?).ok()?;
    let (kept, dropped) = digits.split_at(length.min(digits.len()));
    let exact = (1..=DIGITS).contains(&length) && dropped.bytes().all(|byte| byte == b'0');
    exact.then(|| format!("{minus}{kept:0<length$}"))
}

fn numbers(text: &str) -> Numbers<'_> {
    Numbers { text: text.as_bytes(), at: 0 }
}

/// The positions of the numbers in JSON text: everything outside strings that begins like a number.
struct Numbers<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Numbers<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            match self.text.get(self.at)? {
                b'"' => self.skip_string(),
                b'-' | b'0'..=b'9' => return Some(self.number()),
                _ => self.at += 1,
            }
        }
    }
}

impl Numbers<'_> {
    fn number(&mut self) -> Range<usize> {
        let start = self.at;
        let belongs = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
        self.at += self.text[start..].iter().take_while(belongs).count();
        start..self.at
    }

    /// Skips from the opening quote of a string to after the closing one.
    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(end) = memchr::memchr2(b'"', b'\\', self.text.get(self.at..).unwrap_or_default()) {
            self.at += end + 1;
            if self.text[self.at - 1] == b'"' {
                return;
            }
            self.at += 1;
        }
        self.at = self.text.len();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_an_integer_is_written_as_one() {
        for (number, integer) in [
            ("1.0", "1"),
            ("-1.0", "-1"),
            ("-0", "0"),
            ("0.0", "0"),
            ("-0.0e5", "0"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("1.50e1", "15"),
            ("1500e-2", "15"),
            ("0.001e3", "1"),
            ("9223372036854775807.0", "9223372036854775807"),
            ("1e38", "100000000000000000000000000000000000000"),
            ("0e999999999999999999999", "0"),
        ] {
            assert_eq!(plain(number).as_deref(), Some(integer), "{number}");
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for number in [
            "1",
            "0",
            "-1",
            "1.5",
            "1e-1",
            "15e-2",
            "1e39",
            "1e999999999999999999999",
            "1e-9223372036854775808",
            "-",
            "01.0",
            "1.",
            "1.e1",
            ".5",
            "1e",
            "1e+",
            "1.0.0",
            "1-0",
            "--1.0",
            "1e1e1",
            "00",
            "",
        ] {
            assert_eq!(plain(number), None, "{number}");
        }
    }

    #[test]
    fn numbers_in_strings_are_text() {
        let text = r#"{"1.0":["2.0\"3.0",1.0,-0,[1e2]],"\\":4.0}"#;
        assert_eq!(with_plain_integers(text).unwrap(), r#"{"1.0":["2.0\"3.0",1,0,[100]],"\\":4}"#);
        for text in [r#"["1.0","\"1.0"]"#, "[1,2.5]", "", "\"", "\"\\"] {
            assert_eq!(with_plain_integers(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_grows_to_some_four_times_its_length() {
        let text = format!("[{}1e38]", "1e38,".repeat(1000));
        let longer = with_plain_integers(&text).unwrap();
        assert!(longer.len() <= 4 * text.len() + 64 && longer.ends_with("1e38]"), "{}", longer.len());
        assert_eq!(with_plain_integers("[1e38]").unwrap().len(), 41);
    }

    #[test]
    fn an_integer_that_loses_digits_is_found() {
        for text in
            ["18446744073709551617", "-9223372036854775809", "[1,{\"a\":123456789012345678901234567890}]"]
        {
            assert!(inexact(text).is_some(), "{text}");
        }
        for text in [
            "18446744073709551615",
            "-9223372036854775808",
            "18446744073709551616",
            "1.8446744073709551617e19",
            "\"99999999999999999999999\"",
        ] {
            assert_eq!(inexact(text), None, "{text}");
        }
    }

    /// Any text, often containing something like numbers.
    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[-+.eE0-9,\"\\\\ ]*"]
    }

    proptest! {
        #[test]
        fn a_number_keeps_its_value(number in -1e15..1e15_f64, digits in 0..3_usize, exponent in -3..3_i32) {
            let text = format!("{number:.digits$}e{exponent}");
            if let Some(plain) = plain(&text) {
                prop_assert_eq!(plain.parse::<f64>().unwrap(), text.parse::<f64>().unwrap());
            }
        }

        #[test]
        fn no_text_grows_beyond_some_four_times_its_length(text in any_text()) {
            let longest = 4 * text.len() + 64;
            prop_assert!(with_plain_integers(&text).is_none_or(|plain| plain.len() <= longest));
        }

        #[test]
        fn what_is_inexact_is_an_integer_of_the_text(text in any_text()) {
            if let Some(number) = inexact(&text) {
                prop_assert!(text.contains(number));
                prop_assert!(number.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
