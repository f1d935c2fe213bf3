//! The console: in a terminal, and reading from a pipe.

// A panic here fails the test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod screen;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use harness::{Daemon, Finished, Home};
use nix::sys::signal::Signal;
use screen::Terminal;
use serde_json::json;

const DESK: &str = env!("CARGO_BIN_EXE_desk");
const TALK: &str = env!("CARGO_BIN_EXE_talk");
const PROMPT: &str = "desk> ";
const CTRL_C: &str = "\x03";
const UP: &str = "\x1b[A";

/// A daemon, and a console on it that shows its prompt.
fn open() -> (Daemon, Terminal) {
    let daemon = Daemon::start(DESK, &[]);
    let mut terminal = Terminal::run(daemon.home(), &["console"]);
    terminal.wait_for(PROMPT);
    (daemon, terminal)
}

/// Leaves the console, and stops the daemon.
fn close(daemon: Daemon, mut terminal: Terminal) {
    // A line counts whenever it is typed. Ctrl-D does only at a prompt: between two, the terminal takes it for itself.
    terminal.enter("/exit");
    assert_eq!(terminal.end(), Some(0));
    let _ = fs::remove_dir_all(daemon.home().path().join("state"));
    daemon.terminate();
}

/// Writes lines to a console's standard input.
fn batch(home: &Home, args: &[&str], lines: &str) -> Finished {
    let mut command = home.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A console that has ended reads nothing.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Finished {
        code: output.status.code(),
        signal: None,
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn lines_of_a_pipe_are_commands() {
    let daemon = Daemon::start(DESK, &[]);
    for (line, code, stdout, stderr) in [
        ("/my.echo hello", 0, "hello\n", ""),
        ("/my.echo --message hello", 0, "hello\n", ""),
        ("/echo 'two words' --times 2", 0, "two words two words\n", ""),
        ("/echo \"a \\\"b\\\"\"", 0, "a \"b\"\n", ""),
        ("/echo @@file", 0, "@file\n", ""),
        ("/echo -- -1", 0, "-1\n", ""),
        ("/list --output compact", 0, "[]\n", ""),
        ("\n  # nothing\n/echo x", 0, "x\n", ""),
        ("/help exit", 0, "Leave; so does Ctrl-D\n", ""),
        ("/exit\n/echo x", 0, "", ""),
        ("/echo", 2, "", "desk: line 1: `message` is missing: write it by position, or as `--message`"),
        ("/refuse\n/echo x", 1, "", "desk: line 1: cannot call `desk.refuse` on `SOCKET`: not today (7)\n"),
        ("/echo x\n/say Medium x", 2, "x\n", "desk: line 2: invalid value 'Medium' for '[VOLUME]'"),
        ("/echo \"x", 2, "", "desk: line 1: a quote is not closed, or the line ends with `\\`\n"),
        ("/ekho x", 2, "", "desk: line 1: there is no command `/ekho`; did you mean `/my.echo`?\n"),
        ("/helo", 2, "", "desk: line 1: there is no command `/helo`; did you mean `/help`?\n"),
        ("/zzz", 2, "", "desk: line 1: there is no command `/zzz`; `/help` lists the commands\n"),
        ("hello", 2, "", "desk: line 1: a command begins with `/`; `/help` lists them\n"),
        ("/", 2, "", "desk: line 1: a command has a name; `/help` lists them\n"),
        ("/echo @/nowhere", 2, "", "desk: line 1: cannot read `/nowhere`"),
        ("/list --output tables", 2, "", "desk: line 1: invalid value 'tables' for '--output <FORM>'"),
    ] {
        let ended = batch(daemon.home(), &["console"], line);
        let socket = format!("unix:{}", daemon.home().socket().display());
        let said = ended.stderr.replace(&socket, "SOCKET");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), stdout), "{line}: {said}");
        assert!(said.starts_with(stderr) && said.is_empty() == stderr.is_empty(), "{line}: {said}");
    }
    let table = batch(daemon.home(), &["console", "--output", "table"], "/keep a\n/list\n");
    assert_eq!(table.stdout, "1\nNUMBER  TEXT\n1       a\n");
    daemon.terminate();
}

