//! The completions and the manual page of the job queue, read by the programs that they are for.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Home, program, run, skip};

const JOBS: &str = env!("CARGO_BIN_EXE_jobq");

#[test]
fn completions_are_read_by_the_shells() {
    let home = Home::new(JOBS);
    let place = tempfile::tempdir().unwrap();
    for (shell, ask) in [
        (
            "bash",
            "source \"$0\"; COMP_WORDS=(jobq subm); COMP_CWORD=1; _jobq jobq subm jobq; \
             echo \"${COMPREPLY[@]}\"",
        ),
        // Its completions cannot be asked without a terminal.
        ("zsh", "autoload -Uz compinit && compinit -D -u && source \"$0\" && functions _jobq | grep submit"),
        ("fish", "source $argv[1]; complete -C 'jobq subm'"),
    ] {
        let page = home.run(&["completions", shell]);
        assert_eq!(page.code, Some(0), "{page:#?}");
        let Some(program) = program(shell) else {
            skip(&format!("there is no {shell}"));
            continue;
        };
        let file = place.path().join(shell);
        std::fs::write(&file, page.stdout + "\n").unwrap();
        let mut command = std::process::Command::new(program);
        command.arg("-c").arg(ask).arg(&file).env("HOME", place.path()).current_dir(place.path());
        let finished = run(command);
        assert_eq!(finished.code, Some(0), "{shell}: {finished:#?}");
        assert!(finished.stdout.contains("submit"), "{shell}: {finished:#?}");
    }
}

#[test]
fn the_manual_page_is_read_by_man() {
    let page = Home::new(JOBS).run(&["man"]);
    assert_eq!(page.code, Some(0), "{page:#?}");
    let Some(man) = program("man") else { return skip("there is no man") };
    let file = tempfile::NamedTempFile::with_suffix(".1").unwrap();
    std::fs::write(file.path(), page.stdout + "\n").unwrap();
    let mut command = std::process::Command::new(man);
    command.arg("-l").arg(file.path()).env("MANPAGER", "cat").env("TERM", "dumb");
    let finished = run(command);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert!(finished.stdout.contains("I run your commands, one after the other."), "{finished:#?}");
}
