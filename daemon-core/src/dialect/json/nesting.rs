//! The nesting depth of JSON text, checked before it is parsed.

/// Whether JSON text nests arrays and objects deeper than `limit`.
///
/// For text that is not JSON the result means nothing: the parser rejects it anyway.
pub(in crate::dialect) fn nests_deeper(text: &[u8], limit: usize) -> bool {
    // Deeper nesting needs at least `limit` opening brackets and as many closing ones.
    if text.len() <= 2 * limit {
        return false;
    }
    let mut depth = 0_usize;
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut rest),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => drop(rest.next()),
            b'"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_counts_brackets_outside_strings() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!nests_deeper(nested(64).as_bytes(), 64));
        assert!(nests_deeper(nested(65).as_bytes(), 64));
        let string = format!("[\"{}\\\"{}\"]", "[".repeat(200), "{".repeat(200));
        assert!(!nests_deeper(string.as_bytes(), 64));
        assert!(nests_deeper(&[b'['; 200], 64));
    }
}
