//! The command line: built-in flags, user flags, and the sub-commands that talk to the running daemon.

// A panic here fails the test.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::io::{Seek, Write};

use harness::{Client, Daemon, Endpoint, Finished, Home, program, run, skip, until};
use nix::sys::signal::Signal;
use serde_json::{Value, json};

const KITCHEN: &str = env!("CARGO_BIN_EXE_kitchen");
const ECHO: &str = env!("CARGO_BIN_EXE_echo");
const COUNTED: &str = env!("CARGO_BIN_EXE_counted");

#[test]
fn without_arguments_the_usage_page_is_printed() {
    let home = Home::new(KITCHEN);
    let finished = home.run(&[""; 0]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""));
    for word in ["Usage", "--daemon", "--foreground", "--socket", "status", "stop"] {
        assert!(finished.stderr.contains(word), "{word}: {}", finished.stderr);
    }
    home.assert_empty();
}

#[test]
fn help_goes_to_standard_output() {
    let home = Home::new(KITCHEN);
    for flag in ["-h", "--help"] {
        let finished = home.run(&[flag]);
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{finished:#?}");
        for word in [
            "Serves whatever is ordered.",
            "-d, --daemon",
            "-f, --foreground",
            "-v, --verbose",
            "-q",
            "-s, --hardstart",
            "-V, --version",
            "--socket",
            "--pidfile",
            "--limit",
            "-p, --prefix",
            "How hot the stove is",
            "DEGREES",
            "KITCHEN_HEAT",
            "--guest",
            "--hold-setup",
            "status",
            "stop",
            "restart",
            "reload",
            "call",
            "methods",
        ] {
            assert!(finished.stdout.contains(word), "{word}: {}", finished.stdout);
        }
    }
}

#[test]
fn help_starts_nothing_whatever_stands_beside_it() {
    let home = Home::new(KITCHEN);
    for args in [&["-f", "-h"][..], &["-h", "-d"], &["-fh"], &["-d", "--help"], &["-d", "-V"]] {
        let finished = home.run(args);
        assert_eq!(finished.code, Some(0), "{args:?}: {finished:#?}");
        assert!(!finished.stdout.is_empty());
        home.assert_empty();
    }
}

#[test]
fn version_is_that_of_the_program() {
    for flag in ["-V", "--version"] {
        let finished = Home::new(KITCHEN).run(&[flag]);
        assert_eq!(finished.code, Some(0));
        assert_eq!(finished.stdout.trim(), concat!("kitchen ", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn an_invalid_command_line_is_a_usage_error() {
    let home = Home::new(KITCHEN);
    for args in [
        &["--nope"][..],
        &["-x"],
        &["-f", "--nope"],
        &["-d", "-f"],
        &["-fd"],
        &["-v"],
        &["-s"],
        &["--socket", "unix:/x"],
        &["nope"],
        &["-f", "nope"],
        &["-f", "--socket"],
        &["-f", "--socket", "/run/x"],
        &["-f", "--socket", "http://x"],
        &["-f", "--heat", "hot"],
        &["-f", "--heat", "256"],
        &["-f", "--open", "soon"],
        &["-f", "--prefix"],
        &["call"],
        &["status", "now"],
        &["methods", "a", "b"],
        &["-f", "-p", "a", "-p", "b"],
    ] {
        let finished = home.run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{args:?}: {finished:#?}");
        assert!(
            !finished.stderr.is_empty() && !finished.stderr.contains("panicked"),
            "{args:?}: {finished:#?}"
        );
        home.assert_empty();
    }
}

#[test]
fn a_usage_error_says_what_is_wrong_with_which_flag() {
    let home = Home::new(KITCHEN);
    for (args, words) in [
        (&["-f", "--heat", "hot"][..], &["--heat", "hot"][..]),
        (&["-f", "--open", "soon"], &["--open", "30s"]),
        (&["-f", "--limit", "conections=4"], &["conections", "connections"]),
        (&["-f", "--socket", "http://x"], &["http://x", "unix:", "tcp://"]),
        (&["-f", "--prefx", "x"], &["--prefx", "--prefix"]),
    ] {
        let finished = home.run(args);
        for word in words {
            assert!(finished.stderr.contains(word), "{args:?}, {word}: {finished:#?}");
        }
    }
}

#[test]
fn flags_of_the_user_set_their_fields() {
    let args = [
        "-p",
        "oh ",
        "--heat=7",
        "--guest",
        "Ann",
        "--guest=Bob",
        "--recipes",
        "/tmp/recipes",
        "--open",
        "2h 30m",
        "--saltless",
    ];
    let expected = json!({
        "prefix": "oh ", "heat": 7, "guests": ["Ann", "Bob"], "recipes": "/tmp/recipes", "open_seconds": 9000,
        "saltless": true,
    });
    assert_eq!(settings(&args, &[]), expected);
}

#[test]
fn fields_that_no_flag_sets_have_their_defaults() {
    let expected = json!({
        "prefix": "", "heat": 3, "guests": [], "recipes": null, "open_seconds": 28800, "saltless": false,
    });
    assert_eq!(settings(&[], &[]), expected);
}

#[test]
fn the_environment_sets_a_field_unless_a_flag_does() {
    assert_eq!(settings(&[], &[("KITCHEN_HEAT", "9")])["heat"], 9);
    assert_eq!(settings(&["--heat", "5"], &[("KITCHEN_HEAT", "9")])["heat"], 5);
    let home = Home::new(KITCHEN);
    let mut command = home.command(&["-f"]);
    command.env("KITCHEN_HEAT", "hot");
    assert_eq!(run(command).code, Some(2));
}

#[test]
fn a_path_is_meant_from_where_the_daemon_was_started() {
    let home = Home::new(KITCHEN);
    let mut command = home.command(&["-d", "--recipes", "here/recipes"]);
    command.current_dir("/usr");
    let launcher = run(command);
    assert_eq!(launcher.code, Some(0), "{launcher:#?}");
    let daemon = harness::Detached::find(&home);
    assert_eq!(daemon.client().ask("kitchen.settings", json!([]))["recipes"], "/usr/here/recipes");
    daemon.finish();
}

#[test]
fn every_request_is_a_line_of_the_log_at_debug() {
    for flags in [&["-fv"][..], &["-f", "-v"], &["-v", "-f"], &["-f", "--verbose"]] {
        let home = Home::new(KITCHEN);
        let daemon = Daemon::start_by(&home, home.command(flags));
        let mut client = daemon.client();
        client.ask("sum", json!([1, 2, 3]));
        client.fault("kitchen.grumble", json!(["I am tired"]));
        let good = daemon.log().wait_for("method=\"sum\"");
        let caller = format!("pid {} uid {}", std::process::id(), nix::unistd::geteuid());
        assert!(good.contains("DEBUG") && good.contains(&caller) && good.contains("took="), "{good}");
        let bad = daemon.log().wait_for("kitchen.grumble");
        assert!(bad.contains("I am tired") && bad.contains("-32500"), "{bad}");
        assert!(!daemon.log().lines().iter().any(|line| line.contains('\u{1b}')), "colours in a file");
        drop(client);
        daemon.finish();
    }
}

#[test]
fn requests_are_not_logged_unless_asked_for() {
    let daemon = Daemon::start(KITCHEN, &[]);
    daemon.client().ask("sum", json!([1, 2, 3]));
    let ended = daemon.finish();
    assert!(!ended.log.contains("sum") && !ended.log.contains("DEBUG"), "{}", ended.log);
}

#[test]
fn a_quiet_daemon_says_only_what_is_wrong() {
    for (flag, silent) in [("-q", false), ("-qq", true)] {
        let home = Home::new(KITCHEN);
        let daemon = Daemon::spawn(&home, home.command(&["-f", flag, "--limit", "connections=1"]));
        let endpoint = Endpoint::Unix(home.socket());
        let mut inside = None;
        until("it serves", || {
            let Ok(mut client) = Client::try_connect(&endpoint) else { return false };
            let served = client.is_admitted();
            inside = served.then_some(client);
            served
        });
        // A connection above the limit is logged as a warning.
        Client::connect(&endpoint).rest();
        drop(inside);
        daemon.signal(Signal::SIGTERM);
        let log = daemon.ended().log;
        assert!(!log.contains("INFO") && log.contains("WARN") != silent, "{flag}: {log}");
    }
}

#[test]
fn a_panic_is_logged_with_its_place() {
    let daemon = Daemon::start(KITCHEN, &[]);
    daemon.client().fault("kitchen.panic", json!(["the plates are broken"]));
    let line = daemon.log().wait_for("the plates are broken");
    let log = daemon.finish().log;
    assert!(log.contains("kitchen.rs:") && line.contains("ERROR"), "{log}");
}

#[test]
fn call_prints_strings_as_they_are_and_all_else_as_json() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let home = daemon.home();
    for (args, printed) in [
        (&["call", "kitchen.echo", "hello, world"][..], "hello, world"),
        (&["call", "kitchen.echo", ""], ""),
        (&["call", "kitchen.echo", "a\"b\\c"], "a\"b\\c"),
        (&["call", "kitchen.echo", "grüße"], "grüße"),
        (&["call", "subtract", "42", "23"], "19"),
        (&["call", "subtract", "--", "-42", "23"], "-65"),
        (&["call", "get_data"], "[\"hello\",5]"),
        (&["call", "kitchen.nothing"], ""),
        (&["call", "kitchen.invert", "true"], "false"),
        (&["call", "kitchen.sort", "[\"b\",\"a\"]"], "[\"a\",\"b\"]"),
        (&["call", "kitchen.later", "1"], "ready"),
        (&["call", "--json", "{\"minuend\":5,\"subtrahend\":7}", "subtract"], "-2"),
        (&["call", "subtract", "--json", "[5, 7]"], "-2"),
        (&["call", "subtract", "--json", "[5,\n7\r\n]\n"], "-2"),
        (
            &["call", "kitchen.huge", "340282366920938463463374607431768211455"],
            "340282366920938463463374607431768211455",
        ),
        (&["kitchen.huge", "--number", " 1e38\n"], "100000000000000000000000000000000000000"),
        (&["call", "kitchen.sort", "[\"b\",\n\"a\"]"], "[\n  \"a\",\n  \"b\"\n]"),
    ] {
        let finished = home.run(args);
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""), "{args:?}");
        match serde_json::from_str::<Value>(printed) {
            // Arrays and objects may be formatted for people.
            Ok(expected @ (Value::Array(_) | Value::Object(_))) => {
                assert_eq!(serde_json::from_str::<Value>(&finished.stdout).unwrap(), expected, "{args:?}");
            }
            _ => assert_eq!(finished.stdout, printed, "{args:?}"),
        }
    }
    daemon.finish();
}

#[test]
fn call_takes_an_argument_for_what_the_parameter_is() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, printed) in [
        // These look like numbers and the like, but the parameter is a string.
        (&["call", "kitchen.echo", "5"][..], "5"),
        (&["call", "kitchen.echo", "true"], "true"),
        (&["call", "kitchen.echo", "null"], "null"),
        (&["call", "kitchen.echo", "[1]"], "[1]"),
        (&["kitchen.echo", "--message", "1e3"], "1e3"),
        (&["kitchen.greet", "--name", "7", "--times", "2"], "hello 7, hello 7"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), printed), "{args:?}: {finished:#?}");
    }
    daemon.finish();
}

