//! Sessions in the guide: commands, and what a user sees.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A session as the guide shows it, and as it really is.
#[derive(Debug)]
pub struct Session {
    /// What the page says.
    pub shown: String,
    /// The same commands, with what they print.
    pub seen: String,
}

impl Session {
    /// Runs the commands of the first session in a page of `docs/guide`. `run` returns what a command prints.
    pub fn play(page: &str, mut run: impl FnMut(&str) -> String) -> Session {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide").join(page);
        let page = fs::read_to_string(page).unwrap();
        let shown = page.split("```console\n").nth(1).unwrap().split("```").next().unwrap();
        let mut seen = String::new();
        for command in shown.lines().filter_map(|line| line.strip_prefix("$ ")) {
            seen.push_str(&format!("$ {command}\n{}", run(command)));
            if !seen.ends_with('\n') {
                seen.push('\n');
            }
        }
        Session { shown: shown.to_owned(), seen }
    }

    /// Whether the page is right.
    pub fn is_true(&self) -> bool {
        self.seen == self.shown
    }
}

/// Runs a command of a session in this directory, where `program` is found by its name; returns all that it prints.
pub fn type_in(command: &str, home: &Path, program: &str) -> String {
    let place = Path::new(program).parent().unwrap().display();
    let path = format!("{place}:{}", std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}; }} 2>&1")]).current_dir(home);
    let output = shell.env("PATH", path).env("RUNTIME_DIRECTORY", home).output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace(&format!("{}/", home.display()), "")
}
