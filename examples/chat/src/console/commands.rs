//! The commands of the console about nodes, talks and this node; those about messages are in `messages`.

use daemon_core::console::Session;
use daemon_core::{Error, Result};

use super::state::{State, called};
use super::{ask, messages, name};
use crate::api::{Entry, Link};
use crate::info;
use crate::kernel::{BookClient, KernelClient, NodesClient, TalkClient};

/// A command of the console.
pub(super) struct Command {
    pub(super) name: &'static str,
    /// How it is written, and what it does.
    pub(super) help: &'static str,
    pub(super) run: Run,
}

type Run = fn(&[&str], &State, &mut Session) -> Result<()>;

/// Where a node listens if nothing else is said.
const PORT: u16 = 25000;

/// All of them.
pub(super) const ALL: [Command; 13] = [
    Command { name: "help", help: "/help: list the commands", run: help },
    Command { name: "connect", help: "/connect HOST PORT: connect to a node", run: connect },
    Command {
        name: "ab",
        help: "/ab: show the address book; /ab rem ID: remove a node from it",
        run: address_book,
    },
    Command { name: "talk", help: "/talk NICK|ID: ask somebody for a talk, or go back to one", run: talk },
    Command {
        name: "request",
        help: "/request: list who asks for a talk; /request accept|decline ID: answer",
        run: request,
    },
    Command { name: "close", help: "/close: end the talk", run: close },
    Command {
        name: "msg",
        help: "/msg: list the messages; /msg new ID: write one; /msg read N: read one",
        run: messages::run,
    },
    Command { name: "nick", help: "/nick: show your nickname; /nick NAME: change it", run: nick },
    Command { name: "save", help: "/save: write to the disk what is only in memory", run: save },
    Command { name: "history", help: "/history: show the latest commands", run: history },
    Command { name: "info", help: "/info: show what is known about this node", run: info },
    Command { name: "exit", help: "/exit: leave; so does Ctrl-D", run: exit },
    Command { name: "quit", help: "/quit: leave", run: exit },
];

/// A command is written in another way.
pub(super) fn usage(name: &str) -> Error {
    let help = ALL.iter().find(|command| command.name == name).map_or("/help", |command| command.help);
    Error::new(format!("this is not understood; {help}"))
}

/// Says a line in the talk.
pub(super) fn say(line: &str, state: &State, console: &mut Session) -> Result<()> {
    let none = "you are in no talk: `/talk NICK` asks somebody for one, `/help` lists the commands";
    let partner = state.talk().ok_or(none)?;
    ask(console, |client| TalkClient(client).say(&partner.id, line))
}

fn help(_: &[&str], _: &State, console: &mut Session) -> Result<()> {
    let lines: Vec<&str> = ALL.iter().map(|command| command.help).collect();
    console.print(&lines.join("\n"))?;
    console.print("Any other line is said in the talk. `/methods` lists all that the kernel can do.")
}

fn connect(words: &[&str], _: &State, console: &mut Session) -> Result<()> {
    let (host, port) = match words {
        [host] => (*host, PORT),
        [host, port] => (*host, port.parse().map_err(|_| usage("connect"))?),
        _ => return Err(usage("connect")),
    };
    let id = ask(console, |client| NodesClient(client).connect(host, Some(port)))?;
    let nick = nick_of(&id, console)?;
    console.print(&format!("You are connected to {}, {id}.", called(&nick, &id)))
}

fn address_book(words: &[&str], _: &State, console: &mut Session) -> Result<()> {
    match words {
        [] => {
            let book = ask(console, |client| BookClient(client).list_book())?;
            let line = |entry: &Entry| {
                let state = if entry.connected { "connected" } else { "" };
                format!("{}  {}  {state}", entry.id, entry.nick).trim_end().to_owned()
            };
            let lines: Vec<String> = book.iter().map(line).collect();
            print_list(&lines, "The address book is empty.", console)
        }
        ["rem", node] => {
            let id = name::resolve(node, console)?;
            match ask(console, |client| BookClient(client).remove_from_book(&id))? {
                true => console.print(&format!("{id} is removed.")),
                false => Err(format!("`{node}` is not in the address book").into()),
            }
        }
        _ => Err(usage("ab")),
    }
}

