//! Something to type to: methods of every kind, a stream, and events.

use std::process::ExitCode;

use daemon_core::prelude::*;

/// Keeps notes.
#[daemon(name = "desk")]
#[derive(Default)]
struct Desk {
    notes: Vec<String>,
    readers: Subscribers<String>,
}

/// How loud something is.
#[rpc_type]
enum Volume {
    Quiet,
    Loud,
}

#[daemon]
impl Desk {
    /// Reply the message.
    ///
    /// As often as asked.
    #[rpc_method(name = "my.echo")]
    fn echo(&self, message: &str, #[param(default = 1)] times: u32) -> String {
        vec![message; usize::try_from(times).unwrap_or(1)].join(" ")
    }

    /// Keep notes; return how many there are.
    #[rpc_method]
    fn keep(&mut self, notes: Vec<String>) -> usize {
        for note in notes {
            self.readers.publish(&note);
            self.notes.push(note);
        }
        self.notes.len()
    }

    /// List the notes.
    #[rpc_method]
    fn list(&self) -> Vec<Note> {
        self.notes.iter().cloned().zip(1..).map(|(text, number)| Note { number, text }).collect()
    }

    /// Send each note that is kept.
    #[rpc_method]
    fn follow(&mut self, subscription: Subscription<String>) {
        self.readers.add(subscription);
    }

    /// Say something, to all who see events.
    #[rpc_method]
    fn say(&self, volume: Volume, words: String, context: &mut Context) {
        let words = if let Volume::Loud = volume { words.to_uppercase() } else { words };
        context.emit("said", &words);
    }

    /// Never reply.
    #[rpc_method]
    fn ponder(&mut self, reply: Reply<()>) {
        std::mem::forget(reply);
    }

    /// Refuse.
    #[rpc_method]
    fn refuse(&self) -> Result<(), Fault> {
        Err(Fault::new(7, "not today"))
    }
}

/// A note.
#[rpc_type]
struct Note {
    number: u32,
    text: String,
}

fn main() -> ExitCode {
    daemon_core::main::<Desk>()
}
