//! The command `/msg`.

use chrono::DateTime;
use daemon_core::Result;
use daemon_core::console::Session;

use super::commands::usage;
use super::draft::Draft;
use super::state::{State, called};
use super::{ask, name};
use crate::api::{Message, MessageInfo};
use crate::kernel::{KernelClient, MessagesClient};

/// How many messages are listed: the latest ones.
const LISTED: usize = 100;

pub(super) fn run(words: &[&str], state: &State, console: &mut Session) -> Result<()> {
    match words {
        [] => list(console),
        ["new", node] => {
            let to = name::resolve(node, console)?;
            state.set_draft(Some(Draft::new(to)));
            console.take_lines(true);
            Ok(())
        }
        ["read", number] => {
            let uid = number.parse().map_err(|_| usage("msg"))?;
            let message = ask(console, |client| MessagesClient(client).read_message(uid))?;
            console.print(&page(&message))
        }
        _ => Err(usage("msg")),
    }
}

fn list(console: &mut Session) -> Result<()> {
    let own = ask(console, |client| KernelClient(client).info())?.id;
    let mut latest: Vec<MessageInfo> = Vec::new();
    loop {
        let last = latest.last().map_or(0, |message| message.uid);
        let page = ask(console, |client| MessagesClient(client).list_messages(Some(last), None))?;
        if page.is_empty() {
            break;
        }
        latest.extend(page);
        latest.drain(..latest.len().saturating_sub(LISTED));
    }
    if latest.is_empty() {
        return console.print("There are no messages.");
    }
    let lines: Vec<String> = latest.iter().map(|message| line(message, &own)).collect();
    console.print(&lines.join("\n"))
}

/// Returns a message on one line: number, status, time, who, subject.
fn line(message: &MessageInfo, own: &str) -> String {
    let who = match message.from == own {
        true => format!("to {}", called("", &message.to)),
        false => format!("from {}", called(&message.nick, &message.from)),
    };
    let (uid, status, time) = (message.uid, message.status, time(message.created));
    format!("{uid:>4}  {status:?}  {time}  {who}  {}", message.subject)
}

fn page(message: &Message) -> String {
    let Message { info, body } = message;
    let from = if info.nick.is_empty() { String::new() } else { format!(" ({})", info.nick) };
    format!(
        "From:    {}{from}\nTo:      {}\nDate:    {}\nSubject: {}\n\n{}",
        info.from,
        info.to,
        time(info.created),
        info.subject,
        body.trim_end()
    )
}

fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| "?".to_owned(), |time| time.format("%Y-%m-%d %H:%M UTC").to_string())
}
