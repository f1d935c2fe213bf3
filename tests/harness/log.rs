//! The output of a process, as a growing list of lines that can be waited for.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::DEADLINE;

/// The lines that a process has printed so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Shared>);

#[derive(Default)]
struct Shared {
    printed: Mutex<Printed>,
    changed: Condvar,
}

#[derive(Default)]
struct Printed {
    lines: Vec<String>,
    ended: bool,
}

impl Log {
    /// Collects the lines of a pipe, until its last writer closes it.
    pub fn of(pipe: impl Read + Send + 'static) -> Log {
        let log = Log::default();
        let reader = log.clone();
        thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                reader.change(|printed| printed.lines.push(String::from_utf8_lossy(&line).into_owned()));
            }
            reader.change(|printed| printed.ended = true);
        });
        log
    }

    /// Waits for a line that contains `text`, and returns it.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(&format!("a line with `{text}`"), |printed| {
            printed.lines.iter().find(|line| line.contains(text)).cloned()
        })
    }

    /// Waits for this many lines that contain `text`, and returns them.
    pub fn wait_for_all(&self, count: usize, text: &str) -> Vec<String> {
        self.wait(&format!("{count} lines with `{text}`"), |printed| {
            let found: Vec<String> =
                printed.lines.iter().filter(|line| line.contains(text)).cloned().collect();
            (found.len() >= count).then_some(found)
        })
    }

    /// Waits for the pipe to be closed, and returns everything.
    pub fn whole(&self) -> String {
        self.wait("the end", |printed| printed.ended.then(|| printed.lines.join("\n")))
    }

    /// Returns the lines so far, even after a wait for one has failed.
    pub fn lines(&self) -> Vec<String> {
        self.0.printed.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }

    fn wait<T>(&self, what: &str, find: impl Fn(&Printed) -> Option<T>) -> T {
        let until = Instant::now() + DEADLINE;
        let mut printed = self.0.printed.lock().unwrap();
        loop {
            if let Some(found) = find(&printed) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            if printed.ended || left.is_zero() {
                let why = if printed.ended { "the process closed it" } else { "the deadline passed" };
                panic!("waited for {what}, but {why}; printed so far:\n{}", printed.lines.join("\n"));
            }
            printed = self.0.changed.wait_timeout(printed, left).unwrap().0;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Printed)) {
        change(&mut self.0.printed.lock().unwrap());
        self.0.changed.notify_all();
    }
}
