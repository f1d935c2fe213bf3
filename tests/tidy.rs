//! The sources: which module may use which, where unsafe code may be, and what every file must have.
//!
//! The order of the modules is that of the `mod` lines in `daemon-core/src/lib.rs`: a module uses only modules above
//! it. `rpc`, `dialect` and the pure parts of the supervisor do no I/O and read no clock.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where unsafe code may be, besides the allocator and the process handle of the tests.
const UNSAFE: [&str; 9] = [
    "daemon-core/src/sys/",
    "daemon-core/src/channel/ring.rs",
    "examples/daemonproxy/src/sys",
    "examples/daemonproxy/tests/support/counted.rs",
    "tests/daemons/counted.rs",
    "tests/daemons/forking.rs",
    "tests/harness/calls.rs",
    "tests/harness/process.rs",
    "tests/harness/tracer.rs",
];

/// Files that do no I/O and read no clock.
const PURE: [&str; 4] = [
    "daemon-core/src/rpc/",
    "daemon-core/src/dialect/",
    "daemon-core/src/supervisor/state.rs",
    "daemon-core/src/supervisor/restart.rs",
];

/// Names that stand for I/O and clocks.
const IMPURE: [&str; 16] = [
    "Instant::now",
    "SystemTime",
    "std::fs",
    "TcpStream",
    "TcpListener",
    "ToSocketAddrs",
    "std::process",
    "os::unix::net",
    "os::fd",
    "File::",
    "thread::sleep",
    "thread::spawn",
    "mio::",
    "nix::",
    "env::",
    "println!",
];

/// The most lines of code that a file may have, without its tests.
const LONGEST: usize = 400;

/// Files that may be longer. A file that no longer is must be removed from here. Macros must be at the root of their
/// crate, with their help.
const LONGER: [&str; 1] = ["daemon-macros/src/lib.rs"];

