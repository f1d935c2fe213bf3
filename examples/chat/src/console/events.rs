//! What happens, as lines above the prompt.

use daemon_core::serde_json::{self, Value};

use super::state::{State, called};
use crate::api::ChatEvent;

/// Notes an event of the kernel, and returns what is shown of it.
pub(super) fn line(method: &str, event: &Value, state: &State) -> Option<String> {
    if method != "watch" {
        return None;
    }
    match serde_json::from_value(event.clone()).ok()? {
        ChatEvent::Message { message } => {
            let (uid, from) = (message.uid, called(&message.nick, &message.from));
            Some(format!("* message {uid} from {from}: {} (/msg read {uid})", message.subject))
        }
        ChatEvent::TalkRequest { node, nick } => {
            let name = called(&nick, &node);
            Some(format!("* {name} asks for a talk: /request accept {node}, or /request decline {node}"))
        }
        ChatEvent::TalkResponse { node, nick, accepted } => {
            let name = called(&nick, &node);
            if !accepted {
                return Some(format!("* {name} declines the talk"));
            }
            state.begin_talk(&node, &nick);
            Some(format!("* {name} accepts: you talk now; /close ends it"))
        }
        ChatEvent::TalkLine { node, nick, text } => Some(format!("{}: {text}", called(&nick, &node))),
        ChatEvent::TalkClosed { node, nick } => {
            state.end_talk(Some(&node));
            Some(format!("* the talk with {} is over", called(&nick, &node)))
        }
        ChatEvent::Nick { node, before, nick } => {
            state.rename(&node, &nick);
            Some(format!("* {} is called {} now", called(&before, &node), called(&nick, &node)))
        }
        ChatEvent::Connected { node, nick, address } => {
            Some(format!("* {} is connected, at {address}", called(&nick, &node)))
        }
        ChatEvent::Disconnected { node, address, reason } => {
            state.end_talk(Some(node.as_deref()?));
            Some(format!("* {} at {address} is not connected any more: {reason}", called("", &node?)))
        }
        ChatEvent::Stopping => {
            state.end_talk(None);
            None
        }
        ChatEvent::Status { .. } => None,
    }
}
