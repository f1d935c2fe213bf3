//! The session of a mail program that sends: SMTP, as RFC 5321 and 6409 (submission) say.
//!
//! A mail becomes one message for each recipient. It is accepted when the kernel has them all on its disk.

mod lines;
mod login;
mod receiving;

use std::time::Duration;

use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, Error, MAIL_BODY_BINARYMIME, MailFrom, Request};

use self::lines::{Line, Lines};
use self::login::{Said, Step};
pub use self::receiving::LONGEST_MAIL;
use self::receiving::{Received, Receiving};
use super::address::node_of;
use super::content::Content;
use super::session::{
    Desk, Encryption, Farewell, MOST_GUESSES, MOST_MISTAKES, Next, Opening, PAUSE, Session, Turn,
};
use crate::mailbox::{Draft, MOST_RECIPIENTS, MailboxError};

/// The dialogue with a mail program that sends.
pub struct Smtp {
    opening: Opening,
    lines: Lines,
    mode: Mode,
    has_greeted: bool,
    is_logged_in: bool,
    /// The recipients of the mail that has begun.
    recipients: Option<Vec<String>>,
    guesses: u32,
    mistakes: u32,
    turn: Turn,
}

/// What the next bytes are.
enum Mode {
    Command,
    Login(Step),
    Mail(Receiving),
}

impl Session for Smtp {
    fn greet(&mut self) -> Vec<u8> {
        b"220 chat ESMTP\r\n".to_vec()
    }

    fn receive(&mut self, input: &[u8], desk: &mut Desk<'_>) -> Turn {
        let mut input = input;
        // What a mail program sends after STARTTLS without waiting is not taken for commands.
        while self.turn.next == Next::Read && !input.is_empty() {
            match &mut self.mode {
                Mode::Mail(receiving) => {
                    if let Some(received) = receiving.take(&mut input) {
                        self.mode = Mode::Command;
                        self.mail_received(received, desk);
                    }
                }
                Mode::Command | Mode::Login(_) => {
                    if let Some(line) = self.lines.take(&mut input) {
                        self.line_received(line, desk);
                    }
                }
            }
        }
        self.take_turn()
    }

    fn mailbox_changed(&mut self, _desk: &mut Desk<'_>) -> Turn {
        self.take_turn()
    }

    fn is_idling(&self) -> bool {
        false
    }

    fn encrypted(&mut self) {
        // What was said before may have been said by anybody.
        *self = Smtp::new(Opening { encryption: Encryption::Active, ..self.opening });
    }

    fn patience(&self) -> Duration {
        match self.mode {
            Mode::Mail(_) => Duration::from_secs(600),
            Mode::Command | Mode::Login(_) if self.is_logged_in => Duration::from_secs(300),
            Mode::Command | Mode::Login(_) => Duration::from_secs(60),
        }
    }

    fn bye(&mut self, farewell: Farewell) -> Vec<u8> {
        format!("421 4.3.2 {}\r\n", farewell.words()).into_bytes()
    }
}

impl Smtp {
    /// Returns a session that begins.
    pub fn new(opening: Opening) -> Smtp {
        Smtp {
            opening,
            lines: Lines::default(),
            mode: Mode::Command,
            has_greeted: false,
            is_logged_in: false,
            recipients: None,
            guesses: 0,
            mistakes: 0,
            turn: new_turn(),
        }
    }

    fn take_turn(&mut self) -> Turn {
        std::mem::replace(&mut self.turn, new_turn())
    }

    fn say(&mut self, reply: &str) {
        self.turn.output.extend_from_slice(reply.as_bytes());
        self.turn.output.extend_from_slice(b"\r\n");
    }

    /// Says that something was wrong; ends the session if that was too often.
    fn complain(&mut self, reply: &str) {
        self.say(reply);
        self.mistakes += 1;
        if self.mistakes >= MOST_MISTAKES {
            self.say("421 4.7.0 too many mistakes");
            self.turn.next = Next::Close;
        }
    }

    fn line_received(&mut self, line: Line, desk: &mut Desk<'_>) {
        let mode = std::mem::replace(&mut self.mode, Mode::Command);
        match (line, mode) {
            (Line::TooLong, _) => self.complain("500 5.5.6 the line is too long"),
            (Line::Whole(line), Mode::Login(step)) => self.login_said(step.take(&line), desk),
            (Line::Whole(line), Mode::Command | Mode::Mail(_)) => self.command_received(line, desk),
        }
    }

