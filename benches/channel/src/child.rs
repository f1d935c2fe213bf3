//! The child's part: it announces itself, then receives what the parent sends, until it may exit.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::process::parent_id;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;

use crate::case::Case;
use crate::common::Outcome;
use crate::contender::{Contender, End, Pass};
use crate::message::{self, Kind};

/// The first argument of a child; after it: the parent's pid, the contender, the case, a name that was passed.
pub(crate) const CHILD: &str = "--child";

/// Runs the child that `arguments` describe, which does not outlive its parent.
pub(crate) fn main(mut arguments: impl Iterator<Item = String>) -> Outcome<()> {
    let mut next = || arguments.next().ok_or("a child is started by the bench alone");
    let parent = next()?;
    set_pdeathsig(Signal::SIGKILL)?;
    if parent_id().to_string() != parent {
        return Err("the parent is gone".into());
    }
    let contender = Contender::named(&next()?)?;
    let case = next()?.parse()?;
    let descriptors =
        [Some(io::stdin().as_fd().try_clone_to_owned()?), Some(io::stdout().as_fd().try_clone_to_owned()?)];
    (contender.serve)(case, Pass { name: next()?, descriptors })
}

/// Connects to the parent, and does the child's part of the case.
pub(crate) fn serve<E: End>(case: Case, pass: Pass) -> Outcome<()> {
    let size = case.size();
    let mut end = E::join(size, pass)?;
    end.send(&message::new(size))?;
    match case {
        Case::OneWay(_) => count(&mut end, size),
        Case::RoundTrip(_) => echo(&mut end),
    }
}

/// Counts messages, and sends the count back as the number of the last one.
fn count(end: &mut impl End, size: usize) -> Outcome<()> {
    let (mut message, mut number) = (Vec::new(), 0);
    loop {
        end.receive(&mut message)?;
        message::check(&message, size, number)?;
        number += 1;
        if message::is(&message, Kind::Data) {
            continue;
        }
        if message::is(&message, Kind::Bye) {
            return Ok(());
        }
        end.send(&message)?;
        number = 0;
    }
}

fn echo(end: &mut impl End) -> Outcome<()> {
    let mut message = Vec::new();
    loop {
        end.receive(&mut message)?;
        if message::is(&message, Kind::Bye) {
            return Ok(());
        }
        end.send(&message)?;
    }
}