#[test]
fn a_fault_goes_to_standard_error_and_is_a_failure() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, words) in [
        (&["call", "kitchen.fetch", "stew"][..], "no such dish: stew"),
        (&["call", "nope"], "the daemon has no such method (-32601)"),
        (&["call", "kitchen.ecko"], "did you mean `kitchen.echo`?"),
        (&["call", "subtract", "1"], "the parameter `subtrahend` is invalid: it is missing (-32602)"),
        (&["call", "kitchen.panic", "ouch"], "Internal error"),
        (&["kitchen.fetch", "--name", "closed"], "the kitchen is closed"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{args:?}: {finished:#?}");
        assert!(finished.stderr.contains(words), "{args:?}: {finished:#?}");
    }
    daemon.finish();
}

#[test]
fn params_that_are_not_json_are_a_usage_error() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for json in ["{", "5", "\"x\"", "null", ""] {
        let finished = daemon.home().run(&["call", "subtract", "--json", json]);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{json}: {finished:#?}");
    }
    daemon.finish();
}

#[test]
fn calling_a_daemon_that_is_not_running_fails_with_a_message() {
    let home = Home::new(KITCHEN);
    for args in [
        &["call", "sum", "1", "2", "3"][..],
        &["methods"],
        &["subtract", "--minuend", "1", "--subtrahend", "2"],
    ] {
        let finished = home.run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(7), ""), "{args:?}: {finished:#?}");
        assert!(finished.stderr.contains("kitchen.sock"), "{args:?}: {finished:#?}");
        assert!(finished.stderr.contains("not running; `kitchen -d` starts it"), "{args:?}: {finished:#?}");
    }
    home.assert_empty();
}

