//! Words: deriving names, and messages about names that do not exist.

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
