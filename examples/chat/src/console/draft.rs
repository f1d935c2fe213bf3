//! A message while the user writes it: a subject, a text until a line of a single dot, and a question.

use daemon_core::Result;
use daemon_core::console::Session;

use super::ask;
use super::state::State;
use crate::kernel::MessagesClient;

/// The most bytes of a text.
const LONGEST: usize = 1024 * 1024;

/// A message that is being written.
#[derive(Debug)]
pub(super) struct Draft {
    to: String,
    subject: String,
    body: String,
    step: Step,
}

/// What is written next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Subject,
    Body,
    Confirm,
}

impl Draft {
    pub(super) fn new(to: String) -> Self {
        Draft { to, subject: String::new(), body: String::new(), step: Step::Subject }
    }

    pub(super) fn prompt(&self) -> &'static str {
        match self.step {
            Step::Subject => "Subject: ",
            Step::Body => "| ",
            Step::Confirm => "Send it? [y/n] ",
        }
    }
}

/// Takes the next line of what is written.
pub(super) fn take(line: &str, state: &State, console: &mut Session) -> Result<()> {
    let Some(mut draft) = state.take_draft() else { return Ok(()) };
    match draft.step {
        Step::Subject => {
            line.trim().clone_into(&mut draft.subject);
            draft.step = Step::Body;
            state.set_draft(Some(draft));
            console.print("Write the text; a line with a single `.` ends it.")
        }
        Step::Body => {
            if line == "." {
                draft.step = Step::Confirm;
            } else if draft.body.len() + line.len() < LONGEST {
                draft.body += &format!("{line}\n");
            } else {
                state.set_draft(Some(draft));
                return Err("the text is too long; this line is left out".into());
            }
            state.set_draft(Some(draft));
            Ok(())
        }
        Step::Confirm => match line.trim() {
            "y" | "yes" => {
                console.take_lines(false);
                send(&draft, console)
            }
            "n" | "no" => {
                console.take_lines(false);
                console.print("The message is not sent.")
            }
            _ => {
                state.set_draft(Some(draft));
                console.print("Write `y` to send it, `n` to throw it away.")
            }
        },
    }
}

fn send(draft: &Draft, console: &mut Session) -> Result<()> {
    let to = [draft.to.clone()];
    let ids =
        ask(console, |client| MessagesClient(client).new_message(&to, &draft.subject, &draft.body, None))?;
    console.print(&format!("The message {} is on its way.", ids.join(", ")))
}