#[test]
fn a_module_uses_only_what_stands_above_it() {
    let lib = fs::read_to_string(root().join("daemon-core/src/lib.rs")).unwrap();
    let order: Vec<&str> = lib.lines().filter_map(module).collect();
    assert!(order.len() > 10, "the modules of lib.rs are not found: {order:?}");
    let exports = exports(&lib);
    let mut wrong = Vec::new();
    for (file, text) in sources(&["daemon-core/src"]) {
        let Some(own) = own_module(&file) else { continue };
        let Some(rank) = order.iter().position(|module| *module == own) else {
            continue;
        };
        for used in uses(&file, &code(&text)) {
            let module = exports.get(used.as_str()).unwrap_or(&used);
            if order.iter().position(|other| other == module).is_some_and(|other| other > rank) {
                wrong.push(format!("{file} uses `{module}`, which stands below `{own}` in lib.rs"));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    let mut wrong = Vec::new();
    let files = sources(&["daemon-core/src", "daemon-macros/src", "examples", "tests", "benches"]);
    for allowed in UNSAFE {
        assert!(files.iter().any(|(file, _)| file.starts_with(allowed)), "there is no {allowed}");
    }
    for (file, text) in files {
        if UNSAFE.iter().any(|allowed| file.starts_with(allowed)) || file.starts_with("tests/compile-") {
            continue;
        }
        let forms =
            ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "unsafe trait", "allow(unsafe_code)"];
        if file != "tests/tidy.rs" && forms.iter().any(|form| code(&text).contains(form)) {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "unsafe code in {wrong:#?}");
}

#[test]
fn every_module_says_what_lives_in_it() {
    let files = sources(&["daemon-core/src", "daemon-macros/src", "tests", "benches"]);
    let undocumented: Vec<String> = files
        .into_iter()
        .filter(|(file, text)| !is_case(file) && !text.trim_start().starts_with("//!"))
        .map(|(file, _)| file)
        .collect();
    assert!(undocumented.is_empty(), "these files do not begin with `//!`: {undocumented:#?}");
}

/// Phrases that read like a translation, or that only we would understand. `docs/style.md` says what to write instead.
const UNPLAIN: &[&str] = &[
    "gives back",
    "whosever",
    "whoever has",
    "for good.",
    "of the user's",
    "sees to it",
    "all the same.",
    "for want of",
    "in words.",
    "be it ",
    "should it be",
    "no sound one",
    "is told",
    "is to be",
    "anew",
];

#[test]
fn the_prose_is_plain_english() {
    let mut found = Vec::new();
    let mut look = |file: &str, number: usize, prose: &str| {
        let prose = prose.to_lowercase();
        for phrase in UNPLAIN.iter().filter(|phrase| prose.contains(**phrase)) {
            found.push(format!("{file}:{number}: `{phrase}`"));
        }
    };
    for (file, text) in sources(&["daemon-core/src", "daemon-macros/src", "examples", "tests", "benches"]) {
        for (number, line) in text.lines().enumerate() {
            if let Some((_, comment)) = line.split_once("//") {
                look(&file, number + 1, comment);
            }
        }
    }
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/design.md", "docs/protocol.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        text.lines().enumerate().for_each(|(number, line)| look(page, number + 1, line));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn nothing_is_left_to_do() {
    let mut found = Vec::new();
    for (file, text) in sources(&["daemon-core/src", "daemon-macros/src", "examples", "tests", "benches"]) {
        for (number, line) in text.lines().enumerate() {
            let words = ["todo!", "unimplemented!", "dbg!", "TODO", "FIXME", "XXX", "HACK"];
            if file != "tests/tidy.rs" && words.iter().any(|word| line.contains(word)) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let mut long = Vec::new();
    for (file, text) in sources(&["daemon-core/src", "daemon-macros/src"]) {
        let lines = without_tests(&text).lines().count();
        if lines > LONGEST && !file.ends_with("/tests.rs") {
            long.push(file);
        }
    }
    assert_eq!(long, LONGER, "longer than {LONGEST} lines without their tests");
}

#[test]
fn pure_modules_do_no_io_and_read_no_clock() {
    let mut wrong = Vec::new();
    let files = sources(&["daemon-core/src"]);
    for pure in PURE {
        assert!(files.iter().any(|(file, _)| file.starts_with(pure)), "there is no {pure}");
    }
    for (file, text) in files {
        if PURE.iter().any(|pure| file.starts_with(pure)) {
            let code = code(&text);
            wrong.extend(
                IMPURE.iter().filter(|word| code.contains(*word)).map(|word| format!("{file}: {word}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_dialect_knows_the_wire_format() {
    let marks = ["b'\\n'", "\\n\"", "\\\"jsonrpc", "HTTP/", "memchr("];
    for place in ["net", "event_loop", "rpc"] {
        for (file, text) in sources(&[&format!("daemon-core/src/{place}")]) {
            let code = code(&text);
            let found = marks.iter().find(|mark| code.contains(*mark));
            assert_eq!(found, None, "{file} knows how a peer's bytes are framed");
        }
    }
}

#[test]
fn rpc_does_not_know_the_daemon() {
    for (file, text) in sources(&["daemon-core/src/rpc", "daemon-core/src/dialect"]) {
        for word in ["crate::daemon", "crate::declare", "crate::event_loop", "crate::net", "Describe"] {
            assert!(!code(&text).contains(word), "{file} knows {word}");
        }
    }
}

#[test]
fn no_test_sleeps() {
    for (file, text) in sources(&["tests", "daemon-core/src", "daemon-macros/src"]) {
        let tests =
            if file.starts_with("tests/") { text.as_str() } else { &text[without_tests(&text).len()..] };
        let sleeps = code_lines(tests).any(|line| line.contains("thread::sleep"));
        assert!(file == "tests/tidy.rs" || !sleeps, "{file} sleeps");
    }
}

#[test]
fn every_example_and_every_daemon_of_the_tests_is_built() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for (file, _) in sources(&["examples", "tests/daemons"]) {
        // A directory with a manifest is a separate crate, whose files cargo finds.
        let directory: PathBuf = file.split('/').take(2).collect();
        let in_a_crate = root().join(directory).join("Cargo.toml").exists();
        if !in_a_crate {
            assert!(manifest.contains(&format!("path = \"{file}\"")), "{file} is no program of the manifest");
        }
    }
}

#[test]
fn a_link_from_page_to_page_leads_somewhere_in_the_files_and_in_the_guide() {
    let modules = fs::read_to_string(root().join("docs/guide/links.txt")).unwrap();
    let mut found = 0;
    for directory in ["docs", "docs/guide"] {
        for entry in fs::read_dir(root().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            for line in fs::read_to_string(&path).unwrap().lines() {
                let Some((label, target)) = line.strip_prefix('[').and_then(|line| line.split_once("]: "))
                else {
                    assert!(
                        !line.contains(".md)"),
                        "{path:?}: write `[text][page.md]`, and `[page.md]: …` below"
                    );
                    continue;
                };
                let file = path.with_file_name(target.split('#').next().unwrap_or_default());
                assert!(file.exists(), "{path:?}: {line}");
                assert!(modules.contains(&format!("[{label}]: crate::guide")), "links.txt lacks {label}");
                found += 1;
            }
        }
    }
    assert!(found > 10, "the links are not found");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns all Rust files below these directories: their path from the root, and their text.
fn sources(directories: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for directory in directories {
        let before = found.len();
        collect(&root().join(directory), &mut found);
        assert!(found.len() > before, "there are no sources in {directory}");
    }
    found.sort();
    found
}

fn collect(directory: &Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        // Build output of a separate package is not ours.
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Whether a file is a case for the compiler, which is not a module.
fn is_case(file: &str) -> bool {
    file.starts_with("tests/compile-") || file.contains("/expansions/")
}

/// Returns a source without its tests.
fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod tests {").map_or(text, |at| &text[..at])
}

/// Returns the code of a source: without tests and comments.
fn code(text: &str) -> String {
    code_lines(without_tests(text)).collect::<Vec<_>>().join("\n")
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Returns the module that a line declares.
fn module(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    line.strip_prefix("mod ")?.strip_suffix(';')
}

/// Returns the module of each item that lib.rs exports.
fn exports(lib: &str) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for statement in lib.split(';') {
        let Some((_, path)) = statement.rsplit_once("pub use ") else {
            continue;
        };
        let Some((module, items)) = path.trim().split_once("::") else {
            continue;
        };
        for item in items.split(|character: char| !character.is_alphanumeric() && character != '_') {
            if !item.is_empty() {
                exports.entry(item.to_owned()).or_insert_with(|| module.to_owned());
            }
        }
    }
    exports
}

/// Returns the top-level module of a file.
fn own_module(file: &str) -> Option<&str> {
    let inside = file.strip_prefix("daemon-core/src/")?;
    let top = inside.split('/').next()?;
    let own = top.strip_suffix(".rs").unwrap_or(top);
    (own != "lib").then_some(own)
}

/// Returns the names right after `crate::`, or after as many `super::` as lead there.
fn uses(file: &str, code: &str) -> Vec<String> {
    let depth = file.strip_prefix("daemon-core/src/").map_or(0, |inside| inside.matches('/').count());
    let up = if file.ends_with("/mod.rs") { depth } else { depth + 1 };
    let mut used = Vec::new();
    for prefix in ["crate::".to_owned(), "super::".repeat(up)] {
        for (at, _) in code.match_indices(&prefix) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|before| !before.is_alphanumeric() && !"_$:".contains(before)) {
                used.extend(first_names(&code[at + prefix.len()..]));
            }
        }
    }
    used
}

/// Returns the name at this place, or all names of the group that starts here.
fn first_names(code: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|character| character.is_alphanumeric() || *character == '_')
            .collect()
    };
    let Some(group) = code.strip_prefix('{') else {
        return vec![name(code)];
    };
    let mut names = vec![name(group)];
    let mut depth = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}
