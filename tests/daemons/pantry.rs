//! A daemon whose methods fail in every way, for its typed client.

use std::path::PathBuf;
use std::process::ExitCode;

use daemon_core::prelude::*;

/// Why the pantry gives nothing.
#[derive(Debug, PartialEq, Fault)]
pub(crate) enum Refused {
    /// The pantry is locked.
    #[fault(code = 1)]
    Locked,
    #[fault(code = 2, message = "there is no {0}")]
    Unknown(#[fault(data)] String),
    #[fault(code = 3, message = "only {left} of {wanted} left")]
    Short {
        #[fault(data)]
        left: u32,
        wanted: u32,
    },
    #[fault(code = 4)]
    NotANumber(#[from] std::num::ParseIntError),
}

#[daemon(name = "pantry")]
#[derive(Default)]
struct Pantry {
    waiting: Vec<Reply<u32, Refused>>,
}

#[daemon(client = PantryClient)]
impl Pantry {
    /// Take something, as many as a text says.
    #[rpc_method]
    fn take(&self, what: String, count: &str) -> Result<u32, Refused> {
        take(&what, count)
    }

    /// Write the names on a shelf.
    #[rpc_method]
    fn list(
        &self,
        names: Vec<String>,
        shelf: PathBuf,
        note: Option<String>,
        #[param(default = ", ")] between: String,
    ) -> String {
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        format!("{}: {}{note}", shelf.display(), names.join(&between))
    }

    /// Take something, by a thread.
    #[rpc_method]
    fn take_later(&self, what: String, count: String, reply: Reply<u32, Refused>) {
        std::thread::spawn(move || reply.finish(take(&what, &count)));
    }

    /// The same, with a `Reply` that names its error elsewhere.
    #[rpc_method]
    fn count(&self, text: String, reply: alias::Reply<u32>) {
        match text.parse::<u32>() {
            Ok(count) => reply.send(count),
            Err(error) => reply.fail(error),
        }
    }

    /// Take something when there is some: never.
    #[rpc_method]
    fn wait(&mut self, reply: Reply<u32, Refused>) {
        self.waiting.push(reply);
    }

    /// Reply how many callers wait, and how many have left, as another thread sees it.
    #[rpc_method]
    fn queue(&mut self) -> (usize, usize) {
        let waiting = std::mem::take(&mut self.waiting);
        let seen = std::thread::spawn(move || {
            let left = waiting.iter().filter(|reply| reply.is_closed()).count();
            (waiting, left)
        });
        let Ok((waiting, left)) = seen.join() else { return (0, 0) };
        self.waiting = waiting;
        (self.waiting.len() - left, left)
    }

    /// Fail in one of the ways that need no type of an error.
    #[rpc_method]
    fn fail(&self, way: &str, reply: Reply<u32>) {
        match way {
            "system" => reply.fail(std::io::Error::other("the door is stuck")),
            "boxed" => reply.fail(Box::<dyn std::error::Error>::from("a box")),
            "text" => reply.fail("no"),
            "typed" => reply.fail(Refused::Locked),
            _ => reply.finish(Err(Fault::new(9, "by hand"))),
        }
    }

    /// Fail with an error that converts into a boxed one.
    #[rpc_method]
    fn parse(&self, text: &str, reply: Reply<u32, Box<dyn std::error::Error + Send + Sync>>) {
        match text.parse::<u32>() {
            Ok(number) => reply.send(number),
            Err(error) => reply.fail(error),
        }
    }
}

mod alias {
    pub(crate) type Reply<T> = daemon_core::Reply<T, super::Refused>;
}

fn take(what: &str, count: &str) -> Result<u32, Refused> {
    let wanted = count.parse()?;
    match what {
        "key" => Err(Refused::Locked),
        "salt" if wanted > 3 => Err(Refused::Short { left: 3, wanted }),
        "salt" => Ok(3 - wanted),
        _ => Err(Refused::Unknown(what.to_owned())),
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Pantry>()
}
