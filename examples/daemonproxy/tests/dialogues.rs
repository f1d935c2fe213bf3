//! Dialogues as data: what is sent, and what must come back, in `dialogues.txt`.
//!
//! `$` are the arguments; `>` is a line that is sent, and after `=>` the lines that it causes on standard output; `<` are
//! further lines. `!` is a line on standard error. `k` is a signal that is sent. `C>` and `C<` are the same as `>` and `<` for a
//! client of the socket `c.sock`. `?` is the content of a file, `eof` closes standard input, `=` is the exit code. Lines are
//! separated by ` | `. `#` stands for digits, `x{n}` for x repeated (`-{n}` for columns), `{now+n}` for a time stamp, and
//! `same` for the line that was sent. `START`, `UP`, `EXIT` and `KILLED` are states of a service.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use support::{Client, Program, now};

#[test]
fn every_dialogue_goes_as_it_is_written() {
    let cases = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dialogues.txt")).unwrap();
    let only = std::env::var("DIALOGUE").ok();
    let mut failed = Vec::new();
    for case in cases.split("\n[").skip(1) {
        let (number, steps) = case.split_once("]\n").unwrap();
        if only.as_ref().is_some_and(|only| only != number) {
            continue;
        }
        if let Err(panic) = std::panic::catch_unwind(|| run(steps)) {
            failed.push(format!("dialogue {number}: {}", support::message(&panic)));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn run(steps: &str) {
    let mut lines = steps.lines().filter(|line| !line.is_empty());
    let arguments = lines.next().unwrap().strip_prefix("$ ").unwrap();
    let arguments: Vec<String> = match arguments.split_once(" --exit-exec ") {
        Some((before, rest)) => {
            before.split(' ').chain(["--exit-exec"]).map(str::to_owned).chain([plain(rest)]).collect()
        }
        None => arguments.split(' ').map(str::to_owned).collect(),
    };
    let mut program = Program::prepare();
    program.write("conf", "terminate\t9");
    program.start(&arguments);
    let mut client = None;
    for step in lines {
        step_on(&mut program, &mut client, step);
    }
}

fn step_on(program: &mut Program, client: &mut Option<Client>, step: &str) {
    let (kind, rest) = step.split_once(' ').unwrap_or((step, ""));
    let (sent, caused) = rest.split_once(" => ").unwrap_or((rest.strip_suffix(" =>").unwrap_or(rest), ""));
    let sent = plain(sent);
    match kind {
        ">" => {
            program.send(&sent);
            expected(caused, &sent).for_each(|line| drop(program.expect(&line)));
        }
        "<" => expected(rest, "").for_each(|line| drop(program.expect(&line))),
        "!" => expected(rest, "").for_each(|line| drop(program.expect_error(&line))),
        "k" => {
            program.signal(&sent);
            expected(caused, "").for_each(|line| drop(program.expect(&line)));
        }
        "C>" => {
            let client = client.get_or_insert_with(|| program.connect("c.sock"));
            client.send(&sent);
            expected(caused, &sent).for_each(|line| drop(client.expect(&line)));
        }
        "?" => {
            let (file, content) = rest.split_once(": ").unwrap();
            let content: String = expected(content, "").map(|line| line + "\n").collect();
            program.expect_file(file, &content);
        }
        "eof" => program.end_input(),
        "=" => assert_eq!(program.wait(), rest.parse::<i32>().unwrap(), "exit code"),
        other => panic!("what is {other}?"),
    }
}

/// Returns the lines that are expected.
fn expected<'s>(lines: &'s str, sent: &'s str) -> impl Iterator<Item = String> {
    lines.split(" | ").filter(|line| !line.is_empty()).map(|line| state(line, &plain(line), sent))
}

/// Writes out what stands for a state of a service.
fn state(raw: &str, line: &str, sent: &str) -> String {
    let words: Vec<&str> = raw.split(' ').collect();
    match words[..] {
        ["same"] => sent.to_owned(),
        ["START", name] => format!("service.state\t{name}\tstart\t#\t-\t-\t-\t-\t-"),
        ["UP", name] => format!("service.state\t{name}\tup\t#\t#\t-\t-\t0\t-"),
        ["EXIT", name, code] => format!("service.state\t{name}\tdown\t#\t#\texit\t{code}\t#\t0"),
        ["KILLED", name, signal] => format!("service.state\t{name}\tdown\t#\t#\tsignal\t{signal}\t#\t0"),
        _ => line.to_owned(),
    }
}

/// Writes out tabs, repetitions and times.
fn plain(text: &str) -> String {
    let mut text = text.replace("<TAB>", "\t");
    while let Some(at) = text.find("{now") {
        let end = at + text[at..].find('}').unwrap();
        let offset: i64 = text[at + 4..end].parse().unwrap();
        text.replace_range(at..=end, &(i64::try_from(now()).unwrap() + offset).to_string());
    }
    while let Some((at, end, count)) = repetition(&text) {
        let what = &text[at - 1..at];
        let repeated = if what == "-" { vec!["-"; count].join("\t") } else { what.repeat(count) };
        text.replace_range(at - 1..=end, &repeated);
    }
    text
}

fn repetition(text: &str) -> Option<(usize, usize, usize)> {
    let at =
        text.match_indices('{').find(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?.0;
    let end = at + text[at..].find('}')?;
    Some((at, end, text[at + 1..end].parse().ok()?))
}
