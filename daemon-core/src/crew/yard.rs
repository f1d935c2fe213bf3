//! What the supervisor has done for it: starting a process with a channel of its own, and taking leave of one that has
//! ended.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use mio::{Registry, Token};
use nix::unistd::Pid;
use slab::Slab;

use super::duty::Duties;
use super::hand::Hand;
use super::post::Post;
use super::{FIRST, Tidings};
use crate::child::{Summons, VARIABLE};
use crate::error::{Error, OrError, Result};
use crate::fault::Fault;
use crate::supervisor::{ChildId, Owner, Parting};
use crate::sys::exit::Exit;
use crate::sys::memory::{Backing, Key, Segment};
use crate::sys::spawn::{Executable, Launch, spawn};
use crate::sys::sync::Doorbell;
use crate::worker::channel::{Channel, SEGMENT};
use crate::worker::message;

/// Bytes that a message has beside the answer that it brings.
const AROUND: usize = 64 * 1024;

/// The parts of a crew that the supervisor acts on.
pub(super) struct Yard<'c> {
    pub(super) duties: &'c Duties,
    pub(super) posts: &'c mut [Post],
    pub(super) hands: &'c mut Slab<Hand>,
    pub(super) of: &'c HashMap<ChildId, usize>,
    pub(super) registry: &'c Registry,
    pub(super) executable: Option<&'c Executable>,
    pub(super) tidings: &'c mut Tidings,
    pub(super) now: Instant,
}

impl Owner for Yard<'_> {
    fn start(&mut self, child: ChildId, rests: bool) -> Result<Pid> {
        let missing = || Error::new("there is no such worker");
        let index = *self.of.get(&child).ok_or_else(missing)?;
        let hand = self.hands.get_mut(index).ok_or_else(missing)?;
        let post = &self.posts[hand.post];
        let backing = if post.job.named_memory { Backing::Named } else { Backing::Sealed };
        let (memory, key) = Segment::create(backing, &prefix(&self.duties.name), SEGMENT)
            .or_error(|| format!("cannot share {SEGMENT} bytes of memory"))?;
        let (doorbell, far) = Doorbell::pair().or_error(|| "cannot make a doorbell".to_owned())?;
        let limit = self.duties.answer.saturating_add(AROUND);
        let mut channel =
            Channel::host(memory, doorbell, limit).or_error(|| "cannot make a channel".to_owned())?;
        let begin = self.duties.begin(hand.post, hand.number, rests);
        channel.send(&message::begin(&begin).as_slices());
        // Nothing can have come yet: the process rings with the first that it says.
        channel.rest();
        channel
            .register(self.registry, Token(FIRST + index))
            .or_error(|| "cannot poll a worker".to_owned())?;
        let title = format!("{}: {}", self.duties.name, post.label(hand.number));
        let started = self.spawn(post, &title, &Summons::new(&post.name, &key), far.as_fd(), &key);
        match started {
            Ok(pid) => {
                self.hands[index].bind(channel, key, self.now);
                Ok(pid)
            }
            Err(error) => {
                channel.deregister(self.registry);
                Err(error)
            }
        }
    }

    fn rest(&mut self, child: ChildId, rests: bool) {
        if let Some(hand) = self.of.get(&child).and_then(|index| self.hands.get_mut(*index)) {
            hand.rest(rests);
        }
    }

    fn ended(&mut self, child: ChildId, exit: Exit) -> Parting {
        let Some(hand) = self.of.get(&child).and_then(|index| self.hands.get_mut(*index)) else {
            return Parting::default();
        };
        let post = &mut self.posts[hand.post];
        let words = hand.last_words();
        let why = words.as_deref().or(hand.doomed());
        let fault = Fault::worker_failed(&post.label(hand.number), exit, why);
        let worked = hand.part(post, self.tidings, self.registry, &fault, self.now);
        // A pool is there to take what a call does.
        Parting { words, excused: worked && post.is_pool }
    }
}

impl Yard<'_> {
    fn spawn(
        &self,
        post: &Post,
        title: &str,
        summons: &Summons,
        doorbell: BorrowedFd<'_>,
        key: &Key,
    ) -> Result<Pid> {
        let executable = self.executable.ok_or_else(|| Error::new("this program's own file is not open"))?;
        let sealed = match key {
            Key::Descriptor(memory) => Some(memory.as_fd()),
            Key::Name(_) => None,
        };
        let descriptors: Vec<BorrowedFd<'_>> = std::iter::once(doorbell).chain(sealed).collect();
        spawn(&Launch {
            program: executable,
            name: title,
            arguments: &[],
            inherits: post.job.env,
            environment: &[(VARIABLE, &summons.to_string())],
            descriptors: &descriptors,
            silent: self.duties.detached,
            deaf: true,
        })
        .or_error(|| "cannot start a process".to_owned())
    }
}

/// What the names of a daemon's shared memory begin with, if they have names.
pub(crate) fn prefix(daemon: &str) -> String {
    format!("daemon.{daemon}")
}
