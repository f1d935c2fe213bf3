//! The session of a mail program that reads: IMAP4rev1, as RFC 3501 says, with IDLE, UIDPLUS, UNSELECT and literals that are
//! not waited for. The crate `imap-next` reads commands and writes responses; what they mean is here.

mod words;
mod folders;
mod view;
mod parts;
mod fetch;
mod search;
mod login;
mod commands;

use std::time::Duration;

use imap_next::imap_types::auth::AuthenticateData;
use imap_next::imap_types::core::Tag;
use imap_next::imap_types::response::{
    Code, CommandContinuationRequest, Data, Greeting, GreetingKind, Status, StatusKind,
};
use imap_next::server::{Error, Event, Options, Server};
use imap_next::{Interrupt, Io, State as _};

use self::fetch::Fetch;
use self::login::capabilities;
use self::view::{Changes, View};
use self::words::{code, flag_list, list, number, text};
use super::session::{
    Desk, ENOUGH_OUTPUT, Encryption, Farewell, MOST_MISTAKES, Next, Opening, Session, Turn,
};
use crate::mailbox::MailboxError;

/// The longest literal; what a mail program has to say is short, and mails are sent over SMTP.
const LONGEST_LITERAL: u32 = 64 * 1024;

/// The longest command, with its literals.
const LONGEST_COMMAND: u32 = LONGEST_LITERAL + 16 * 1024;

/// The dialogue with a mail program that reads.
pub struct Imap {
    opening: Opening,
    server: Server,
    is_logged_in: bool,
    /// The folder that is selected.
    view: Option<View>,
    /// A login that waits for its name and password.
    login: Option<Tag<'static>>,
    /// The command IDLE that is going on.
    idle: Option<Tag<'static>>,
    /// The command FETCH that is going on.
    fetch: Option<Fetch>,
    /// How many responses are on their way to the output.
    on_their_way: u32,
    /// What comes when they are there.
    then: Option<Next>,
    has_lost_kernel: bool,
    guesses: u32,
    mistakes: u32,
    pause: Duration,
}

impl Session for Imap {
    fn greet(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        loop {
            match self.server.next() {
                Err(Interrupt::Io(Io::Output(bytes))) => output.extend_from_slice(&bytes),
                Ok(Event::GreetingSent { .. }) | Err(_) => return output,
                Ok(_) => {}
            }
        }
    }

    fn receive(&mut self, input: &[u8], desk: &mut Desk<'_>) -> Turn {
        self.server.enqueue_input(input);
        let mut output = Vec::new();
        let next = self.advance(&mut output, desk);
        Turn { output, pause: std::mem::take(&mut self.pause), next }
    }

    fn mailbox_changed(&mut self, desk: &mut Desk<'_>) -> Turn {
        if self.idle.is_some() {
            match self.refresh(desk) {
                Ok(()) => self.has_lost_kernel = false,
                Err(error) if !self.has_lost_kernel => {
                    self.has_lost_kernel = true;
                    self.status(None, StatusKind::No, Some(words::code_of(&error)), &error.to_string());
                }
                Err(_) => {}
            }
        }
        self.receive(&[], desk)
    }

    fn is_idling(&self) -> bool {
        self.idle.is_some()
    }

    fn encrypted(&mut self) {
        // What was said before may have been said by anybody; the bytes after STARTTLS are dropped with it.
        *self = Imap::new(Opening { encryption: Encryption::Active, ..self.opening });
        self.greet();
    }

    fn patience(&self) -> Duration {
        if self.is_logged_in { Duration::from_secs(1860) } else { Duration::from_secs(60) }
    }

    fn bye(&mut self, farewell: Farewell) -> Vec<u8> {
        format!("* BYE {}\r\n", farewell.words()).into_bytes()
    }
}

impl Imap {
    /// Returns a session that begins.
    pub fn new(opening: Opening) -> Imap {
        let mut options = Options::default();
        options.crlf_relaxed = true;
        options.max_literal_size = LONGEST_LITERAL;
        options.max_command_size = LONGEST_COMMAND;
        let greeting = Greeting {
            kind: GreetingKind::Ok,
            code: Some(Code::Capability(capabilities(opening))),
            text: text("chat"),
        };
        Imap {
            opening,
            server: Server::new(options, greeting),
            is_logged_in: false,
            view: None,
            login: None,
            idle: None,
            fetch: None,
            on_their_way: 0,
            then: None,
            has_lost_kernel: false,
            guesses: 0,
            mistakes: 0,
            pause: Duration::ZERO,
        }
    }

    fn advance(&mut self, output: &mut Vec<u8>, desk: &mut Desk<'_>) -> Next {
        loop {
            if output.len() >= ENOUGH_OUTPUT {
                return Next::Continue;
            }
            if self.on_their_way == 0 {
                if let Some(next) = self.then {
                    return next;
                }
                if self.fetch.is_some() {
                    self.fetch_next(desk);
                    continue;
                }
            }
            match self.server.next() {
                Ok(event) => self.react(event, desk),
                Err(Interrupt::Io(Io::Output(bytes))) => output.extend_from_slice(&bytes),
                Err(Interrupt::Io(Io::NeedMoreInput)) => return Next::Read,
                Err(Interrupt::Error(error)) => self.mistaken(&error),
            }
        }
    }