#[test]
fn a_flag_and_a_method_may_have_names_that_the_command_line_uses() {
    let daemon = Daemon::start(COUNTED, &["--mode", "7", "--my-verbose"]);
    let printed = daemon.home().run(&["call", "status"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), json!([7, true]));
    let status = daemon.home().run(&["status"]);
    assert!(status.code == Some(0) && status.stdout.contains("is running"), "{status:#?}");
    daemon.finish();
}

#[test]
fn every_method_is_a_sub_command() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, printed) in [
        (&["subtract", "--minuend", "42", "--subtrahend", "23"][..], "19"),
        (&["subtract", "--subtrahend=23", "--minuend=-42"], "-65"),
        (&["kitchen.greet", "--name", "Ann", "--greeting", "bye", "--tail", "!"], "bye Ann!"),
        (&["kitchen.nothing"], ""),
        (&["system.methodHelp", "--method", "kitchen.echo"], "Reply the message."),
        (&["kitchen.plus", "--a", "1", "--b", "2"], "3"),
        (&["küche.grüßen", "--wen", "Ann"], "Grüß Gott, Ann!"),
        (&["kitchen.total", "--entries", "{\"a\":1,\"b\":2}"], "3"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), printed), "{args:?}: {finished:#?}");
    }
    daemon.finish();
    let echo = Daemon::start(ECHO, &[]);
    assert_eq!(echo.home().run(&["my.echo", "--message", "hello"]).stdout, "hello");
    assert_eq!(echo.home().run(&["call", "my.echo", "hello"]).stdout, "hello");
    echo.finish();
}

