//! Values that are one text: numbers, truth values, times, bytes.
//!
//! The white space around them means nothing, but only that.

/// Why a text is not a value of its type, and what to write instead.
pub(super) type Reason = &'static str;

/// Reads an integer of 32 bits.
pub(super) fn int(text: &str) -> Result<i32, Reason> {
    integer(text)
        .and_then(|number| i32::try_from(number).ok())
        .ok_or("not an integer of 32 bits; beyond, use <i8>")
}

/// Reads an integer of 64 bits.
pub(super) fn long(text: &str) -> Result<i64, Reason> {
    integer(text).ok_or("not an integer of 64 bits")
}

fn integer(text: &str) -> Option<i64> {
    // It accepts nothing but a sign and digits.
    text.trim_ascii().parse().ok()
}

/// Reads a number with a fraction. An exponent is accepted, although the specification does not know one.
pub(super) fn double(text: &str) -> Result<f64, Reason> {
    let text = text.trim_ascii();
    let is_number = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    let number =
        Some(text).filter(|text| text.bytes().all(is_number)).and_then(|text| text.parse::<f64>().ok());
    number.filter(|number| number.is_finite()).ok_or("not a finite decimal number, such as -1.5")
}

/// Reads a truth value.
pub(super) fn boolean(text: &str) -> Result<bool, Reason> {
    match text.trim_ascii() {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err("not a truth value, which is 0 or 1"),
    }
}

/// Reads bytes in base64, and returns their canonical text: without white space.
pub(super) fn base64(text: &str) -> Result<String, Reason> {
    let mut plain = text.to_owned();
    plain.retain(|character| !character.is_ascii_whitespace());
    let digits = plain.trim_end_matches('=');
    let padding = plain.len() - digits.len();
    let spare = match padding {
        0 => 0,
        1 => 0b11,
        2 => 0b1111,
        _ => return Err(NOT_BASE64),
    };
    let mut last = 0;
    for byte in digits.bytes() {
        last = digit(byte).ok_or(NOT_BASE64)?;
    }
    if plain.len().is_multiple_of(4) && last & spare == 0 { Ok(plain) } else { Err(NOT_BASE64) }
}

const NOT_BASE64: Reason = "not base64 (RFC 4648), with `=` at its end up to a multiple of four characters";

/// Returns the six bits that a digit of base64 stands for.
fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Reads a time, and returns it in the extended form of ISO 8601: 19980717T14:08:55 as 1998-07-17T14:08:55.
///
/// The extended form is accepted, too, and so are a fraction of the second and a zone at the end.
pub(super) fn date_time(text: &str) -> Result<String, Reason> {
    time(text.trim_ascii()).ok_or("not a time such as 19980717T14:08:55")
}

