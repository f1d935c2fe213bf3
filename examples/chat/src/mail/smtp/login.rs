//! The steps of a login: `AUTH PLAIN` and `AUTH LOGIN`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::mail::session::plain_credentials;

/// What a mail program has yet to say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Name and password at once.
    Plain,
    /// The user's name.
    User,
    /// The password of this user.
    Password(String),
}

/// What follows from what it said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It must say more.
    Ask(Step),
    /// A user's name and a password.
    Credentials(String, Vec<u8>),
    /// Nothing that makes sense.
    Nonsense,
    /// That it does not want to log in.
    Cancelled,
}

impl Step {
    /// Returns the challenge, in base64.
    pub(super) fn challenge(&self) -> String {
        match self {
            Step::Plain => String::new(),
            Step::User => STANDARD.encode("Username:"),
            Step::Password(_) => STANDARD.encode("Password:"),
        }
    }

    /// Takes a response, in base64.
    pub(super) fn take(self, response: &[u8]) -> Said {
        let response = response.trim_ascii();
        if response == b"*" {
            return Said::Cancelled;
        }
        // An empty response is written as `=`.
        let response = if response == b"=" { &[] } else { response };
        let Ok(response) = STANDARD.decode(response) else { return Said::Nonsense };
        match self {
            Step::Plain => plain_credentials(&response).map_or(Said::Nonsense, |(user, password)| {
                Said::Credentials(user.to_owned(), password.to_vec())
            }),
            Step::User => {
                String::from_utf8(response).map_or(Said::Nonsense, |user| Said::Ask(Step::Password(user)))
            }
            Step::Password(user) => Said::Credentials(user, response),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_mechanisms_come_to_a_name_and_a_password() {
        let credentials = Said::Credentials("ann".to_owned(), b"secret".to_vec());
        assert_eq!(Step::Plain.take(STANDARD.encode("\0ann\0secret").as_bytes()), credentials);
        let next = Step::User.take(STANDARD.encode("ann").as_bytes());
        assert_eq!(next, Said::Ask(Step::Password("ann".to_owned())));
        assert_eq!(Step::Password("ann".to_owned()).take(STANDARD.encode("secret").as_bytes()), credentials);
    }

    #[test]
    fn nonsense_and_a_change_of_mind_are_told_apart() {
        assert_eq!(Step::Plain.take(b"*\r\n"), Said::Cancelled);
        for nonsense in [b"=".as_slice(), b"%%%", b"YQ==", b"AP8A"] {
            assert_eq!(Step::Plain.take(nonsense), Said::Nonsense);
        }
    }
}