    fn command_received(&mut self, mut line: Vec<u8>, desk: &mut Desk<'_>) {
        if !line.ends_with(b"\r\n") {
            line.pop();
            line.extend_from_slice(b"\r\n");
        }
        match Request::parse(&mut line.iter()) {
            Ok(request) => self.execute(request.into_owned(), desk),
            Err(Error::UnknownCommand) => self.complain("500 5.5.1 unknown command"),
            Err(Error::InvalidSenderAddress) => self.complain("501 5.1.7 the sender is no address"),
            Err(Error::InvalidRecipientAddress) => self.complain("501 5.1.3 the recipient is no address"),
            Err(Error::SyntaxError { syntax }) => self.complain(&format!("501 5.5.2 write: {syntax}")),
            Err(Error::InvalidParameter { param }) => {
                self.complain(&format!("501 5.5.4 the parameter {param} is invalid"));
            }
            Err(Error::UnsupportedParameter { .. }) => self.complain("555 5.5.4 unknown parameter"),
            Err(Error::NeedsMoreData { .. } | Error::ResponseTooLong | Error::InvalidResponse { .. }) => {
                self.complain("500 5.5.2 the command is incomplete");
            }
        }
    }

    fn execute(&mut self, request: Request<String>, desk: &mut Desk<'_>) {
        match request {
            Request::Ehlo { .. } => self.greeted(),
            Request::Helo { .. } => {
                self.has_greeted = true;
                self.recipients = None;
                self.say("250 chat");
            }
            Request::Auth { mechanism, initial_response } => self.login(mechanism, &initial_response, desk),
            Request::StartTls => self.encrypt(),
            Request::Mail { from } => self.begin_mail(&from),
            Request::Rcpt { to } => self.add_recipient(&to.address),
            Request::Data => self.begin_text(),
            Request::Rset => {
                self.recipients = None;
                self.say("250 2.0.0 forgotten");
            }
            Request::Noop { .. } => self.say("250 2.0.0 nothing done"),
            Request::Vrfy { .. } => {
                self.say("252 2.5.2 write to ID@chat; whether there is such a node shows later")
            }
            Request::Help { .. } => self.say("214 2.0.0 send mail to ID@chat, the id of a node"),
            Request::Quit => {
                self.say("221 2.0.0 bye");
                self.turn.next = Next::Close;
            }
            Request::Lhlo { .. }
            | Request::Bdat { .. }
            | Request::Expn { .. }
            | Request::Etrn { .. }
            | Request::Atrn { .. }
            | Request::Burl { .. } => self.complain("502 5.5.1 this command is not supported"),
        }
    }

    fn greeted(&mut self) {
        self.has_greeted = true;
        self.recipients = None;
        self.say("250-chat");
        self.say("250-PIPELINING");
        self.say("250-8BITMIME");
        self.say("250-SMTPUTF8");
        self.say("250-ENHANCEDSTATUSCODES");
        if self.opening.encryption == Encryption::Offered {
            self.say("250-STARTTLS");
        }
        if self.may_log_in() {
            self.say("250-AUTH PLAIN LOGIN");
        }
        self.say(&format!("250 SIZE {LONGEST_MAIL}"));
    }

    fn may_log_in(&self) -> bool {
        self.opening.is_local || self.opening.encryption == Encryption::Active
    }

    fn encrypt(&mut self) {
        match self.opening.encryption {
            Encryption::Offered => {
                self.say("220 2.0.0 begin TLS");
                self.turn.next = Next::Encrypt;
            }
            Encryption::Active => self.complain("503 5.5.1 TLS is on"),
            Encryption::Unavailable => self.complain("454 4.7.0 there is no certificate"),
        }
    }

    fn login(&mut self, mechanism: u64, initial_response: &str, desk: &mut Desk<'_>) {
        let step = match mechanism {
            AUTH_PLAIN => Step::Plain,
            AUTH_LOGIN => Step::User,
            _ => return self.complain("504 5.5.4 use the mechanism PLAIN or LOGIN"),
        };
        if !self.has_greeted || self.is_logged_in || self.recipients.is_some() {
            self.complain("503 5.5.1 not now: AUTH comes once, after EHLO and before MAIL");
        } else if !self.may_log_in() {
            self.complain("538 5.7.11 use STARTTLS first");
        } else if initial_response.is_empty() {
            self.login_said(Said::Ask(step), desk);
        } else {
            self.login_said(step.take(initial_response.as_bytes()), desk);
        }
    }