#[test]
fn required_parameters_are_taken_by_position() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, printed) in [
        (&["subtract", "42", "23"][..], "19"),
        (&["subtract", "-42", "23"], "-65"),
        (&["subtract", "--", "-42", "-23"], "-19"),
        // An option takes its parameter out of the row.
        (&["subtract", "--minuend", "42", "23"], "19"),
        (&["subtract", "42", "--minuend=23"], "-19"),
        (&["kitchen.echo", "hello, world"], "hello, world"),
        (&["kitchen.echo", "--", "-x"], "-x"),
        (&["kitchen.echo", "--message=-x"], "-x"),
        (&["kitchen.greet", "Ann", "--times", "2"], "hello Ann, hello Ann"),
        (&["kitchen.surely", "7"], "7"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), printed), "{args:?}: {finished:#?}");
    }
    for (args, words) in [
        (&["subtract", "1"][..], "`subtrahend` is missing: write it by position, or as `--subtrahend`"),
        (&["subtract", "1", "2", "3"], "'3'"),
        (&["subtract", "1", "2", "--minuend", "3"], "'2'"),
        (&["kitchen.greet", "Ann", "bye"], "'bye'"),
        // An option is not the value of another.
        (&["kitchen.echo", "--message", "--socket", "unix:/x"], "--message"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{args:?}: {finished:#?}");
        assert!(finished.stderr.contains(words), "{args:?}: {finished:#?}");
    }
    daemon.finish();
}

#[test]
fn a_list_is_written_as_one_array_or_element_by_element() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for args in [
        &["kitchen.sort", "b", "5"][..],
        &["kitchen.sort", "--words", "b", "--words", "5"],
        &["kitchen.sort", "--words", "[\"b\",\"5\"]"],
        &["kitchen.sort", "[\"b\",\"5\"]"],
        &["call", "kitchen.sort", "[\"b\",\"5\"]"],
    ] {
        let finished = daemon.home().run(args);
        assert_eq!(finished.code, Some(0), "{args:?}: {finished:#?}");
        assert_eq!(serde_json::from_str::<Value>(&finished.stdout).unwrap(), json!(["5", "b"]), "{args:?}");
    }
    let one = daemon.home().run(&["kitchen.sort", "--words", "b"]);
    assert_eq!(serde_json::from_str::<Value>(&one.stdout).unwrap(), json!(["b"]));
    daemon.finish();
}