fn time(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let (year, month, day) = date_fields(date)?;
    let (hour, time) = number(time, 2)?;
    let (minute, time) = number(time.strip_prefix(':').unwrap_or(time), 2)?;
    let (second, rest) = number(time.strip_prefix(':').unwrap_or(time), 2)?;
    let fraction = rest.strip_prefix('.').map_or("", |rest| &rest[..digits(rest)]);
    let zone = match rest.strip_prefix('.') {
        Some(rest) => rest.get(fraction.len()..).filter(|_| !fraction.is_empty())?,
        None => rest,
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut written = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if !fraction.is_empty() {
        written.extend([".", fraction]);
    }
    written.push_str(&offset(zone)?);
    Some(written)
}

/// Reads a date, with or without hyphens.
fn date_fields(date: &str) -> Option<(u32, u32, u32)> {
    let (year, rest) = number(date, 4)?;
    let extended = rest.strip_prefix('-');
    let (month, rest) = number(extended.unwrap_or(rest), 2)?;
    let rest = if extended.is_some() { rest.strip_prefix('-')? } else { rest };
    let (day, rest) = number(rest, 2)?;
    let days = match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (rest.is_empty() && (1..=days).contains(&day)).then_some((year, month, day))
}

/// Reads a zone: nothing, Z, or hours and minutes from UTC.
fn offset(zone: &str) -> Option<String> {
    if zone.is_empty() || zone == "Z" {
        return Some(zone.to_owned());
    }
    let sign = Some(&zone[..zone.chars().next()?.len_utf8()]).filter(|sign| matches!(*sign, "+" | "-"))?;
    let (hours, rest) = number(&zone[1..], 2)?;
    let (minutes, rest) = match rest.strip_prefix(':').unwrap_or(rest) {
        "" if rest.is_empty() => (0, ""),
        rest => number(rest, 2)?,
    };
    (rest.is_empty() && hours < 24 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

/// Reads a number of so many digits; returns it and the rest.
fn number(text: &str, length: usize) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(length)?;
    (digits(number) == length).then_some((number.parse().ok()?, rest))
}

/// How many digits a text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_and_nothing_else() {
        for (text, expected) in [
            ("0", Some(0)),
            (" -7\n", Some(-7)),
            ("+7", Some(7)),
            ("007", Some(7)),
            ("2147483647", Some(i32::MAX)),
        ] {
            assert_eq!(int(text).ok(), expected, "{text}");
        }
        for text in ["", " ", "1.0", "1e3", "0x1", "1 2", "2147483648", "--1", "+", "١", "1_000"] {
            assert!(int(text).is_err(), "{text}");
        }
        assert_eq!(long("-9223372036854775808"), Ok(i64::MIN));
        assert!(long("9223372036854775808").is_err());
        for (text, expected) in [("1.5", 1.5), ("-0.0", -0.0), (" 1e+16 ", 1e16), (".5", 0.5), ("3", 3.0)] {
            assert_eq!(double(text), Ok(expected), "{text}");
        }
        for text in ["", ".", "inf", "nan", "NaN", "-Infinity", "1e999", "1,5", "0x1p3", "1 5", "e"] {
            assert!(double(text).is_err(), "{text}");
        }
        assert_eq!((boolean("0"), boolean(" 1 ")), (Ok(false), Ok(true)));
        assert!(["", "2", "true", "01"].into_iter().all(|text| boolean(text).is_err()));
    }

    #[test]
    fn base64_is_checked_and_loses_its_white_space() {
        for (text, expected) in
            [("", ""), ("eW91\r\n IGNh\t", "eW91IGNh"), ("YQ==", "YQ=="), ("YWE=", "YWE=")]
        {
            assert_eq!(base64(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["Y", "YQ", "YQ=", "YR==", "YWF=", "====", "=", "Y===", "YQ==YQ==", "YQ-_", "YQé="] {
            assert!(base64(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_come_out_in_one_form() {
        for (text, expected) in [
            ("19980717T14:08:55", "1998-07-17T14:08:55"),
            ("1998-07-17T14:08:55", "1998-07-17T14:08:55"),
            (" 19980717T140855Z ", "1998-07-17T14:08:55Z"),
            ("20240229T00:00:60+0230", "2024-02-29T00:00:60+02:30"),
            ("20240229T00:00:00.125-11", "2024-02-29T00:00:00.125-11:00"),
        ] {
            assert_eq!(date_time(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "T",
            "19980717",
            "19980717 14:08:55",
            "19981317T14:08:55",
            "19980732T14:08:55",
            "20230229T14:08:55",
            "19980717T24:08:55",
            "19980717T14:60:55",
            "1998-0717T14:08:55",
            "19980717T14:08:55.",
            "19980717T14:08:55x",
            "19980717T14:08:55+",
            "19980717T14:08:55+02:",
            "19980717T14:08:55+25:00",
            "é9980717T14:08:55",
            "19980717T14:08:55é",
            "+9980717T14:08:55",
        ] {
            assert!(date_time(text).is_err(), "{text}");
        }
    }
}