    fn react(&mut self, event: Event, desk: &mut Desk<'_>) {
        match event {
            Event::GreetingSent { .. } => {}
            Event::ResponseSent { .. } => self.on_their_way = self.on_their_way.saturating_sub(1),
            Event::CommandReceived { command } => self.execute(command, desk),
            Event::CommandAuthenticateReceived { command_authenticate } => {
                let response = command_authenticate.initial_response;
                let response = response.map(|response| response.declassify().to_vec());
                self.begin_login(command_authenticate.tag, &command_authenticate.mechanism, response, desk);
            }
            Event::AuthenticateDataReceived { authenticate_data } => {
                let Some(tag) = self.login.take() else { return };
                match authenticate_data {
                    AuthenticateData::Continue(response) => {
                        self.plain_login(tag, response.declassify(), desk);
                    }
                    AuthenticateData::Cancel => self.end_login(tag, StatusKind::Bad, None, "cancelled"),
                }
            }
            Event::IdleCommandReceived { tag } => self.begin_idle(tag),
            Event::IdleDoneReceived => {
                if let Some(tag) = self.idle.take() {
                    self.ok(tag, None, "done");
                }
            }
        }
    }

    fn begin_idle(&mut self, tag: Tag<'static>) {
        if self.is_logged_in {
            let request = CommandContinuationRequest::basic(None, text("idling"));
            if let Ok(request) = request
                && self.server.idle_accept(request).is_ok()
            {
                self.on_their_way += 1;
                self.idle = Some(tag);
            }
        } else if let Ok(status) = Status::bad(Some(tag), None, text("log in first"))
            && self.server.idle_reject(status).is_ok()
        {
            self.on_their_way += 1;
        }
    }

    fn fetch_next(&mut self, desk: &mut Desk<'_>) {
        let (Some(fetch), Some(view)) = (&mut self.fetch, &mut self.view) else {
            self.fetch = None;
            return;
        };
        match fetch.next(view, desk.mailbox) {
            Ok(Some(data)) => self.data(data),
            Ok(None) => {
                if let Some(fetch) = self.fetch.take() {
                    self.ok(fetch.tag, None, "fetched");
                }
            }
            Err(error) => {
                if let Some(fetch) = self.fetch.take() {
                    self.failed(fetch.tag, &error);
                }
            }
        }
    }

    /// Tells the mail program what has changed in the folder.
    fn refresh(&mut self, desk: &mut Desk<'_>) -> Result<(), MailboxError> {
        let Some(view) = &mut self.view else { return Ok(()) };
        match view.refresh(desk.mailbox)? {
            Some(changes) => self.tell(&changes),
            None => self.say_bye("this is another mailbox now, connect again"),
        }
        Ok(())
    }

    fn tell(&mut self, changes: &Changes) {
        for &place in &changes.gone {
            self.data(Data::Expunge(number(place)));
        }
        if let Some(exists) = changes.exists {
            self.data(Data::Exists(exists));
        }
        for &(place, flags) in &changes.flags {
            let item = imap_next::imap_types::fetch::MessageDataItem::Flags(flag_list(flags));
            self.data(Data::Fetch { seq: number(place), items: list(item, []) });
        }
    }

    /// Says that a command was wrong in form; ends the session if that was too often.
    fn mistaken(&mut self, error: &Error) {
        let (Error::ExpectedCrlfGotLf { discarded_bytes }
        | Error::MalformedMessage { discarded_bytes }
        | Error::LiteralTooLong { discarded_bytes }
        | Error::CommandTooLong { discarded_bytes }) = error;
        self.mistakes += 1;
        // The library has replied to a literal that is too long.
        if !matches!(error, Error::LiteralTooLong { .. }) {
            let bytes = discarded_bytes.declassify();
            let tag = bytes.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
            self.status(Tag::try_from(tag.to_vec()).ok(), StatusKind::Bad, None, &error.to_string());
        }
        if self.mistakes >= MOST_MISTAKES {
            self.say_bye("too many mistakes");
        }
    }

    fn say_bye(&mut self, words: &str) {
        let Ok(status) = Status::bye(None, text(words));
        self.server.enqueue_status(status);
        self.on_their_way += 1;
        self.then = Some(Next::Close);
    }

    fn data(&mut self, data: Data<'static>) {
        self.server.enqueue_data(data);
        self.on_their_way += 1;
    }

    fn status(
        &mut self,
        tag: Option<Tag<'static>>,
        kind: StatusKind,
        code: Option<Code<'static>>,
        words: &str,
    ) {
        let Ok(status) = Status::new(tag, kind, code, text(words));
        self.server.enqueue_status(status);
        self.on_their_way += 1;
    }

    fn ok(&mut self, tag: Tag<'static>, code: Option<Code<'static>>, words: &str) {
        self.status(Some(tag), StatusKind::Ok, code, words);
    }

    fn cannot(&mut self, tag: Tag<'static>, words: &str) {
        self.status(Some(tag), StatusKind::No, Some(code("CANNOT")), words);
    }

    fn bad(&mut self, tag: Tag<'static>, words: &str) {
        self.status(Some(tag), StatusKind::Bad, None, words);
    }

    fn failed(&mut self, tag: Tag<'static>, error: &MailboxError) {
        self.status(Some(tag), StatusKind::No, Some(words::code_of(error)), &error.to_string());
    }
}

#[cfg(test)]
mod tests;
