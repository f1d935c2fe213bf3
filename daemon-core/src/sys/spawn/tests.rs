//! What children get when they are started, and what they do not get.

use std::fs;
use std::io::{Read, Write};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{getpgrp, getsid};

use super::*;
use crate::sys::descriptor::close_from;
use crate::sys::process::Process;

const PATIENCE: Duration = Duration::from_secs(10);
static NO_RIGHTS: Rights =
    Rights { user: None, groups: None, limits: Vec::new(), niceness: None, umask: None };

/// A program with these arguments, and nothing else set.
fn launch<'a>(program: Program<'a>, arguments: &'a [&'a OsStr]) -> Launch<'a> {
    Launch {
        program,
        arguments,
        inherits: None,
        environment: &[],
        descriptors: &[],
        directory: None,
        streams: Streams::Outputs,
        blocked: false,
        group: Group::Own,
        rights: &NO_RIGHTS,
        orphan: None,
    }
}

/// Runs a script. The descriptors are at 3, 4 and so on.
fn shell(script: &str, environment: &[(&str, &str)], descriptors: &[BorrowedFd<'_>]) -> Pid {
    let shell = Executable::open(Path::new("/bin/sh")).unwrap();
    let arguments = ["sh", "-c", script].map(OsStr::new);
    let environment: Vec<(&OsStr, &OsStr)> =
        environment.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))).collect();
    let descriptors: Vec<(RawFd, BorrowedFd<'_>)> = (3..).zip(descriptors.iter().copied()).collect();
    let launch = launch(Program::Opened(&shell), &arguments);
    spawn(&Launch { environment: &environment, descriptors: &descriptors, ..launch }).unwrap()
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
    exited(child, Group::Own).unwrap().unwrap()
}

/// The descriptors of a process, in order; of this process only those that would survive an exec.
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
    // Once it has passed a byte on, it has finished opening and closing its own descriptors.
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
}

#[test]
fn a_descriptor_may_have_any_number_in_a_child() {
    // The sources have numbers that are targets as well, and each other's.
    let pipes: Vec<_> = (0..20).map(|_| io::pipe().unwrap()).collect();
    let writers: Vec<BorrowedFd<'_>> = pipes.iter().map(|(_, writer)| writer.as_fd()).collect();
    let numbers = writers.iter().map(AsRawFd::as_raw_fd).rev();
    let descriptors: Vec<(RawFd, BorrowedFd<'_>)> = numbers.zip(writers.iter().copied()).collect();
    let shell = Executable::open(Path::new("/bin/bash")).unwrap();
    let script = format!("for n in {}; do eval \"echo $n >&$n\"; done", {
        let numbers: Vec<String> = descriptors.iter().map(|(target, _)| target.to_string()).collect();
        numbers.join(" ")
    });
    let arguments = ["bash", "-c", &script].map(OsStr::new);
    let launch = Launch { descriptors: &descriptors, ..launch(Program::Opened(&shell), &arguments) };
    let child = spawn(&launch).unwrap();
    assert_eq!(end_of(child), Exit::Code(0));
    let (targets, mut readers): (Vec<RawFd>, Vec<io::PipeReader>) = descriptors
        .iter()
        .map(|(target, _)| *target)
        .zip(pipes.iter().map(|(reader, _)| reader.try_clone().unwrap()))
        .unzip();
    drop(pipes);
    for (target, reader) in targets.iter().zip(&mut readers) {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, format!("{target}\n"));
    }
}

#[test]
fn a_child_may_get_its_standard_streams() {
    let (from_us, mut input) = io::pipe().unwrap();
    let (mut output, for_child) = io::pipe().unwrap();
    let shell = Executable::open(Path::new("/bin/sh")).unwrap();
    let arguments = ["sh", "-c", "cat; echo error >&2"].map(OsStr::new);
    let descriptors = [(0, from_us.as_fd()), (2, for_child.as_fd()), (1, for_child.as_fd())];
    let launch = launch(Program::Opened(&shell), &arguments);
    let child = spawn(&Launch { descriptors: &descriptors, streams: Streams::Null, ..launch }).unwrap();
    drop((from_us, for_child));
    input.write_all(b"input\n").unwrap();
    drop(input);
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), end_of(child)), ("input\nerror\n", Exit::Code(0)));
}

