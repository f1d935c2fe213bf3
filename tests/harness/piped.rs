//! A program that a test talks to, by its standard input and output.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::home::{Finished, end};
use crate::log::Log;

/// A running program; when it is dropped it is killed.
pub struct Piped {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Log,
    stderr: Log,
}

impl Piped {
    /// Starts a program.
    pub fn start(mut command: Command) -> Piped {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (Log::of(child.stdout.take().unwrap()), Log::of(child.stderr.take().unwrap()));
        Piped { stdin: child.stdin.take(), child, stdout, stderr }
    }

    /// Returns what it prints.
    pub fn stdout(&self) -> &Log {
        &self.stdout
    }

    /// Returns what it prints to standard error.
    pub fn stderr(&self) -> &Log {
        &self.stderr
    }

    /// Writes a line to its standard input. It may have ended.
    pub fn say(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            let _ = writeln!(stdin, "{line}");
        }
    }

    /// Closes its standard input, and waits for its end.
    pub fn finish(mut self) -> Finished {
        drop(self.stdin.take());
        let (code, signal) = end(&mut self.child);
        Finished { code, signal, stdout: self.stdout.whole(), stderr: self.stderr.whole() }
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // Both do nothing if the child has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