#[test]
fn a_parameter_that_is_true_or_false_is_a_switch() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, printed) in [
        (&["kitchen.invert", "--truth"][..], "false"),
        (&["kitchen.invert", "--truth=false"], "true"),
        (&["kitchen.invert", "--truth=yes"], "false"),
        (&["kitchen.invert", "off"], "true"),
        (&["call", "kitchen.invert", "on"], "false"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), printed), "{args:?}: {finished:#?}");
    }
    let finished = daemon.home().run(&["kitchen.invert", "--truth=perhaps"]);
    assert_eq!(finished.code, Some(2), "{finished:#?}");
    assert!(finished.stderr.contains("perhaps: write `true` or `false`"), "{finished:#?}");
    daemon.finish();
}

#[test]
fn a_parameter_may_be_called_like_an_option_of_something_else() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for name in ["--long-name", "--long_name"] {
        let args =
            ["kitchen.collide", "--limit", "5", "--json", "--my-socket", "1", "--my-socket=-2", name, "9"];
        let finished = daemon.home().run(&args);
        assert_eq!(finished.code, Some(0), "{finished:#?}");
        assert_eq!(serde_json::from_str::<Value>(&finished.stdout).unwrap(), json!([5, true, [1, -2], 9]));
    }
    daemon.finish();
}

#[test]
fn the_sub_command_of_a_method_has_its_help() {
    let home = Home::new(KITCHEN);
    let finished = home.run(&["kitchen.greet", "--help"]);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    for word in ["Greet somebody.", "--name", "Whom", "--greeting", "--times", "--tail"] {
        assert!(finished.stdout.contains(word), "{word}: {}", finished.stdout);
    }
}

#[test]
fn the_usage_of_a_method_has_its_required_parameters() {
    let home = Home::new(KITCHEN);
    for (method, usage) in [
        ("kitchen.greet", "kitchen kitchen.greet [OPTIONS] <NAME>\n"),
        ("kitchen.sort", "kitchen kitchen.sort [OPTIONS] <WORDS>...\n"),
        ("kitchen.nothing", "kitchen kitchen.nothing [OPTIONS]\n"),
    ] {
        let finished = home.run(&[method, "-h"]);
        assert!(finished.stdout.contains(&format!("Usage: {usage}")), "{finished:#?}");
    }
}

#[test]
fn the_help_of_a_method_shows_what_its_values_look_like() {
    let home = Home::new(KITCHEN);
    let order = home.run(&["kitchen.order", "--help"]);
    assert_eq!(order.code, Some(0), "{order:#?}");
    for words in [
        "name    string                 What it is called",
        "plates  int                    How many plates",
        "size    Small|Large",
        "note    string       optional",
    ] {
        assert!(order.stdout.contains(words), "{words}: {}", order.stdout);
    }
    let portion = home.run(&["kitchen.portion", "--help"]);
    assert!(portion.stdout.contains("[possible values: Small, Large]"), "{portion:#?}");
    assert_eq!(home.run(&["kitchen.portion", "Huge"]).code, Some(2));
    let sort = home.run(&["kitchen.sort", "-h"]);
    assert!(sort.stdout.contains("--words <STRING>") && sort.stdout.contains("[repeatable]"), "{sort:#?}");
}

#[test]
fn a_sub_command_that_does_not_exist_is_compared_with_those_that_do() {
    let home = Home::new(KITCHEN);
    for (name, suggestion) in
        [("ststus", "'status'"), ("kitchen.ecko", "'kitchen.echo'"), ("echo", "'kitchen.echo'")]
    {
        let finished = home.run(&[name]);
        assert_eq!(finished.code, Some(2), "{name}: {finished:#?}");
        assert!(finished.stderr.contains(suggestion), "{name}: {finished:#?}");
        assert_eq!(
            finished.stderr.matches("kitchen.").count(),
            usize::from(name != "ststus") + usize::from(name.contains('.'))
        );
    }
    assert!(!home.run(&["xyz"]).stderr.contains("tip:"));
}