#[test]
fn invalid_descriptor_numbers_are_errors() {
    let (null, program) = (File::open("/dev/null").unwrap(), Executable::own().unwrap());
    let with = |numbers: &[RawFd]| {
        let descriptors: Vec<(RawFd, BorrowedFd<'_>)> =
            numbers.iter().map(|number| (*number, null.as_fd())).collect();
        let launch = launch(Program::Opened(&program), &[]);
        spawn(&Launch { descriptors: &descriptors, ..launch }).unwrap_err()
    };
    assert_eq!(with(&[-1]).kind(), io::ErrorKind::InvalidInput);
    assert_eq!(with(&[5, 4, 5]).to_string(), "descriptor 5 of a child is given twice");
    assert_eq!(with(&[RawFd::MAX]).raw_os_error(), Some(libc::EMFILE));
}

#[test]
fn a_script_is_started_by_its_path_and_in_its_directory() {
    let directory = env::temp_dir().join(format!("spawn-{}-directory", std::process::id()));
    fs::create_dir(&directory).unwrap();
    let script = directory.join("script");
    // Written by another process: a child of another test could still have a file open for writing that this process
    // has written, and then it would not run.
    let write = format!("printf '#!/bin/sh\\npwd\\necho $0 $1\\n' >{0}; chmod +x {0}", script.display());
    assert_eq!(end_of(shell(&write, &[], &[])), Exit::Code(0));
    let (mut output, for_child) = io::pipe().unwrap();
    let arguments = ["script", "one"].map(OsStr::new);
    let descriptors = [(1, for_child.as_fd())];
    let launch = launch(Program::Path(&script), &arguments);
    let child = spawn(&Launch { descriptors: &descriptors, directory: Some(&directory), ..launch }).unwrap();
    drop(for_child);
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    let expected = format!("{}\n{} one\n", directory.display(), script.display());
    assert_eq!((text, end_of(child)), (expected, Exit::Code(0)));

    fs::remove_dir_all(&directory).unwrap();
    let error = spawn(&Launch { directory: Some(&directory), ..launch }).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_child_has_every_signal_at_its_default_and_none_blocked() {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGUSR2);
    blocked.thread_block().unwrap();
    let status = says("exec cat /proc/self/status >&3", &[]);
    blocked.thread_unblock().unwrap();
    // The C library reserves signals 32 and 33, and does not let them be changed.
    let free = !(0b11 << 31);
    for field in ["SigBlk:", "SigIgn:", "SigCgt:"] {
        let mask = status.lines().find_map(|line| line.strip_prefix(field)).unwrap().trim();
        assert_eq!(u64::from_str_radix(mask, 16).unwrap() & free, 0, "{field}{mask}");
    }
}

#[test]
fn a_child_may_start_with_its_signals_blocked() {
    let program = Executable::open(Path::new("/bin/sleep")).unwrap();
    let arguments = ["sleep", "1000"].map(OsStr::new);
    let child = spawn(&Launch { blocked: true, ..launch(Program::Opened(&program), &arguments) }).unwrap();
    signal(child, libc::SIGTERM).unwrap();
    let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap();
    let mask = |field| {
        let text = status.lines().find_map(|line| line.strip_prefix(field)).unwrap().trim();
        u64::from_str_radix(text, 16).unwrap()
    };
    let term = 1 << (libc::SIGTERM - 1);
    assert_eq!((mask("SigBlk:") & term, mask("ShdPnd:") & term), (term, term), "{status}");
    kill(child, Group::Own).unwrap();
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
    // Copied by another process: a child of another test could still have a file open for writing that this process has
    // written, and then it would not run.
    assert_eq!(end_of(shell(&format!("cp /bin/sh {}", path.display()), &[], &[])), Exit::Code(0));
    let program = Executable::open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let arguments = ["sh", "-c", "exit 7"].map(OsStr::new);
    let child = spawn(&launch(Program::Opened(&program), &arguments)).unwrap();
    assert_eq!(end_of(child), Exit::Code(7));
}

#[test]
fn what_cannot_be_run_is_an_error_at_once() {
    let program = Executable::open(Path::new("/dev/null")).unwrap();
    let program = Program::Opened(&program);
    assert_eq!(spawn(&launch(program, &[])).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    let arguments = [OsStr::new("a\0b")];
    assert_eq!(spawn(&launch(program, &arguments)).unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn the_exit_of_a_child_is_reported_once() {
    for (script, exit, text) in [
        ("exit 0", Exit::Code(0), "exit code 0"),
        ("exit 3", Exit::Code(3), "exit code 3"),
        ("kill -KILL $$", Exit::Signal(9), "SIGKILL"),
        ("kill -40 $$", Exit::Signal(40), "signal 40"),
    ] {
        let child = shell(script, &[], &[]);
        let ended = end_of(child);
        assert_eq!((ended, ended.to_string().as_str()), (exit, text));
        assert!(exited(child, Group::Own).is_err(), "{child} was reaped twice");
    }
}

/// Starts a child whose own child holds the writing end of a pipe. Returns the reading end as well.
fn parent() -> (Pid, io::PipeReader) {
    let (mut reader, writer) = io::pipe().unwrap();
    // The shell lives until its input ends, the other process until it is killed.
    let child = shell("sleep 1000 & echo >&3; exec 3>&-; wait", &[], &[writer.as_fd()]);
    drop(writer);
    reader.read_exact(&mut [0]).unwrap();
    (child, reader)
}

#[test]
fn what_a_child_has_started_ends_with_it() {
    let (child, mut reader) = parent();
    kill(child, Group::Own).unwrap();
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
fn a_living_child_has_no_exit_until_it_is_signalled() {
    let (reader, _writer) = io::pipe().unwrap();
    let child = shell("exec cat <&3", &[], &[reader.as_fd()]);
    assert_eq!(exited(child, Group::Own).unwrap(), None);
    signal(child, libc::SIGTERM).unwrap();
    assert_eq!(end_of(child), Exit::Signal(libc::SIGTERM));
}

/// This test is both sides: it starts itself again, in a process that has the variable.
#[test]
fn a_child_takes_over_what_it_was_given() {
    const VARIABLE: &str = "DAEMON_CORE_TEST_OF_INHERITANCE";
    if env::var_os(VARIABLE).is_some() {
        take_over();
    }
    let (mut reader, writer) = io::pipe().unwrap();
    let null = File::open("/dev/null").unwrap();
    let program = Executable::own().unwrap();
    let test = "sys::spawn::tests::a_child_takes_over_what_it_was_given";
    let arguments = ["heir", "--exact", test, "--quiet"].map(OsStr::new);
    let child = spawn(&Launch {
        environment: &[(OsStr::new(VARIABLE), OsStr::new("1"))],
        descriptors: &[(3, writer.as_fd()), (4, null.as_fd()), (5, null.as_fd())],
        ..launch(Program::Opened(&program), &arguments)
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
    // Exits before the runner reports a test that was already counted.
    std::process::exit(0);
}

#[test]
fn a_child_gets_its_rights() {
    let rights = Rights {
        limits: vec![(Resource::RLIMIT_NOFILE, 60, 64), (Resource::RLIMIT_CORE, 0, 0)],
        niceness: Some(7),
        umask: Some(0o027),
        ..NO_RIGHTS.clone()
    };
    let script = "echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -c) $(nice) $(umask) >&3";
    assert_eq!(says_with(script, &rights, Group::Own), "60 64 0 7 0027\n");
}

#[test]
#[allow(clippy::print_stderr)] // A skipped test says so.
fn a_child_becomes_its_user() {
    if !Uid::effective().is_root() {
        eprintln!("skipped: only root may start a process of another user");
        return;
    }
    let (user, group) = (Uid::from_raw(65_534), [65_534, 4, 5].map(Gid::from_raw));
    let rights = Rights { user: Some(user), groups: Some(group.to_vec()), ..NO_RIGHTS.clone() };
    let text = says_with("echo $(id -u) $(id -g) $(id -G) $(id -ru) >&3", &rights, Group::Own);
    assert_eq!(text, "65534 65534 65534 4 5 65534\n");
}

#[test]
fn a_child_may_be_in_our_group_or_in_a_session_of_its_own() {
    let script = "exec cut -d' ' -f1,5,6 /proc/self/stat >&3";
    let numbers = |group| -> Vec<i32> {
        let text = says_with(script, &NO_RIGHTS, group);
        text.split_whitespace().map(|number| number.parse().unwrap()).collect()
    };
    let session = numbers(Group::Session);
    assert_eq!((session[1], session[2]), (session[0], session[0]));
    let inherited = numbers(Group::Inherited);
    assert_eq!((inherited[1], inherited[2]), (getpgrp().as_raw(), getsid(None).unwrap().as_raw()));
    let own = numbers(Group::Own);
    assert_eq!((own[1], own[2]), (own[0], getsid(None).unwrap().as_raw()));
}

#[test]
fn a_child_may_start_without_standard_streams() {
    let (mut reader, writer) = io::pipe().unwrap();
    // No shell: it would open its script as the first free number.
    let program = Executable::open(Path::new("/usr/bin/readlink")).unwrap();
    let arguments = ["readlink", "/proc/self/fd/0", "/proc/self/fd/2", "/proc/self/fd/1"].map(OsStr::new);
    let launch = launch(Program::Opened(&program), &arguments);
    let descriptors = [(1, writer.as_fd())];
    let child = spawn(&Launch { streams: Streams::Closed, descriptors: &descriptors, ..launch }).unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("pipe:[") && text.lines().count() == 1, "{text}");
    assert_eq!(end_of(child), Exit::Code(1), "some of the links are not there");
}

#[test]
fn an_error_names_the_step_that_failed() {
    let program = Executable::open(Path::new("/bin/true")).unwrap();
    let arguments = ["true"].map(OsStr::new);
    let usual = launch(Program::Opened(&program), &arguments);
    let nowhere = spawn(&Launch { directory: Some(Path::new("/nowhere")), ..usual }).unwrap_err();
    assert_eq!(nowhere.to_string(), "cannot enter its directory: No such file or directory");
    assert_eq!(nowhere.kind(), io::ErrorKind::NotFound);
    let limits = Rights { limits: vec![(Resource::RLIMIT_NOFILE, 2, 1)], ..NO_RIGHTS.clone() };
    let limits = spawn(&Launch { rights: &limits, ..usual }).unwrap_err();
    assert_eq!(limits.to_string(), "cannot set its limits: Invalid argument");
    let missing = launch(Program::Path(Path::new("/nowhere/program")), &arguments);
    assert_eq!(spawn(&missing).unwrap_err().raw_os_error(), Some(libc::ENOENT));
}

/// What a script writes to its descriptor 3, with these rights and in this group.
fn says_with(script: &str, rights: &Rights, group: Group) -> String {
    let (mut reader, writer) = io::pipe().unwrap();
    let shell = Executable::open(Path::new("/bin/bash")).unwrap();
    let arguments = ["bash", "-c", script].map(OsStr::new);
    let launch = launch(Program::Opened(&shell), &arguments);
    let descriptors = [(3, writer.as_fd())];
    let child = spawn(&Launch { rights, group, descriptors: &descriptors, ..launch }).unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    end_of(child);
    text
}
