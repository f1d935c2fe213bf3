//! A home for a daemon, and the commands that are run there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::log::Log;
use crate::process::Process;

/// A runtime directory for one program; it is removed with the last clone.
#[derive(Clone)]
pub struct Home {
    program: PathBuf,
    directory: Arc<TempDir>,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Home {
    /// Creates a new home for the program at this path.
    pub fn new(program: impl AsRef<Path>) -> Home {
        let directory = TempDir::with_prefix("daemon-").unwrap();
        Home { program: program.as_ref().to_owned(), directory: Arc::new(directory) }
    }

    /// Returns the runtime directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the program that lives here.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Copies the program here, and returns the copy's path.
    pub fn copy_program(&self) -> PathBuf {
        let copy = self.path().join(self.name());
        // By another process: a descriptor of this process may stay open in what another test just starts, and the file
        // is busy then.
        let copied = Command::new("cp").arg(&self.program).arg(&copy).status();
        assert!(copied.is_ok_and(|status| status.success()), "cannot copy {}", self.program.display());
        copy
    }

    /// Returns the program's default socket.
    pub fn socket(&self) -> PathBuf {
        self.path().join(format!("{}.sock", self.name()))
    }

    /// Returns the program's default pid file.
    pub fn pid_file(&self) -> PathBuf {
        self.path().join(format!("{}.pid", self.name()))
    }

    /// Returns the process id in the pid file.
    pub fn pid(&self) -> Option<i32> {
        fs::read_to_string(self.pid_file()).ok()?.trim().parse().ok()
    }

    fn name(&self) -> &str {
        self.program.file_name().and_then(OsStr::to_str).unwrap()
    }

    /// Returns the program with arguments, to be run here.
    pub fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        self.at_home(Command::new(&self.program), args)
    }

    /// Returns the program with arguments, to be run here by a shell that first does something else, such as `ulimit -n
    /// 20`.
    pub fn command_after<A: AsRef<OsStr>>(&self, before: &str, args: &[A]) -> Command {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{before}; exec \"$0\" \"$@\"")).arg(&self.program);
        self.at_home(shell, args)
    }

    /// Returns the program with arguments, to be run here by another program, such as `env --ignore-signal=CHLD`.
    pub fn command_by<A: AsRef<OsStr>>(&self, other: &[&str], args: &[A]) -> Command {
        let mut command = Command::new(other[0]);
        command.args(&other[1..]).arg(&self.program);
        self.at_home(command, args)
    }

    fn at_home<A: AsRef<OsStr>>(&self, mut command: Command, args: &[A]) -> Command {
        command.args(args).env("RUNTIME_DIRECTORY", self.path()).env("TZ", "UTC").stdin(Stdio::null());
        for inherited in ["NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "XDG_RUNTIME_DIR", "RUST_LOG"] {
            command.env_remove(inherited);
        }
        command
    }

    /// Runs the program with arguments, until it exits.
    pub fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Finished {
        run(self.command(args))
    }

    /// Returns the names of all files here, sorted; without the secret of a suite, which stays.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().display().to_string()).collect();
        names.retain(|name| name != "secret");
        names.sort();
        names
    }

    /// Waits for the end of the daemon that has its pid file here, if there is one, and fails if any file is left. The
    /// pid file is the last file that a daemon removes.
    #[track_caller]
    pub fn wait_until_empty(&self) {
        if let Some(daemon) = self.pid().and_then(Process::open) {
            daemon.wait();
        }
        self.assert_empty();
    }

    /// Fails if any file is left.
    #[track_caller]
    pub fn assert_empty(&self) {
        assert_eq!(self.files(), [""; 0], "files are left in the runtime directory");
    }
}

/// Runs a command until it exits, and captures what it prints.
pub fn run(command: Command) -> Finished {
    run_within(command, crate::DEADLINE)
}

/// Runs a command that may take longer than most.
pub fn run_within(mut command: Command, time: Duration) -> Finished {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = Log::of(child.stdout.take().unwrap());
    let stderr = Log::of(child.stderr.take().unwrap());
    let (code, signal) = end_within(&mut child, time);
    // A daemon that kept its launcher's pipes would be noticed here: they would never be closed.
    Finished { code, signal, stdout: stdout.whole(), stderr: stderr.whole() }
}

/// Waits until a child exits, and returns its exit code or its signal; kills it when the deadline passes.
pub(crate) fn end(child: &mut Child) -> (Option<i32>, Option<i32>) {
    end_within(child, crate::DEADLINE)
}

fn end_within(child: &mut Child, time: Duration) -> (Option<i32>, Option<i32>) {
    let process = process_of(child);
    if !process.ends_within(time) {
        let _ = child.kill();
        let _ = child.wait();
        panic!("process {} did not end", process.pid());
    }
    let status = child.wait().unwrap();
    (status.code(), status.signal())
}

/// Returns the process of a child that has not been waited for.
pub(crate) fn process_of(child: &Child) -> Process {
    Process::open(i32::try_from(child.id()).unwrap()).unwrap()
}
