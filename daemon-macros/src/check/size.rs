//! Amounts of memory written as text, such as `200MiB`.

use syn::LitStr;

use crate::errors::Errors;

const UNITS: [(&str, u64); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

/// Reads a number of bytes: not zero.
pub(crate) fn bytes(text: &LitStr, errors: &mut Errors) -> Option<u64> {
    let bytes = read(&text.value());
    if bytes.is_none() {
        errors.at(
            text,
            "this is not an amount of memory; write one such as `\"200MiB\"`, in KiB, MiB, GiB or TiB",
        );
    }
    bytes
}

fn read(text: &str) -> Option<u64> {
    let (number, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), *factor)))?;
    let number: u64 =
        number.parse().ok().filter(|_| number.starts_with(|first: char| first.is_ascii_digit()))?;
    number.checked_mul(factor).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_amount_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("200MiB", Some(200 << 20)),
            ("1 GiB", Some(1 << 30)),
            ("64KiB", Some(64 << 10)),
            ("0MiB", None),
            ("200", None),
            ("200MB", None),
            ("-1MiB", None),
            ("+1MiB", None),
            ("MiB", None),
            ("99999999999TiB", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
