//! Words: deriving names, and messages about names that do not exist.

use std::mem::take;

/// Lists names for a reader: `` `a`, `b` ``.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// Returns the known name that was probably meant.
pub(crate) fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase());
    known
        .into_iter()
        .map(|name| (distance(name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 5)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns the message about a name that does not exist; `what` is its kind.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let all = list(known.iter().copied());
    match near(word, known.iter().copied()) {
        Some(name) => format!("there is no {what} `{word}`; did you mean `{name}`? There are {all}"),
        None => format!("there is no {what} `{word}`; there are {all}"),
    }
}

/// Returns the name of an identifier, without `r#`.
pub(crate) fn plain(ident: &syn::Ident) -> String {
    use syn::ext::IdentExt;
    ident.unraw().to_string()
}

/// Returns the name of an identifier without the leading underscore that marks it as unused.
pub(crate) fn public(ident: &syn::Ident) -> String {
    let name = plain(ident);
    match name.strip_prefix('_') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}

/// Returns the words of a name in lower case: `http`, `server` of `HTTPServer`.
pub(crate) fn words(name: &str) -> Vec<String> {
    name.split(|char: char| !char.is_alphanumeric()).flat_map(words_of_part).collect()
}

/// Splits before each capital that begins a word: after a small letter, or before one.
fn words_of_part(part: &str) -> Vec<String> {
    let (mut words, mut word, mut after_capital) = (Vec::new(), String::new(), false);
    let mut after_small = false;
    let mut chars = part.chars().peekable();
    while let Some(char) = chars.next() {
        let before_small = chars.peek().is_some_and(|next| next.is_lowercase());
        if char.is_uppercase() && !word.is_empty() && (after_small || after_capital && before_small) {
            words.push(take(&mut word));
        }
        word.extend(char.to_lowercase());
        // A digit belongs to the letter before it.
        if char.is_lowercase() || char.is_uppercase() {
            (after_small, after_capital) = (char.is_lowercase(), char.is_uppercase());
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use heck::ToKebabCase;

    #[test]
    fn names_have_the_words_that_everyone_expects() {
        for name in [
            "Echo",
            "MyDaemon",
            "HTTPServer",
            "ServeHTTP",
            "IPv4Proxy",
            "A",
            "AB",
            "ABc",
            "Utf8Text",
            "X1Y2z",
            "max_size",
            "_unused__twice_",
            "mixedCase_and_Snake",
            "Größe",
            "v2",
            "a1B",
            "A1B",
            "",
        ] {
            assert_eq!(super::words(name).join("-"), name.to_kebab_case(), "{name}");
        }
    }
}
