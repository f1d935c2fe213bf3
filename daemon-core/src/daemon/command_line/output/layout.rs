//! The layout of JSON text: only the white space between its tokens changes.

/// Returns JSON with each member and each element on a line of its own.
pub(super) fn indented(json: &str) -> String {
    let mut written = String::with_capacity(2 * json.len());
    let mut depth = 0;
    let mut tokens = Tokens(json).peekable();
    while let Some(token) = tokens.next() {
        match token {
            "{" | "[" => {
                written.push_str(token);
                // An empty one stays on its line.
                match tokens.next_if(|next| is_end(next)) {
                    Some(end) => written.push_str(end),
                    None => {
                        depth += 1;
                        start_line(&mut written, depth);
                    }
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                start_line(&mut written, depth);
                written.push_str(token);
            }
            "," => {
                written.push(',');
                start_line(&mut written, depth);
            }
            ":" => written.push_str(": "),
            value => written.push_str(value),
        }
    }
    written
}

/// Returns JSON without white space.
pub(super) fn compact(json: &str) -> String {
    Tokens(json).collect()
}

fn is_end(token: &str) -> bool {
    matches!(token, "}" | "]")
}

fn start_line(written: &mut String, depth: usize) {
    written.push('\n');
    written.extend(std::iter::repeat_n("  ", depth));
}

/// The tokens of JSON text: punctuation, strings, and other values.
struct Tokens<'t>(&'t str);

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.0.trim_start();
        let length = match rest.bytes().next()? {
            b'"' => string(rest),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => rest.find([',', ':', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len()),
        };
        let (token, rest) = rest.split_at(length);
        self.0 = rest;
        Some(token)
    }
}

/// Returns the length of the string at the start of a text, with its quotes.
fn string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            _ => is_escaped = byte == b'\\' && !is_escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_is_laid_out_as_serde_json_does_it() {
        for json in [
            "1",
            "[]",
            "{}",
            r#"[1,[],{},{"a":[true,null]}]"#,
            r#"{"a\"b":"c\\","d":{"e":-1.5},"f":"[1, {}]"}"#,
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(indented(json), serde_json::to_string_pretty(&value).unwrap());
            assert_eq!(compact(&indented(json)), json);
        }
    }

    #[test]
    fn numbers_and_the_order_of_members_stay() {
        let json = r#"{"b":18446744073709551616,"a":1.10}"#;
        assert_eq!(indented(json), "{\n  \"b\": 18446744073709551616,\n  \"a\": 1.10\n}");
    }

    proptest! {
        #[test]
        fn no_text_is_lost(text in any::<String>()) {
            let json = serde_json::to_string(&[&text]).unwrap();
            prop_assert_eq!(serde_json::from_str::<[String; 1]>(&indented(&json)).unwrap(), [text.clone()]);
            // What is not JSON does not panic.
            indented(&text);
        }
    }
}
