//! A console of its own, as an application builds one: a command, lines that mean something, another prompt, and what it does
//! with events. With more than one address, it is a console on all of these daemons.

use std::process::ExitCode;

use daemon_core::console::Console;
use daemon_core::serde_json::json;
use daemon_core::{Client, Result};

fn main() -> ExitCode {
    console().map_or(ExitCode::FAILURE, Console::run)
}

fn console() -> Result<Console> {
    let addresses: Vec<String> = std::env::args().skip(1).collect();
    if let [one] = addresses.as_slice() {
        return Ok(own(Client::connect(one)?));
    }
    let clients = addresses.iter().zip(["left", "right"]);
    let clients = clients.map(|(address, name)| Ok((name, Client::connect(address)?)));
    Ok(Console::on_all("both", clients.collect::<Result<Vec<_>>>()?))
}

fn own(client: Client) -> Console {
    Console::new("talk", client)
        .prompt("talk:> ")
        .command("talk", "Talk to somebody: /talk NICK", |words, console| {
            let nick = words.first().ok_or("write whom to talk to: /talk NICK")?;
            console.set_prompt(format!("{nick}:> "));
            let printer = console.printer();
            let nick = nick.clone();
            std::thread::spawn(move || printer.print(&format!("({nick} is listening)")));
            Ok(())
        })
        .command("bye", "Leave", |_, console| {
            console.print("see you")?;
            console.end();
            Ok(())
        })
        .on_line(|line, console| {
            console.call::<usize>("desk.keep", &json!({ "notes": [line] }))?;
            Ok(())
        })
        .follow("desk.follow", json!({}))
        .on_event(|method, item, printer| {
            if method == "desk.follow" {
                printer.print(&format!("<me> {}", item.as_str().unwrap_or_default()));
            }
        })
}
