//! The foreman, driven from outside.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;

use harness::{Home, Piped};

const PROCFILE: &str = env!("CARGO_BIN_EXE_procfile");

/// Starts it with this file.
fn start(home: &Home, file: &str) -> Piped {
    let path = home.path().join("Procfile.toml");
    fs::write(&path, file).unwrap();
    Piped::start(home.command(&["-f", "--file", path.to_str().unwrap()]))
}

/// Asks it to stop, and checks that it does and leaves nothing.
fn stop(home: &Home, foreman: Piped) -> String {
    fs::remove_file(home.path().join("Procfile.toml")).unwrap();
    assert_eq!(home.run(&["stop"]).code, Some(0));
    let ended = foreman.finish();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    home.assert_empty();
    ended.stdout
}

#[test]
fn each_line_has_the_name_of_its_program_before_it() {
    let home = Home::new(PROCFILE);
    let file = "one = \"sh -c 'echo first; echo second >&2; exec sleep 1000'\"\nlonger = \"echo third\"\n";
    let foreman = start(&home, file);
    for line in ["one    | first", "one    | second", "longer | third"] {
        foreman.stdout().wait_for(line);
    }
    let stdout = stop(&home, foreman);
    assert!(!stdout.contains('\x1b'), "colours are only for terminals");
    assert!(stdout.contains("one    * is down: SIGTERM"), "{stdout}");
}

#[test]
fn a_program_starts_when_what_it_needs_is_ready_and_again_when_it_fails() {
    let home = Home::new(PROCFILE);
    let gate = home.path().join("gate");
    let file = format!(
        "[early]\ncommand = \"sleep 1000\"\nready = {{ command = \"test -e {gate}\" }}\n\
         [late]\ncommand = [\"sh\", \"-c\", \"echo started; exit 3\"]\nneeds = [\"early\"]\nbackoff = {{ from = \"10ms\", to = \"20ms\" }}\n",
        gate = gate.display()
    );
    let foreman = start(&home, &file);
    foreman.stdout().wait_for("late  * is waiting: it needs `early`, which is not ready");
    fs::write(&gate, "").unwrap();
    foreman.stdout().wait_for_all(3, "late  | started");
    foreman.stdout().wait_for("late  * is waiting: exit code 3");
    fs::remove_file(gate).unwrap();
    stop(&home, foreman);
}

#[test]
fn a_file_that_is_wrong_is_reported() {
    for (file, complaint) in [
        ("web = 3\n", "`web`: invalid type: integer `3`"),
        ("[web]\ncomand = \"x\"\n", "`web`: unknown field `comand`, expected one of `command`"),
        ("[web]\ncommand = \"x\"\nneeds = [\"db\"]\n", "`web` needs `db`, which is no service"),
        ("web = [\n", "Procfile.toml` is wrong: TOML parse error at line 1"),
    ] {
        let home = Home::new(PROCFILE);
        let ended = start(&home, file).finish();
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains(complaint), "{file}: {}", ended.stderr);
    }
    let home = Home::new(PROCFILE);
    let ended = home.run(&["-f", "--file", "/nowhere/Procfile.toml"]);
    assert!(ended.stderr.contains("cannot read `/nowhere/Procfile.toml`; name another file with --file"));
}
