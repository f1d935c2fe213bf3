//! Tables in the documents, printed by the tests so that they stay correct.
//!
//! `UPDATE_DOCS=1 cargo test -p daemon-core --lib` prints them again; read the difference before you keep it.

use std::fmt::Display;
use std::path::Path;
use std::{env, fs};

/// Checks that the part of a document between two markers is what was printed.
pub(crate) fn check(document: &str, name: &str, printed: &str) {
    let begin = format!("<!-- {name}: printed by the tests of daemon-core -->\n");
    let end = format!("<!-- end of {name} -->\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{document} lacks {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{document} lacks {end}"));
    let expected = format!("{before}{begin}\n{printed}\n{end}{after}");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let there = fs::read_to_string(&path).unwrap();
    assert!(there == expected, "{document} differs: UPDATE_DOCS=1 cargo test -p daemon-core --lib");
}

/// A table with a row for each state and a column for each event.
pub(crate) fn table<S: Display + Copy, E: Copy>(
    states: &[S],
    events: &[(E, &str)],
    cell: fn(S, E) -> String,
) -> String {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let line = |first: String, others: &dyn Fn(&(E, &str)) -> String| {
        row([first].into_iter().chain(events.iter().map(others)).collect())
    };
    let mut table = line(String::new(), &|(_, name)| (*name).to_owned());
    table += &line("---".to_owned(), &|_| "---".to_owned());
    for state in states {
        table += &line(format!("**{state}**"), &|(event, _)| cell(*state, *event));
    }
    table
}