    fn login_said(&mut self, said: Said, desk: &mut Desk<'_>) {
        match said {
            Said::Ask(step) => {
                self.say(&format!("334 {}", step.challenge()));
                self.mode = Mode::Login(step);
            }
            Said::Credentials(user, password) => match desk.admits(&user, &password) {
                Ok(true) => {
                    self.is_logged_in = true;
                    self.say("235 2.7.0 welcome");
                }
                Ok(false) => self.guessed(),
                Err(error) => self.say(&format!("454 4.7.0 {}", line_of(&error))),
            },
            Said::Nonsense => self.complain("501 5.5.2 this is no response of the mechanism, in base64"),
            Said::Cancelled => self.complain("501 5.7.0 cancelled"),
        }
    }

    /// Refuses a wrong name or password, slowly.
    fn guessed(&mut self) {
        self.guesses += 1;
        self.turn.pause += PAUSE;
        self.say("535 5.7.8 wrong name or password");
        if self.guesses >= MOST_GUESSES {
            self.say("421 4.7.0 too many wrong passwords");
            self.turn.next = Next::Close;
        }
    }

    fn begin_mail(&mut self, from: &MailFrom<String>) {
        if !self.has_greeted {
            self.complain("503 5.5.1 say EHLO first");
        } else if !self.is_logged_in {
            self.complain("530 5.7.0 log in first");
        } else if self.recipients.is_some() {
            self.complain("503 5.5.1 a mail has begun; RSET forgets it");
        } else if from.size > LONGEST_MAIL {
            self.say(&format!("552 5.3.4 a mail has at most {LONGEST_MAIL} bytes"));
        } else if from.flags & MAIL_BODY_BINARYMIME != 0 {
            self.complain("555 5.5.4 a mail is text in lines: 7BIT or 8BITMIME");
        } else {
            self.recipients = Some(Vec::new());
            self.say("250 2.1.0 go on");
        }
    }

    fn add_recipient(&mut self, address: &str) {
        let node = node_of(address);
        let Some(recipients) = &mut self.recipients else {
            return self.complain("503 5.5.1 MAIL comes first");
        };
        match node {
            None => self.complain("550 5.1.1 no such address: write to ID@chat, the id of a node"),
            Some(node) if recipients.contains(&node) => self.say("250 2.1.5 go on"),
            Some(_) if recipients.len() >= MOST_RECIPIENTS => self.say("452 4.5.3 too many recipients"),
            Some(node) => {
                recipients.push(node);
                self.say("250 2.1.5 go on");
            }
        }
    }

    fn begin_text(&mut self) {
        match &self.recipients {
            None => self.complain("503 5.5.1 MAIL and RCPT come first"),
            Some(recipients) if recipients.is_empty() => self.complain("554 5.5.1 no valid recipient"),
            Some(_) => {
                self.say("354 end with a dot on a line of its own");
                self.mode = Mode::Mail(Receiving::new());
            }
        }
    }

    fn mail_received(&mut self, received: Received, desk: &mut Desk<'_>) {
        let recipients = self.recipients.take().unwrap_or_default();
        let mail = match received {
            Received::Mail(mail) => mail,
            Received::TooLong => {
                return self.say(&format!("552 5.3.4 a mail has at most {LONGEST_MAIL} bytes"));
            }
        };
        match Content::of(&mail) {
            // A mail program that has missed the reply sends the mail again.
            Ok(Content { subject, body, message_id: key }) => {
                self.submit(&Draft { recipients, subject, body, key }, desk);
            }
            Err(unfit) => self.say(&format!("554 5.6.0 {unfit}")),
        }
    }

    fn submit(&mut self, draft: &Draft, desk: &mut Desk<'_>) {
        match desk.mailbox.submit(draft) {
            Ok(ids) => self.say(&format!("250 2.0.0 accepted, messages: {}", ids.len())),
            Err(error @ MailboxError::Unavailable(_)) => self.say(&format!("451 4.3.0 {}", line_of(&error))),
            Err(error @ MailboxError::Refused(_)) => self.say(&format!("554 5.7.1 {}", line_of(&error))),
        }
    }
}

fn new_turn() -> Turn {
    Turn { output: Vec::new(), pause: Duration::ZERO, next: Next::Read }
}

/// Returns an error as it may be in a reply.
fn line_of(error: &MailboxError) -> String {
    error.to_string().chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(400).collect()
}

#[cfg(test)]
mod tests;
