//! The ends of the logs of several daemons, line by line, with their names.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use super::look::connect;
use super::up;
use crate::daemon::command_line::print_line;
use crate::directory::{Directory, MemberName};
use crate::error::{Error, OrError, Result};

/// Lines that wait to be printed; whoever reads a log waits while there are more.
const WAITING: usize = 256;

/// Prints the last lines of logs.
pub(super) fn last(directory: &Directory, members: &[MemberName], count: usize) -> Result<()> {
    let width = width(members);
    for member in members {
        for line in last_of(&directory.log(member), count)? {
            if !print_line(&format!("{:<width$} | {line}", member.to_string()))? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns the last lines of a file; none if it does not exist.
fn last_of(file: &Path, count: usize) -> Result<VecDeque<String>> {
    let what = || format!("cannot read the log `{}`", file.display());
    let mut lines = VecDeque::new();
    let file = match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(lines),
        file => file.or_error(what)?,
    };
    for line in BufReader::new(file).split(b'\n') {
        let line = line.or_error(what)?;
        if lines.len() >= count {
            lines.pop_front();
        }
        if count > 0 {
            lines.push_back(String::from_utf8_lossy(&line).into_owned());
        }
    }
    Ok(lines)
}

/// Prints the last lines of logs, and those to come, until nobody reads them or the daemon that keeps them ends.
pub(super) fn follow(directory: &Directory, members: &[MemberName], count: usize) -> Result<()> {
    let width = width(members);
    let (sender, receiver) = sync_channel(WAITING);
    for member in members {
        let (directory, member, sender) = (directory.clone(), member.clone(), sender.clone());
        thread::spawn(move || {
            if let Err(error) = read(&directory, &member, count, &sender) {
                let _ = sender.send((member.clone(), Err(error)));
            }
        });
    }
    drop(sender);
    let (mut failure, mut has_shown) = (None, false);
    for (member, line) in receiver {
        match line {
            Ok(line) => {
                has_shown = true;
                if !print_line(&format!("{:<width$} | {line}", member.to_string()))? {
                    return Ok(());
                }
            }
            // The others may have one. It is said at the end, if nobody has.
            Err(error) => failure = Some(error),
        }
    }
    failure.filter(|_| !has_shown).map_or(Ok(()), Err)
}

/// A line of a member, or why there is none.
type Line = (MemberName, Result<String>);

fn read(directory: &Directory, member: &MemberName, count: usize, to: &SyncSender<Line>) -> Result<()> {
    let mut client = connect(directory, &MemberName::plain(up::NAME)).map_err(|error| {
        let what = format!("cannot follow the log of `{member}`: `up` does not run");
        if error.is_not_running() { Error::not_running(what) } else { error }
    })?;
    let mut lines = client.subscribe::<String>("service.tail", &(member.to_string(), count, true))?;
    lines.set_timeout(None)?;
    for line in &mut lines {
        if to.send((member.clone(), Ok(line?))).is_err() {
            break;
        }
    }
    Ok(())
}

fn width(members: &[MemberName]) -> usize {
    members.iter().map(|member| member.to_string().len()).max().unwrap_or_default()
}