fn talk(words: &[&str], state: &State, console: &mut Session) -> Result<()> {
    let [node] = words else { return Err(usage("talk")) };
    let id = name::resolve(node, console)?;
    if let Some(link) = links(console)?.into_iter().find(|link| link.is_talk_with(&id)) {
        state.begin_talk(&id, &link.nick);
        return Ok(());
    }
    let asks = ask(console, |client| TalkClient(client).list_requests())?.contains(&id);
    ask(console, |client| TalkClient(client).request_talk(&id))?;
    let nick = nick_of(&id, console)?;
    if asks {
        state.begin_talk(&id, &nick);
        return Ok(());
    }
    console.print(&format!("{} is asked for a talk.", called(&nick, &id)))
}

fn request(words: &[&str], state: &State, console: &mut Session) -> Result<()> {
    match words {
        [] => {
            let asking = ask(console, |client| TalkClient(client).list_requests())?;
            let links = links(console)?;
            let nick = |id: &str| links.iter().find(|link| link.is_with(id)).map_or("", |link| &link.nick);
            let lines: Vec<String> = asking.iter().map(|id| format!("{id}  {}", nick(id))).collect();
            print_list(&lines, "Nobody asks for a talk.", console)
        }
        ["accept", node] => {
            let id = name::resolve(node, console)?;
            ask(console, |client| TalkClient(client).accept_talk(&id))?;
            let nick = nick_of(&id, console)?;
            state.begin_talk(&id, &nick);
            console.print(&format!("You talk with {}; /close ends it.", called(&nick, &id)))
        }
        ["decline", node] => {
            let id = name::resolve(node, console)?;
            ask(console, |client| TalkClient(client).decline_talk(&id)).map(drop)
        }
        _ => Err(usage("request")),
    }
}

fn close(_: &[&str], state: &State, console: &mut Session) -> Result<()> {
    let partner = state.talk().ok_or("you are in no talk")?;
    state.end_talk(Some(&partner.id));
    ask(console, |client| TalkClient(client).close_talk(&partner.id))
}

fn nick(words: &[&str], _: &State, console: &mut Session) -> Result<()> {
    if words.len() > 1 {
        return Err(usage("nick"));
    }
    let nick = ask(console, |client| KernelClient(client).nick(words.first().copied()))?;
    console.print(if nick.is_empty() { "You have no nickname." } else { &nick })
}

fn save(_: &[&str], _: &State, console: &mut Session) -> Result<()> {
    ask(console, |client| KernelClient(client).save())?;
    console.print("All is on the disk.")
}

fn history(_: &[&str], _: &State, console: &mut Session) -> Result<()> {
    let lines = ask(console, |client| BookClient(client).history())?;
    console.print(&lines.join("\n"))
}

fn info(_: &[&str], _: &State, console: &mut Session) -> Result<()> {
    let info = ask(console, |client| KernelClient(client).info())?;
    console.print(&info::page(&info))
}

fn exit(_: &[&str], _: &State, console: &mut Session) -> Result<()> {
    console.end();
    Ok(())
}

fn print_list(lines: &[String], empty: &str, console: &mut Session) -> Result<()> {
    console.print(if lines.is_empty() { empty.to_owned() } else { lines.join("\n") }.as_str())
}

fn links(console: &mut Session) -> Result<Vec<Link>> {
    ask(console, |client| KernelClient(client).connections())
}

/// Returns the nickname of a node that is connected; empty if it has none.
fn nick_of(id: &str, console: &mut Session) -> Result<String> {
    Ok(links(console)?.into_iter().find(|link| link.is_with(id)).map(|link| link.nick).unwrap_or_default())
}
