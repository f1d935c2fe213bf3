//! The login, and what may be done before it.

use imap_next::imap_types::auth::AuthMechanism;
use imap_next::imap_types::core::{Tag, Vec1};
use imap_next::imap_types::response::{Capability, Code, CommandContinuationRequest, Status, StatusKind};

use super::Imap;
use super::words::{self, code, list, text};
use crate::mail::session::{Desk, Encryption, MOST_GUESSES, Opening, PAUSE, plain_credentials};

impl Imap {
    pub(super) fn begin_login(
        &mut self,
        tag: Tag<'static>,
        mechanism: &AuthMechanism<'_>,
        response: Option<Vec<u8>>,
        desk: &mut Desk<'_>,
    ) {
        if *mechanism != AuthMechanism::Plain {
            self.end_login(tag, StatusKind::No, Some(code("CANNOT")), "use the mechanism PLAIN");
        } else if self.is_logged_in {
            self.end_login(tag, StatusKind::Bad, None, "you are logged in");
        } else if !may_log_in(self.opening) {
            let code = code("PRIVACYREQUIRED");
            self.end_login(tag, StatusKind::No, Some(code), "use STARTTLS first");
        } else if let Some(response) = response {
            self.plain_login(tag, &response, desk);
        } else if let Ok(request) = CommandContinuationRequest::basic(None, text("go on"))
            && self.server.authenticate_continue(request).is_ok()
        {
            self.on_their_way += 1;
            self.login = Some(tag);
        }
    }

    pub(super) fn plain_login(&mut self, tag: Tag<'static>, response: &[u8], desk: &mut Desk<'_>) {
        match plain_credentials(response) {
            Some((user, password)) => {
                let (kind, code, words) = self.admit(user, password, desk);
                self.end_login(tag, kind, code, &words);
            }
            None => self.end_login(tag, StatusKind::Bad, None, "this is no response of PLAIN"),
        }
    }

    /// Lets a user in, or not; returns what to say.
    pub(super) fn admit(
        &mut self,
        user: &str,
        password: &[u8],
        desk: &mut Desk<'_>,
    ) -> (StatusKind, Option<Code<'static>>, String) {
        match desk.admits(user, password) {
            Ok(true) => {
                self.is_logged_in = true;
                (StatusKind::Ok, Some(Code::Capability(capabilities(self.opening))), "welcome".to_owned())
            }
            Ok(false) => {
                self.pause += PAUSE;
                self.guesses += 1;
                if self.guesses >= MOST_GUESSES {
                    self.say_bye("too many wrong passwords");
                }
                (StatusKind::No, Some(code("AUTHENTICATIONFAILED")), "wrong name or password".to_owned())
            }
            Err(error) => (StatusKind::No, Some(words::code_of(&error)), error.to_string()),
        }
    }

    pub(super) fn end_login(
        &mut self,
        tag: Tag<'static>,
        kind: StatusKind,
        code: Option<Code<'static>>,
        words: &str,
    ) {
        if let Ok(status) = Status::new(Some(tag), kind, code, text(words))
            && self.server.authenticate_finish(status).is_ok()
        {
            self.on_their_way += 1;
        }
    }
}

pub(super) fn may_log_in(opening: Opening) -> bool {
    opening.is_local || opening.encryption == Encryption::Active
}

pub(super) fn capabilities(opening: Opening) -> Vec1<Capability<'static>> {
    let mut others = vec![
        Capability::LiteralPlus,
        Capability::SaslIr,
        Capability::Idle,
        Capability::Unselect,
        Capability::UidPlus,
        words::capability("SPECIAL-USE"),
    ];
    if opening.encryption == Encryption::Offered {
        others.push(Capability::StartTls);
    }
    others.push(if may_log_in(opening) {
        Capability::Auth(AuthMechanism::Plain)
    } else {
        Capability::LoginDisabled
    });
    list(Capability::Imap4Rev1, others)
}
