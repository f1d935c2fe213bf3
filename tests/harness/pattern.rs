//! Patterns for JSON: a value that stands for itself, with a few keywords that stand for many values.

use serde_json::{Map, Value};

/// Returns where and why a value does not fit a pattern; `None` if it fits.
///
/// A pattern fits a value equal to it. In addition:
///
/// - `"<any>"`, `"<string>"`, `"<integer>"`, `"<number>"`, `"<boolean>"`, `"<array>"`, `"<object>"` fit every value
///   of that kind;
/// - an object with the member `"..."` fits objects that have more members than it names;
/// - `{"$contains": "text"}` fits a string with that text in it;
/// - `{"$includes": [patterns]}` fits an array in which every one of the patterns fits some item;
/// - `{"$each": pattern}` fits an array whose items all fit;
/// - `{"$repeat": ["x", 5]}` fits the string of five x.
pub fn mismatch(pattern: &Value, actual: &Value) -> Option<String> {
    compare("$", pattern, actual)
}

fn compare(at: &str, pattern: &Value, actual: &Value) -> Option<String> {
    match (pattern, actual) {
        (Value::String(word), _) if word.starts_with('<') && word.ends_with('>') => kind(at, word, actual),
        (Value::Object(pattern), _) if pattern.keys().any(|key| key.starts_with('$')) => {
            special(at, pattern, actual)
        }
        (Value::Object(pattern), Value::Object(actual)) => members(at, pattern, actual),
        (Value::Array(pattern), Value::Array(actual)) if pattern.len() == actual.len() => {
            let mut pairs = pattern.iter().zip(actual).enumerate();
            pairs.find_map(|(index, (pattern, actual))| compare(&format!("{at}[{index}]"), pattern, actual))
        }
        _ if pattern == actual => None,
        _ => unlike(at, pattern, actual),
    }
}

fn kind(at: &str, word: &str, actual: &Value) -> Option<String> {
    let fits = match word {
        "<any>" => true,
        "<string>" => actual.is_string(),
        "<integer>" => actual.is_i64() || actual.is_u64(),
        "<number>" => actual.is_number(),
        "<boolean>" => actual.is_boolean(),
        "<array>" => actual.is_array(),
        "<object>" => actual.is_object(),
        _ => panic!("there is no pattern {word}"),
    };
    if fits { None } else { unlike(at, &Value::from(word), actual) }
}

fn special(at: &str, pattern: &Map<String, Value>, actual: &Value) -> Option<String> {
    let (name, of) = pattern.iter().next()?;
    let fits = match (name.as_str(), of, actual) {
        ("$contains", Value::String(text), Value::String(actual)) => actual.contains(text),
        ("$includes", Value::Array(patterns), Value::Array(items)) => {
            patterns.iter().all(|pattern| items.iter().any(|item| mismatch(pattern, item).is_none()))
        }
        ("$each", pattern, Value::Array(items)) => items.iter().all(|item| mismatch(pattern, item).is_none()),
        ("$repeat", Value::Array(of), Value::String(actual)) => {
            let [Value::String(text), times] = of.as_slice() else {
                panic!("$repeat takes a string and a number")
            };
            *actual == text.repeat(usize::try_from(times.as_u64()?).ok()?)
        }
        ("$contains" | "$includes" | "$each" | "$repeat", ..) => false,
        _ => panic!("there is no pattern {name}"),
    };
    if fits { None } else { unlike(at, &Value::Object(pattern.clone()), actual) }
}

fn members(at: &str, pattern: &Map<String, Value>, actual: &Map<String, Value>) -> Option<String> {
    let open = pattern.contains_key("...");
    let surplus = actual.keys().find(|key| !pattern.contains_key(*key));
    if let (false, Some(key)) = (open, surplus) {
        return Some(format!("at {at}: the member `{key}` is too much"));
    }
    let mut named = pattern.iter().filter(|(key, _)| *key != "...");
    named.find_map(|(key, pattern)| match actual.get(key) {
        Some(actual) => compare(&format!("{at}.{key}"), pattern, actual),
        None => Some(format!("at {at}: the member `{key}` is missing")),
    })
}

fn unlike(at: &str, pattern: &Value, actual: &Value) -> Option<String> {
    let mut actual = actual.to_string();
    if actual.len() > 400 {
        actual = actual.chars().take(400).chain("…".chars()).collect();
    }
    Some(format!("at {at}: expected {pattern}, got {actual}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_gives_no_mismatch() {
        for (pattern, actual) in [
            (json!({"a": 1}), json!({"a": 1})),
            (json!({"a": "<any>", "...": ""}), json!({"a": null, "b": 2})),
            (json!(["<integer>", "<string>"]), json!([1, "x"])),
            (json!({"$contains": "ell"}), json!("hello")),
            (json!({"$includes": [2, {"a": "<any>"}]}), json!([{"a": 1}, 2, 3])),
            (json!({"$each": "<string>"}), json!(["a", "b"])),
            (json!({"$repeat": ["ab", 2]}), json!("abab")),
        ] {
            assert_eq!(mismatch(&pattern, &actual), None);
        }
    }

    #[test]
    fn what_does_not_fit_says_where() {
        for (pattern, actual, place) in [
            (json!({"a": {"b": 1}}), json!({"a": {"b": 2}}), "at $.a.b: "),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), "at $: the member `b` is too much"),
            (json!({"a": 1, "...": ""}), json!({"b": 2}), "at $: the member `a` is missing"),
            (json!([1, "<integer>"]), json!([1, 1.5]), "at $[1]: "),
            (json!([1]), json!([1, 2]), "at $: "),
            (json!({"$includes": [4]}), json!([1, 2]), "at $: "),
            (json!({"$each": 1}), json!([1, 2]), "at $: "),
        ] {
            let told = mismatch(&pattern, &actual).unwrap();
            assert!(told.starts_with(place), "{told}");
        }
    }
}