#[test]
fn help_and_version_are_sub_commands_too() {
    let home = Home::new(KITCHEN);
    let version = home.run(&["version"]);
    assert_eq!((version.code, &*version.stdout), (Some(0), concat!("kitchen ", env!("CARGO_PKG_VERSION"))));
    assert!(home.run(&["help"]).stdout.contains("--foreground"));
    let help = home.run(&["help", "subtract"]);
    assert_eq!(help.code, Some(0), "{help:#?}");
    assert!(help.stdout.contains("Subtract one number from another.") && help.stdout.contains("--minuend"));
}

#[test]
fn the_lines_of_a_doc_comment_are_joined_to_paragraphs() {
    let finished = Home::new(KITCHEN).run(&["--help"]);
    let paragraph = "some of its methods panic, some never answer, and some";
    assert!(finished.stdout.contains(paragraph), "{finished:#?}");
}

#[test]
fn there_is_no_sub_command_for_workers_without_any() {
    let finished = Home::new(KITCHEN).run(&["workers"]);
    assert_eq!(finished.code, Some(2), "{finished:#?}");
}

#[test]
fn methods_are_listed_with_their_types_and_the_built_in_ones_last() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let finished = daemon.home().run(&["methods"]);
    let line = |name: &str| {
        let found = finished.stdout.lines().position(|line| line.starts_with(&format!("{name} ")));
        found.unwrap_or_else(|| panic!("{name}: {}", finished.stdout))
    };
    let text = |name: &str| finished.stdout.lines().nth(line(name)).unwrap().to_owned();
    assert!(line("rpc.discover") > line("kitchen.whoami"));
    assert!(text("kitchen.sort").contains("(array(string)) array(string)"), "{}", text("kitchen.sort"));
    assert!(
        text("kitchen.greet").contains("(string, string?, int?, string?) string"),
        "{}",
        text("kitchen.greet")
    );
    assert!(
        text("kitchen.oldadd").ends_with("[deprecated: use kitchen.add instead]"),
        "{}",
        text("kitchen.oldadd")
    );
    daemon.finish();
}

#[test]
fn the_sub_command_of_a_method_wants_what_the_method_wants() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, flag) in [
        (&["subtract", "--minuend", "1"][..], "--subtrahend"),
        (&["subtract", "--minuend", "1", "--subtrahend", "2", "--nope", "3"], "--nope"),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{args:?}: {finished:#?}");
        assert!(finished.stderr.contains(flag), "{args:?}: {finished:#?}");
    }
    daemon.finish();
}

#[test]
fn methods_lists_what_the_daemon_can_do() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let all = daemon.home().run(&["methods"]);
    assert_eq!((all.code, all.stderr.as_str()), (Some(0), ""));
    for word in [
        "subtract",
        "Subtract one number from another.",
        "kitchen.echo",
        "system.listMethods",
        "küche.grüßen",
    ] {
        assert!(all.stdout.contains(word), "{word}: {}", all.stdout);
    }
    assert!(!all.stdout.contains("kitchen.secret"), "{}", all.stdout);
    let one = daemon.home().run(&["methods", "kitchen.add"]);
    assert_eq!(one.code, Some(0), "{one:#?}");
    for word in [
        "int kitchen.add(int, int)\n  a  int\n  b  int\n",
        "Add two numbers.",
        "Both are signed, and so is their sum.",
    ] {
        assert!(one.stdout.contains(word), "{word}: {}", one.stdout);
    }
    let none = daemon.home().run(&["methods", "nope"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), ""), "{none:#?}");
    daemon.finish();
}

