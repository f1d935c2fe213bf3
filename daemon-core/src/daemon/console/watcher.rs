//! What happens in the daemons, shown while a user types: each watch has a connection and a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::link::AGAIN;
use super::printer::Printer;
use crate::client::Client;
use crate::client::dial::{Closer, Dial};
use crate::error::{OrError, Result};

/// The method behind the events of a daemon.
pub(super) const EVENTS: &str = "daemon.events";

/// The kinds that are shown at first: callers come and go all the time.
pub(super) const USUAL: [&str; 9] =
    ["message", "pause", "progress", "reload", "resume", "service", "signal", "stop", "worker"];

/// How long it may take until a daemon knows that its events are watched.
const BEGINNING: Duration = Duration::from_secs(1);

/// What is shown of a daemon.
pub(super) struct Watch {
    pub(super) member: usize,
    /// The method whose items are shown.
    pub(super) method: String,
    running: Arc<Running>,
}

#[derive(Default)]
struct Running {
    ended: AtomicBool,
    connection: Mutex<Option<Closer>>,
}

/// What a watch does with what it sees.
pub(super) struct Show {
    /// The name of the daemon.
    pub(super) name: String,
    pub(super) printer: Printer,
    pub(super) on_event: Option<OnEvent>,
    /// Whether to say that the daemon goes and comes.
    pub(super) says_presence: bool,
}

/// What an application does with an event, or with an item of a stream.
pub(super) type OnEvent = Arc<dyn Fn(&str, &Value, &Printer) + Send + Sync>;

impl Watch {
    /// Begins to show the items of a method. It waits a moment until the daemon knows, so that what a user does next is seen.
    pub(super) fn start(member: usize, dial: Dial, method: &str, params: Value, show: Show) -> Result<Self> {
        let running = Arc::new(Running::default());
        let (shared, called) = (running.clone(), method.to_owned());
        let (begun, has_begun) = sync_channel(1);
        thread::Builder::new()
            .name(format!("watch {member}"))
            .spawn(move || shared.run(&dial, &called, &params, &show, &begun))
            .or_error(|| "cannot start a thread for events".to_owned())?;
        // One that does not answer in time is shown when it does.
        let _ = has_begun.recv_timeout(BEGINNING);
        Ok(Watch { member, method: method.to_owned(), running })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.running.ended.store(true, Ordering::Release);
        if let Some(connection) = &*self.running.lock() {
            connection.close();
        }
    }
}

impl Running {
    fn run(&self, dial: &Dial, method: &str, params: &Value, show: &Show, begun: &SyncSender<()>) {
        let mut was_away = false;
        while !self.has_ended() {
            if let Ok(client) = dial.connect() {
                if std::mem::take(&mut was_away) && show.says_presence {
                    show.printer.print(&format!("* {} is back", show.name));
                }
                if self.follow(client, method, params, show, begun) {
                    return;
                }
            }
            if !self.has_ended() && !std::mem::replace(&mut was_away, true) && show.says_presence {
                show.printer.print(&format!("* {} has gone away; waiting for it …", show.name));
            }
            thread::sleep(AGAIN);
        }
    }

    /// Shows items until the connection ends. Returns whether there will be none any more.
    fn follow(
        &self,
        mut client: Client,
        method: &str,
        params: &Value,
        show: &Show,
        begun: &SyncSender<()>,
    ) -> bool {
        *self.lock() = client.closer().ok();
        if self.has_ended() {
            return true;
        }
        let fault = match client.subscribe::<Value>(method, params) {
            Ok(mut items) => {
                // It counts only the first time.
                let _ = begun.try_send(());
                let _ = items.set_timeout(None);
                let failure = items.by_ref().find_map(|item| match item {
                    Ok(item) => {
                        show.item(method, &item);
                        None
                    }
                    Err(error) => Some(error),
                });
                drop(items);
                failure.map(|error| error.fault().cloned())
            }
            Err(error) => {
                let _ = begun.try_send(());
                Some(error.fault().cloned())
            }
        };
        match fault {
            // The connection has ended.
            Some(None) => false,
            Some(Some(fault)) if method != EVENTS => {
                show.printer.print(&format!("* {method}: {fault}"));
                true
            }
            // Not everybody may see the events; and a daemon that stops ends all. What is left to see is that it goes.
            None | Some(Some(_)) => {
                while !client.is_closed(Duration::from_secs(3600)) {}
                false
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Closer>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Show {
    fn item(&self, method: &str, item: &Value) {
        match &self.on_event {
            Some(on_event) => on_event(method, item, &self.printer),
            None => self.printer.print(&line(&self.name, method, item)),
        }
    }
}

/// Returns the parameters that ask for events of these kinds.
pub(super) fn kinds<'k>(kinds: impl IntoIterator<Item = &'k str>) -> Value {
    json!([kinds.into_iter().collect::<Vec<_>>()])
}

/// Returns an item on one line.
fn line(daemon: &str, method: &str, item: &Value) -> String {
    let Some(event) = item.get("event").and_then(Value::as_str).filter(|_| method == EVENTS) else {
        return format!("* {method}: {}", word(item));
    };
    let details = item.as_object().into_iter().flatten();
    let details =
        details.filter(|(name, value)| !value.is_null() && !["id", "time", "event"].contains(&name.as_str()));
    let details: String = details.map(|(name, value)| format!(" {name}={}", word(value))).collect();
    format!("* {daemon}: {event}{details}")
}

fn word(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string()).replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line() {
        for (method, item, expected) in [
            (EVENTS, json!({"id": 1, "time": 1.5, "event": "reload"}), "* cron: reload"),
            (
                EVENTS,
                json!({"event": "message", "from": "w", "topic": "a\nb", "payload": {"n": 1}, "reason": null}),
                "* cron: message from=w topic=a\\nb payload={\"n\":1}",
            ),
            ("chat.news", json!("hello"), "* chat.news: hello"),
            ("chat.news", json!({"event": 1}), "* chat.news: {\"event\":1}"),
        ] {
            // The order of members is that of their names here, unless serde_json keeps it.
            let sorted = |text: &str| {
                let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
                words.sort();
                words
            };
            assert_eq!(sorted(&line("cron", method, &item)), sorted(expected));
        }
    }
}
