//! Late replies: a handler that can't answer at once takes a `Reply` and keeps it.

use std::collections::HashMap;
use std::process::ExitCode;

use daemon_core::prelude::*;

/// A board of notes; a call for a note that is not there yet waits for it.
#[daemon(name = "deferred")]
#[derive(Default)]
struct Board {
    notes: HashMap<String, String>,
    waiting: Vec<(String, Reply<String>)>,
}

#[daemon]
impl Board {
    /// Read a note, or wait for it.
    #[rpc_method]
    fn read(&mut self, title: String, reply: Reply<String>) {
        match self.notes.get(&title) {
            Some(note) => reply.send(note.clone()),
            None => self.waiting.push((title, reply)),
        }
    }

    /// Pin a note, and reply how many calls waited for it.
    #[rpc_method]
    fn pin(&mut self, title: String, note: String) -> usize {
        let (served, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(wanted, _)| *wanted == title);
        self.waiting = waiting;
        let served: Vec<_> = served;
        let count = served.len();
        for (_, reply) in served {
            reply.send(note.clone());
        }
        self.notes.insert(title, note);
        count
    }

    /// Long work runs in a thread, which sends the reply from there.
    #[rpc_method]
    fn sum(&self, numbers: Vec<u64>, reply: Reply<u64>) {
        std::thread::spawn(move || reply.send(numbers.iter().sum()));
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Board>()
}