#[test]
fn sub_commands_find_the_daemon_by_its_socket_and_pid_file() {
    let elsewhere = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", elsewhere.path().join("s").display());
    let pid_file = elsewhere.path().join("p").display().to_string();
    let home = Home::new(KITCHEN);
    let at = ["--socket", &socket, "--pidfile", &pid_file];
    let daemon = Daemon::start_at(&home, &at);
    home.assert_empty();
    for before in [true, false] {
        let with = |command: &[&str]| -> Finished {
            let args =
                if before { [&at, command].concat() } else { [&command[..1], &at, &command[1..]].concat() };
            home.run(&args)
        };
        assert_eq!(with(&["call", "sum", "1", "2", "3"]).stdout, "6");
        assert_eq!(with(&["subtract", "--minuend", "3", "--subtrahend", "1"]).stdout, "2");
        assert_eq!(with(&["status"]).code, Some(0));
        assert_eq!(with(&["reload"]).code, Some(0));
        assert!(with(&["methods"]).stdout.contains("subtract"));
    }
    assert_eq!(home.run(&["status"]).code, Some(3), "another place is another daemon");
    assert_eq!(home.run(&[&["stop"], &at[..]].concat()).code, Some(0));
    daemon.ends_well();
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_daemon_is_found_by_its_socket_alone() {
    let elsewhere = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", elsewhere.path().join("s").display());
    let pid_file = elsewhere.path().join("p").display().to_string();
    let home = Home::new(KITCHEN);
    let daemon = Daemon::start_at(&home, &["--socket", &socket, "--pidfile", &pid_file]);
    let status = home.run(&["status", "--socket", &socket]);
    assert_eq!(status.code, Some(0), "{status:#?}");
    assert!(status.stdout.contains("kitchen 0.1.0 is running: pid "), "{status:#?}");
    let other = home.run(&["status", "--socket", "unix:/nonexistent/s"]);
    assert_eq!(other.code, Some(3), "{other:#?}");
    assert_eq!(home.run(&["stop", "--socket", &socket]).code, Some(0));
    daemon.ends_well();
}

#[test]
fn the_environment_names_the_daemon() {
    let elsewhere = tempfile::tempdir().unwrap();
    let home = Home::new(KITCHEN);
    let named = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("KITCHEN_SOCKET", format!("unix:{}", elsewhere.path().join("s").display()));
        command.env("KITCHEN_PIDFILE", elsewhere.path().join("p"));
        command
    };
    assert_eq!(run(named(&["-d"])).code, Some(0));
    home.assert_empty();
    assert_eq!(run(named(&["subtract", "3", "1"])).stdout, "2");
    assert_eq!(run(named(&["status"])).code, Some(0));
    let other = run(named(&["subtract", "3", "1", "--socket", "unix:/nonexistent/s"]));
    assert_eq!(other.code, Some(7), "an option comes before the environment: {other:#?}");
    assert_eq!(run(named(&["stop"])).code, Some(0));
    let mut tilde = home.command(&["call", "sum", "1", "2", "3", "--socket", "unix:~/nowhere.sock"]);
    tilde.env("HOME", elsewhere.path());
    let tilde = run(tilde);
    assert!(tilde.stderr.contains(&format!("{}/nowhere.sock", elsewhere.path().display())), "{tilde:#?}");
}

#[test]
fn a_value_comes_from_a_file_or_from_standard_input() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let home = daemon.home();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = elsewhere.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("@{}", path.display())
    };
    let (text, list, params) = (
        file("text", "soup\n"),
        file("list", "[\"b\",\n\"a\"]"),
        file("params", "{\"minuend\":5,\n\"subtrahend\":7}"),
    );
    for (args, printed) in [
        (&["kitchen.echo", &text][..], "soup\n"),
        (&["call", "kitchen.echo", &text], "soup\n"),
        (&["kitchen.sort", "--words", &list, "--output", "raw"], "[\"a\",\"b\"]"),
        (&["call", "subtract", "--json", &params], "-2"),
        (&["kitchen.echo", "@@me"], "@me"),
    ] {
        let finished = home.run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), printed), "{args:?}: {finished:#?}");
    }
    for args in
        [&["kitchen.echo", "-"][..], &["call", "kitchen.echo", "-"], &["call", "kitchen.echo", "--json", "-"]]
    {
        let finished = run(piped(home, args, "[\"a secret\"]"));
        let expected = if args.contains(&"--json") { "a secret" } else { "[\"a secret\"]" };
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), expected), "{args:?}: {finished:#?}");
    }
    for args in [&["kitchen.echo", "@/nonexistent/file"][..], &["subtract", "-", "-"]] {
        let finished = home.run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(2), ""), "{args:?}: {finished:#?}");
    }
    daemon.finish();
}

