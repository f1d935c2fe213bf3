//! Children as they are: what they get, and what they do not.

use std::fs;
use std::io::{Read, Write};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};

use super::*;
use crate::sys::descriptor::close_from;
use crate::sys::process::Process;

const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a script; descriptors are those that it finds at 3, 4 and so on.
fn shell(script: &str, environment: &[(&str, &str)], descriptors: &[BorrowedFd<'_>]) -> Pid {
    let shell = Executable::open(Path::new("/bin/sh")).unwrap();
    let arguments = ["-c", script];
    spawn(&Launch {
        program: &shell,
        name: "sh",
        arguments: &arguments,
        inherits: None,
        environment,
        descriptors,
        silent: false,
        deaf: false,
    })
    .unwrap()
}

/// What a script writes to its descriptor 3.
fn says(script: &str, environment: &[(&str, &str)]) -> String {
    let (mut reader, writer) = io::pipe().unwrap();
    let child = shell(script, environment, &[writer.as_fd()]);
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    end_of(child);
    text
}

fn end_of(child: Pid) -> Exit {
    let process = Process::open(child.as_raw()).unwrap().unwrap();
    assert!(process.wait(PATIENCE).unwrap(), "{child} does not end");
    exited(child).unwrap().unwrap()
}

/// The descriptors of a process, in order. Of this one: only those that a program that it runs would get.
fn descriptors(process: &str) -> Vec<RawFd> {
    let numbers = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let numbers = numbers.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap());
    let mut numbers: Vec<RawFd> =
        numbers.filter(|number| process != "self" || is_inherited(*number).unwrap_or(false)).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_child_has_the_declared_descriptors_and_no_others() {
    let (mut reader, for_child) = io::pipe().unwrap();
    let (from_parent, mut writer) = io::pipe().unwrap();
    let child = shell("exec cat <&4 >&3", &[], &[for_child.as_fd(), from_parent.as_fd()]);
    // When it has passed something on, it has opened and closed what it needs for itself.
    writer.write_all(b"x").unwrap();
    reader.read_exact(&mut [0]).unwrap();

    let mut expected: Vec<RawFd> = (0..=4).chain(descriptors("self")).collect();
    expected.sort_unstable();
    expected.dedup();
    assert_eq!(descriptors(&child.to_string()), expected);
    drop(writer);
    assert_eq!(end_of(child), Exit::Code(0));
}

#[test]
fn descriptors_keep_their_order_wherever_they_came_from() {
    let pipes: Vec<_> = (0..13).map(|_| io::pipe().unwrap()).collect();
    let writers: Vec<BorrowedFd<'_>> = pipes.iter().rev().map(|(_, writer)| writer.as_fd()).collect();
    let script = "for n in 3 4 5 6 7 8 9; do eval \"echo $n >&$n\"; done";
    let child = shell(script, &[], &writers);
    assert_eq!(end_of(child), Exit::Code(0));
    for (number, (reader, _)) in (3..=9).zip(pipes.iter().rev()) {
        let mut text = [0; 1];
        (&*reader).read_exact(&mut text).unwrap();
        assert_eq!(text, [b'0' + number]);
    }
    let too_many: Vec<BorrowedFd<'_>> = writers.iter().copied().chain([pipes[0].1.as_fd()]).collect();
    let program = Executable::own().unwrap();
    let launch = Launch {
        program: &program,
        name: "x",
        arguments: &[],
        inherits: None,
        environment: &[],
        descriptors: &too_many,
        silent: false,
        deaf: false,
    };
    assert_eq!(spawn(&launch).unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn a_child_has_every_signal_at_its_default_and_none_blocked() {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGUSR2);
    blocked.thread_block().unwrap();
    let status = says("exec cat /proc/self/status >&3", &[]);
    blocked.thread_unblock().unwrap();
    // The C library keeps signals 32 and 33 to itself, and lets nobody change them.
    let free = !(0b11 << 31);
    for field in ["SigBlk:", "SigIgn:", "SigCgt:"] {
        let mask = status.lines().find_map(|line| line.strip_prefix(field)).unwrap().trim();
        assert_eq!(u64::from_str_radix(mask, 16).unwrap() & free, 0, "{field}{mask}");
    }
}

#[test]
fn a_signal_waits_for_a_child_that_is_deaf_at_first() {
    let program = Executable::open(Path::new("/bin/sleep")).unwrap();
    let launch = Launch {
        program: &program,
        name: "sleep",
        arguments: &["1000"],
        inherits: None,
        environment: &[],
        descriptors: &[],
        silent: false,
        deaf: true,
    };
    let child = spawn(&launch).unwrap();
    signal(child, libc::SIGTERM).unwrap();
    let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap();
    let mask = |field| {
        let text = status.lines().find_map(|line| line.strip_prefix(field)).unwrap().trim();
        u64::from_str_radix(text, 16).unwrap()
    };
    let term = 1 << (libc::SIGTERM - 1);
    assert_eq!((mask("SigBlk:") & term, mask("ShdPnd:") & term), (term, term), "{status}");
    kill(child).unwrap();
    assert_eq!(end_of(child), Exit::Signal(libc::SIGKILL));
}

#[test]
fn a_child_leads_its_own_group_and_reads_nothing() {
    let text = says("echo $$ $(cut -d' ' -f5 /proc/$$/stat) $(readlink /proc/$$/fd/0) >&3", &[]);
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words[0], words[1], "the group is another");
    assert_eq!(words[2], "/dev/null");
}

#[test]
fn a_child_gets_our_environment_and_its_own() {
    let ours = env::var("PATH").unwrap();
    assert_eq!(says("echo $PATH $NEW >&3", &[("NEW", "one")]), format!("{ours} one\n"));
    assert_eq!(says("echo $PATH >&3", &[("PATH", "/nowhere")]), "/nowhere\n");
}

#[test]
fn a_program_without_a_name_on_disk_still_runs() {
    let path = env::temp_dir().join(format!("spawn-{}-unlinked", std::process::id()));
    // Copied by another process: a file that this one has written could still be open for writing in a child of another
    // test, and would not run.
    assert_eq!(end_of(shell(&format!("cp /bin/sh {}", path.display()), &[], &[])), Exit::Code(0));
    let program = Executable::open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let arguments = ["-c", "exit 7"];
    let launch = Launch {
        program: &program,
        name: "sh",
        arguments: &arguments,
        inherits: None,
        environment: &[],
        descriptors: &[],
        silent: false,
        deaf: false,
    };
    assert_eq!(end_of(spawn(&launch).unwrap()), Exit::Code(7));
}

#[test]
fn what_cannot_be_run_is_an_error_at_once() {
    let program = Executable::open(Path::new("/dev/null")).unwrap();
    let launch = Launch {
        program: &program,
        name: "x",
        arguments: &[],
        inherits: None,
        environment: &[],
        descriptors: &[],
        silent: false,
        deaf: false,
    };
    assert_eq!(spawn(&launch).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    let launch = Launch { name: "a\0b", ..launch };
    assert_eq!(spawn(&launch).unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn the_way_a_child_ends_is_told_once() {
    for (script, exit, text) in [
        ("exit 0", Exit::Code(0), "exit code 0"),
        ("exit 3", Exit::Code(3), "exit code 3"),
        ("kill -KILL $$", Exit::Signal(9), "SIGKILL"),
        ("kill -40 $$", Exit::Signal(40), "signal 40"),
    ] {
        let child = shell(script, &[], &[]);
        let ended = end_of(child);
        assert_eq!((ended, ended.to_string().as_str()), (exit, text));
        assert!(exited(child).is_err(), "{child} was reaped twice");
    }
}

/// A child whose own child holds the writing end of a pipe; gives back the reading end as well.
fn parent() -> (Pid, io::PipeReader) {
    let (mut reader, writer) = io::pipe().unwrap();
    // The shell lives until its input ends, the other one until it is killed.
    let child = shell("sleep 1000 & echo >&3; exec 3>&-; wait", &[], &[writer.as_fd()]);
    drop(writer);
    reader.read_exact(&mut [0]).unwrap();
    (child, reader)
}

#[test]
fn what_a_child_has_started_ends_with_it() {
    let (child, mut reader) = parent();
    kill(child).unwrap();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "it is killed together with the child");
    assert_eq!(end_of(child), Exit::Signal(libc::SIGKILL));

    let (child, mut reader) = parent();
    signal(child, libc::SIGTERM).unwrap();
    assert_eq!(end_of(child), Exit::Signal(libc::SIGTERM));
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "it is killed before the child is reaped");
}

#[test]
fn a_call_that_a_signal_interrupts_is_made_again() {
    let answers = |mut left: Vec<Errno>| {
        move || match left.pop() {
            Some(errno) => {
                Errno::set_raw(errno as i32);
                -1
            }
            None => 0,
        }
    };
    assert!(unasked(answers(vec![Errno::EINTR, Errno::EINTR])).is_ok());
    assert_eq!(unasked(answers(vec![Errno::ECHILD])).unwrap_err().kind(), io::ErrorKind::NotFound);
    let other = unasked(answers(vec![Errno::ENOSYS])).unwrap_err();
    assert_ne!(other.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_child_that_lives_has_no_end_until_it_is_signalled() {
    let (reader, _writer) = io::pipe().unwrap();
    let child = shell("exec cat <&3", &[], &[reader.as_fd()]);
    assert_eq!(exited(child).unwrap(), None);
    signal(child, libc::SIGTERM).unwrap();
    assert_eq!(end_of(child), Exit::Signal(libc::SIGTERM));
}

/// This test is both sides: what it starts is the same test again, in a process that has the variable.
#[test]
fn a_child_takes_over_what_it_was_given() {
    const VARIABLE: &str = "DAEMON_CORE_TEST_OF_INHERITANCE";
    if env::var_os(VARIABLE).is_some() {
        take_over();
    }
    let (mut reader, writer) = io::pipe().unwrap();
    let null = File::open("/dev/null").unwrap();
    let program = Executable::own().unwrap();
    let child = spawn(&Launch {
        program: &program,
        name: "heir",
        arguments: &["--exact", "sys::spawn::tests::a_child_takes_over_what_it_was_given", "--quiet"],
        inherits: None,
        environment: &[(VARIABLE, "1")],
        descriptors: &[writer.as_fd(), null.as_fd(), null.as_fd()],
        silent: false,
        deaf: false,
    })
    .unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(end_of(child), Exit::Code(0));
    assert_eq!(text, "heir");
}

fn take_over() -> ! {
    let writer = inherited(3).unwrap();
    assert!(inherited(3).is_err(), "it was taken over twice");
    let own = File::open("/dev/null").unwrap();
    close_from(5).unwrap();
    assert!(own.metadata().is_ok(), "what this program has opened itself is closed");
    assert!(inherited(5).is_err(), "it is still open");
    drop(inherited(4).unwrap());
    assert!(forget_variable("PATH").is_err(), "the runner of the tests is another thread");
    name_process("heir").unwrap();
    let name = fs::read_to_string("/proc/thread-self/comm").unwrap();
    File::from(writer).write_all(name.trim().as_bytes()).unwrap();
    // Before the runner reports a test that was counted already.
    std::process::exit(0);
}