#[test]
fn a_console_needs_a_daemon_and_something_to_read() {
    let home = Home::new(DESK);
    let absent = batch(&home, &["console"], "/echo x\n");
    assert_eq!(absent.code, Some(7), "{}", absent.stderr);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    let refused = home.run(&["console"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("standard input is no terminal"), "{}", refused.stderr);
    assert_eq!(home.run(&["console", "--batch"]).code, Some(0));
    daemon.terminate();
}

#[test]
fn a_user_types_commands_with_completion_and_history() {
    let (daemon, mut terminal) = open();
    terminal.enter("/echo hello");
    terminal.wait_for("\nhello\r\n");
    terminal.wait_for(PROMPT);
    // The name of a command, an option, and a value.
    terminal.press("/my\t");
    terminal.wait_for("/my.echo");
    terminal.press(" --ti\t");
    terminal.wait_for("--times");
    terminal.enter(" 2 ho");
    terminal.wait_for("\nho ho\r\n");
    terminal.wait_for(PROMPT);
    terminal.press("/desk.say L\t");
    terminal.wait_for("Loud");
    terminal.press(CTRL_C);
    terminal.wait_for(PROMPT);
    // The latest line that was entered.
    terminal.press(UP);
    terminal.wait_for("/my.echo --times 2 ho");
    terminal.press(CTRL_C);
    terminal.wait_for(PROMPT);
    terminal.enter(" /echo secret");
    terminal.wait_for("\nsecret\r\n");
    terminal.wait_for(PROMPT);
    terminal.enter("/ekho");
    terminal.wait_for("did you mean `/my.echo`?");
    terminal.wait_for(PROMPT);
    let history = daemon.home().path().join("state/desk/history");
    let kept = fs::read_to_string(&history).unwrap();
    assert!(kept.contains("/echo hello") && !kept.contains("secret"), "{kept}");
    assert_eq!(fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
    close(daemon, terminal);
}

#[test]
fn events_appear_above_what_is_being_typed() {
    let (daemon, mut terminal) = open();
    // The console sees events when its second connection is there.
    terminal.enter("/say Quiet ready");
    terminal.wait_for("topic=said");
    terminal.press("/echo unfin");
    terminal.wait_for("unfin");
    daemon.client().ask("desk.say", json!(["Loud", "fire\u{1b}[2J"]));
    terminal.wait_for("* desk: message from=desk payload=FIRE\\u{1b}[2J topic=said");
    terminal.wait_for("/echo unfin");
    terminal.enter("ished");
    terminal.wait_for("\nunfinished\r\n");
    terminal.wait_for(PROMPT);
    // A stream is followed while one types, until it is not.
    terminal.enter("/events on follow");
    terminal.wait_for(PROMPT);
    harness::until("the stream is followed", || {
        daemon.client().ask("desk.keep", json!([["item"]]));
        terminal.raw().contains("* desk.follow: item")
    });
    terminal.enter("/events off");
    terminal.wait_for(PROMPT);
    terminal.enter("/events");
    terminal.wait_for("daemon.events");
    close(daemon, terminal);
}

#[test]
fn ctrl_c_ends_a_stream_or_a_call_but_not_the_console() {
    let (daemon, mut terminal) = open();
    terminal.enter("/follow");
    harness::until("an item is printed", || {
        daemon.client().ask("desk.keep", json!([["printed"]]));
        terminal.raw().contains("\nprinted\r\n")
    });
    terminal.press(CTRL_C);
    terminal.wait_for(PROMPT);
    terminal.enter("/ponder");
    terminal.wait_for("/ponder");
    terminal.press_until(CTRL_C, PROMPT);
    terminal.enter("/echo 'still here'");
    terminal.wait_for("\nstill here\r\n");
    terminal.wait_for(PROMPT);
    terminal.press("/echo nonsense");
    terminal.wait_for("nonsense");
    terminal.press(CTRL_C);
    terminal.wait_for(PROMPT);
    terminal.enter("/echo cleared");
    terminal.wait_for("\ncleared\r\n");
    terminal.wait_for(PROMPT);
    close(daemon, terminal);
}

#[test]
fn a_console_outlives_its_daemon_and_finds_it_again() {
    let (daemon, mut terminal) = open();
    let home = daemon.home().clone();
    // The second connection is there.
    terminal.enter("/say Quiet ready");
    terminal.wait_for("topic=said");
    daemon.signal(Signal::SIGTERM);
    terminal.wait_for("* desk has gone away; waiting for it …");
    terminal.enter("/echo again");
    terminal.wait_for("waiting for desk …");
    // Ctrl-C ends the wait.
    terminal.press_until(CTRL_C, PROMPT);
    terminal.enter("/echo again");
    terminal.wait_for("waiting for desk …");
    drop(daemon);
    let daemon = Daemon::start_at(&home, &[""; 0]);
    // The two come over connections of their own, in any order.
    harness::until("the daemon is back", || {
        daemon.client().ask("my.echo", json!(["x"]));
        terminal.raw().contains("\nagain\r\n") && terminal.raw().contains("* desk is back")
    });
    close(daemon, terminal);
}

#[test]
fn a_console_follows_its_terminal() {
    let (daemon, mut terminal) = open();
    terminal.press("/echo wide");
    terminal.wait_for("wide");
    terminal.resize("40");
    terminal.enter("r");
    terminal.wait_for("\nwider\r\n");
    terminal.wait_for(PROMPT);
    terminal.hang_up();
    assert_ne!(terminal.end(), Some(0));
    let _ = fs::remove_dir_all(daemon.home().path().join("state"));
    daemon.terminate();
}

#[test]
fn an_application_has_a_console_of_its_own() {
    let daemon = Daemon::start(DESK, &[]);
    let address = format!("unix:{}", daemon.home().socket().display());
    let talk = Home::new(TALK);
    let mut terminal = Terminal::run(&talk, &[&address]);
    terminal.wait_for("talk:> ");
    terminal.enter("/talk");
    terminal.wait_for("talk: write whom to talk to: /talk NICK");
    terminal.wait_for("talk:> ");
    terminal.enter("/talk ann");
    terminal.wait_for("(ann is listening)");
    terminal.wait_for("ann:> ");
    // The stream is followed from the start, but from when on it is there nobody knows.
    harness::until("a line comes back", || {
        daemon.client().ask("desk.keep", json!([["from elsewhere"]]));
        terminal.raw().contains("<me> from elsewhere")
    });
    terminal.enter("hello there");
    terminal.wait_for("<me> hello there");
    terminal.enter("/bye");
    terminal.wait_for("see you");
    assert_eq!(terminal.end(), Some(0));
    drop(terminal);
    let help = batch(&talk, &[&address], "/help\n").stdout;
    assert!(help.starts_with("/talk") && help.contains("Talk to somebody: /talk NICK"), "{help}");
    daemon.terminate();
}

#[test]
fn a_console_on_several_daemons_puts_their_names_in_front() {
    let (one, other) = (Daemon::start(DESK, &[]), Daemon::start(DESK, &[]));
    let address = |daemon: &Daemon| format!("unix:{}", daemon.home().socket().display());
    let (left, right) = (address(&one), address(&other));
    let talk = Home::new(TALK);
    let said = |lines: &str| batch(&talk, &[&left, &right], lines);
    let kept = said("/left.desk.keep a b\n/right.desk.keep c\n/left.desk.list --output compact\n");
    assert_eq!(kept.stdout, "2\n1\n[{\"number\":1,\"text\":\"a\"},{\"number\":2,\"text\":\"b\"}]\n");
    let ambiguous = said("/list\n");
    assert_eq!(ambiguous.code, Some(2));
    assert!(
        ambiguous.stderr.contains("`/list` may be `/left.desk.list` or `/right.desk.list`"),
        "{}",
        ambiguous.stderr
    );
    let status = said("/status\n").stdout;
    assert_eq!(status.matches("is running").count(), 2, "{status}");
    one.terminate();
    other.terminate();
}

#[test]
fn the_guide_shows_the_console_as_it_is() {
    let (daemon, mut terminal) = open();
    for (line, last) in [
        ("/echo hello --times 2", "\nhello hello\r\n"),
        ("/keep 'buy milk' 'water the plants'", "\n2\r\n"),
        ("/list --output table", "water the plants\r\n"),
        ("/lst", "did you mean `/desk.list`?\r\n"),
    ] {
        terminal.enter(line);
        terminal.wait_for(last);
        terminal.wait_for(PROMPT);
    }
    terminal.press("/say Loud f");
    terminal.wait_for("Loud f");
    daemon.client().ask("desk.say", json!(["Quiet", "the door is open"]));
    terminal.wait_for("topic=said");
    terminal.wait_for("Loud f");
    let screen = terminal.screen();
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/25-console.md")).unwrap();
    assert!(page.contains(&format!("```text\n{screen}\n```")), "the screen is\n{screen}");
    terminal.press(CTRL_C);
    terminal.wait_for(PROMPT);
    close(daemon, terminal);
}