#[test]
fn a_result_is_printed_in_the_form_that_was_asked_for() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let dish = "{\"name\":\"soup\",\"plates\":1,\"size\":\"Small\",\"note\":null}";
    for (args, printed) in [
        (&["kitchen.echo", "a", "--output", "json"][..], "\"a\""),
        (&["kitchen.echo", "a", "--output", "compact"], "\"a\""),
        (&["kitchen.echo", "a", "--output", "raw"], "a"),
        (&["kitchen.nothing", "--output", "json"], "null"),
        (&["call", "kitchen.order", dish, "--output", "compact"], &dish.replace('1', "2")),
        (
            &["call", "kitchen.order", dish, "--output", "table"],
            "name    soup\nplates  2\nsize    Small\nnote    null",
        ),
        // Members are in the order of their declaration.
        (
            &["kitchen.order", dish],
            "{\n  \"name\": \"soup\",\n  \"plates\": 2,\n  \"size\": \"Small\",\n  \"note\": null\n}",
        ),
        (&["kitchen.double", "-1e-3"], "-0.002"),
        (&["call", "kitchen.double", "-1e-3"], "-0.002"),
        (&["kitchen.double", "--number", "-1.5e-3"], "-0.003"),
        (
            &["kitchen.huge", "340282366920938463463374607431768211455"],
            "340282366920938463463374607431768211455",
        ),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), printed), "{args:?}: {finished:#?}");
    }
    let finished = daemon.home().run(&["kitchen.echo", "a", "--output", "xml"]);
    assert_eq!(finished.code, Some(2), "{finished:#?}");
    daemon.finish();
}

#[test]
fn a_terminal_gets_no_escape_sequence_from_a_result() {
    let Some(script) = program("script") else { return skip("script (util-linux) is not here") };
    let daemon = Daemon::start(KITCHEN, &[]);
    let home = daemon.home();
    let mut command = std::process::Command::new(script);
    let shown = format!("{} kitchen.echo \"$TEXT\"", home.program().display());
    command.args(["-qec", &shown, "/dev/null"]).env("TEXT", "\x1b[31mred").env("SHELL", "/bin/sh");
    command.env("RUNTIME_DIRECTORY", home.path()).stdin(std::process::Stdio::null());
    let finished = run(command);
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert!(finished.stdout.contains("\\u{1b}[31mred"), "{finished:#?}");
    daemon.finish();
}

#[test]
fn the_exit_status_says_what_kind_of_failure_it_was() {
    let daemon = Daemon::start(KITCHEN, &[]);
    for (args, code) in [
        (&["kitchen.fetch", "stew"][..], 1),
        (&["kitchen.fetch"], 2),
        (&["kitchen.for_group"], 4),
        (&["kitchen.echo", "a", "--socket", "unix:/nonexistent/s"], 7),
        (&["kitchen.park", "--timeout", "50ms"], 124),
    ] {
        let finished = daemon.home().run(args);
        assert_eq!(finished.code, Some(code), "{args:?}: {finished:#?}");
        assert!(!finished.stderr.contains('{'), "{args:?}: {finished:#?}");
    }
    daemon.client().ask("kitchen.forget", json!([]));
    daemon.finish();
}

#[test]
fn call_speaks_over_inet_sockets_as_well() {
    let daemon = Daemon::start(KITCHEN, &["--socket", "tcp://127.0.0.1:0"]);
    let Endpoint::Tcp(address) = &daemon.endpoints()[0] else { panic!("{:?}", daemon.endpoints()) };
    let finished =
        daemon.home().run(&["call", "--socket", &format!("tcp://{address}"), "sum", "1", "2", "3"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "6"), "{finished:#?}");
    daemon.finish();
}

#[test]
fn output_to_a_closed_pipe_does_not_panic() {
    let daemon = Daemon::start(KITCHEN, &[]);
    let mut command = daemon.home().command(&["call", "kitchen.big", "900000"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!words.contains("panicked"), "{words}");
    daemon.finish();
}

/// Returns a command whose standard input is this text.
fn piped(home: &Home, args: &[&str], text: &str) -> std::process::Command {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    input.rewind().unwrap();
    let mut command = home.command(args);
    command.stdin(input);
    command
}

/// Returns the fields of the daemon after a start with these arguments and variables.
fn settings(args: &[&str], variables: &[(&str, &str)]) -> Value {
    let home = Home::new(KITCHEN);
    let mut command = home.command(&["-f"]);
    command.args(args).envs(variables.iter().copied());
    let daemon = Daemon::start_by(&home, command);
    let settings = daemon.client().ask("kitchen.settings", json!([]));
    daemon.finish();
    settings
}
